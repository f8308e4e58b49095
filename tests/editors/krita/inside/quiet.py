"""What the plug-in leaves alone."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steps import krita, open_document, press

from flexit.krita.plugin import active_docker
from flexit.krita.qt import Qt, QtGui


def open_a_file() -> Iterator[Any]:
    """Open a file, use the docker, and go to another tab and back."""
    path = str(Path(tempfile.mkdtemp()) / "picture.kra")
    document = yield from open_document()
    krita.setBatchmode(True)
    document.setBatchmode(True)
    document.saveAs(path)
    yield 0.7
    document.close()
    krita.setBatchmode(False)
    document = krita.openDocument(path)
    krita.activeWindow().addView(document)
    yield 0.7
    before = [document.modified(), document.annotationTypes()]
    docker = active_docker()
    docker.hide()
    yield 0.2
    docker.focus()
    docker.form.target.setText("dog")
    other = yield from open_document()
    krita.setActiveDocument(document)
    yield 0.8
    krita.setActiveDocument(other)
    yield 0.3
    return {"before": before, "after": [document.modified(), document.annotationTypes()]}


def ready() -> Iterator[Any]:
    """What the docker says of the engine when it has found it."""
    docker = active_docker()
    docker.focus()
    yield lambda: docker._watch.facts is not None and docker._watch.facts.running
    return docker.engine.label.text()


def without_engine() -> Iterator[Any]:
    """What the docker says of the engine when there is none."""
    docker = active_docker()
    docker.focus()
    docker._watch.look()
    yield lambda: docker._watch.facts is not None and not docker._watch.facts.running
    return docker.engine.label.text()


def diagnostics() -> Iterator[Any]:
    """The diagnostics, after an edit that failed."""
    yield from open_document()
    docker = press(target="secret wish", source="secret thing")
    yield lambda: not docker._session.busy
    docker.engine.diagnostics_wanted.emit()
    return QtGui.QGuiApplication.clipboard().text()


def modules() -> list[str]:
    """Files of the modules that the plug-in brought along, and those it lives on."""
    import sys

    return sorted(
        str(getattr(module, "__file__", None) or "")
        for name, module in sys.modules.items()
        if name.partition(".")[0] == "flexit"
    )


def networks() -> Iterator[Any]:
    """The sets of networks as they are offered: text, whether they can be chosen, and tip."""
    docker = active_docker()
    profile = docker.form.details.profile
    yield lambda: profile.count() == 2
    return [
        [
            profile.itemText(row),
            bool(profile.model().item(row).isEnabled()),
            profile.itemData(row, Qt.ItemDataRole.ToolTipRole),
        ]
        for row in range(2)
    ]
