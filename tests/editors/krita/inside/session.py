"""Progress, errors and results, as the docker shows them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steps import edit, error_text, krita, layers, open_document, press, state_of

from flexit.krita import session as session_module
from flexit.krita.docker import Docker
from flexit.krita.keeping import recipe_of
from flexit.krita.plugin import active_docker
from flexit.krita.qt import QtGui, QtWidgets


def progress() -> Iterator[Any]:
    """What the docker says during an edit, and how full its bar is."""
    yield from open_document()
    docker = active_docker()
    row, told = docker.run_row, []

    def note(_: object) -> None:
        bar = row.bar
        unknown = bar.maximum() == 0
        told.append([row.words.text(), None if unknown else bar.value(), row.button.text()])

    docker._session.progressed.connect(note)
    yield from edit()
    docker._session.progressed.disconnect(note)
    return {"told": told, "after": row.button.text(), "bar": row.bar.isVisibleTo(docker)}


def begin() -> Iterator[Any]:
    """Start an edit, and wait until it takes steps."""
    document = yield from open_document()
    before = state_of(document)
    docker = press()
    yield lambda: docker._session.progress is not None and docker._session.progress.step >= 1
    yield lambda: docker.preview.image is not None
    return before


def scrub() -> Iterator[Any]:
    """During an edit, go back to its beginning, and look at the picture as it was."""
    docker = active_docker()
    slider = docker.amount.slider
    found = {"steps": slider.maximum(), "more": docker.amount.more_button.isEnabled()}
    for step in (0, slider.maximum()):
        slider.setValue(step)
        yield 0.3
        found[f"at {step}"] = _shown(docker)
    docker.preview._press(True)
    found["before"] = _shown(docker)
    docker.preview._press(False)
    return found


def compare() -> Iterator[Any]:
    """What the preview shows of the oldest result: before, and after."""
    docker = active_docker()
    yield lambda: docker._session.outcomes and not docker._session.busy
    docker.results.list.setCurrentRow(docker.results.list.count() - 1)
    after = _shown(docker)
    docker.preview._press(True)
    before = _shown(docker)
    docker.preview._press(False)
    return [before, after]


def _shown(docker: Docker) -> str:
    return str(docker.preview.image.pixelColor(3, 3).name())


def cancel() -> Iterator[Any]:
    """Press Cancel."""
    docker = active_docker()
    visible = docker.run_row.button.isVisibleTo(docker)
    text = docker.run_row.button.text()
    docker.run_row.button.click()
    busy = docker._session.busy
    yield 0.3
    return {"visible": visible, "text": text, "busy": busy, "state": _state()}


def _state() -> dict[str, Any]:
    return state_of(krita.activeDocument())


def error() -> Iterator[Any]:
    """Wait for an error: what the docker says, and what the picture is like."""
    docker = active_docker()
    yield lambda: docker._session.error is not None
    yield 0.1
    return {"text": error_text(), "restart": _restart_shown(docker), "state": _state()}


def _restart_shown(docker: Docker) -> bool:
    return bool(docker.message._restart.isVisibleTo(docker))


def fail_an_edit() -> Iterator[Any]:
    """An edit that fails; the text of the error, all of it copied, and then closed."""
    document = yield from open_document()
    yield from edit()
    docker = active_docker()
    message = docker.message
    sentence = error_text()
    message._copy.click()
    copied = QtGui.QGuiApplication.clipboard().text()
    message._more.click()
    details = message.text()
    message._close.click()
    closed = not message.isVisibleTo(docker)
    return {
        "sentence": sentence,
        "copied": copied,
        "details": details,
        "closed": closed,
        "dialog": QtWidgets.QApplication.activeModalWidget() is not None,
        "layers": layers(document.rootNode()),
    }


def press_restart() -> Iterator[Any]:
    """Press `Restart the engine`, and wait until the edit has ended."""
    docker = active_docker()
    docker.message._restart.click()
    yield None
    yield lambda: not docker._session.busy
    yield 0.4
    return {"error": error_text(), "layers": layers(krita.activeDocument().rootNode())}


def faults() -> Iterator[Any]:
    """Have each slot of the docker fail: what is said, and whether a dialog opens."""
    yield from open_document()
    yield from edit()
    docker = active_docker()
    said = {}
    for name, press_it in (
        ("start", lambda: docker.run_row.button.click()),
        ("toggle", lambda: docker.results._toggle.click()),
        ("add", lambda: docker.results._add.click()),
        ("show_step", lambda: docker.amount.slider.setValue(1)),
        ("go_on", lambda: docker.amount.more_button.click()),
    ):
        original = getattr(session_module.Session, name)

        def broken(*_: object, which: str = name) -> None:
            raise ZeroDivisionError(which)

        docker.amount.slider.setValue(docker.amount.slider.maximum())
        yield 0.2
        setattr(session_module.Session, name, broken)
        try:
            press_it()
        finally:
            setattr(session_module.Session, name, original)
        yield 0.2
        said[name] = error_text()
        docker._session.error = None
        docker._session.changed.emit()
        assert QtWidgets.QApplication.activeModalWidget() is None
        yield from edit()
    return said


def amount() -> Iterator[Any]:
    """Scrub through the steps after an edit, add one as a layer, and take more steps."""
    document = yield from open_document()
    session = yield from edit(seed=3)
    docker = active_docker()
    images = []
    for step in (0, 2, docker.amount.slider.maximum()):
        docker.amount.slider.setValue(step)
        yield 0.3
        images.append(_shown(docker))
    docker.amount.slider.setValue(2)
    yield 0.3
    docker.results._add.click()
    yield lambda: len(document.topLevelNodes()) == 3
    yield 0.3
    new = document.topLevelNodes()[-2:]
    values = [bytes(node.pixelData(0, 0, 1, 1)).hex() for node in new]
    before = docker.amount.slider.maximum()
    docker.amount.more_button.click()
    yield lambda: session.busy
    yield lambda: not session.busy
    yield 0.4
    return {
        "images": images,
        "layers": layers(document.rootNode()),
        "values": values,
        "range": [before, docker.amount.slider.maximum()],
        "outcomes": len(session.outcomes),
        "listed": [docker.results.list.item(row).text() for row in range(2)],
        "named": docker.results._name.text(),
    }


def recipe() -> Iterator[Any]:
    """What stays with a layer, after the picture was saved and opened again."""
    document = yield from open_document()
    session = yield from edit(seed=5, strength=0.8)
    layer = session.outcomes[0].layer
    first = recipe_of(document, layer)
    path = str(Path(tempfile.mkdtemp()) / "picture.kra")
    krita.setBatchmode(True)
    document.setBatchmode(True)
    document.saveAs(path)
    yield 1.0
    document.close()
    again = krita.openDocument(path)
    krita.setBatchmode(False)
    krita.activeWindow().addView(again)
    krita.setActiveDocument(again)
    yield lambda: again.activeNode() is not None
    again.setActiveNode(again.topLevelNodes()[-1])
    yield 0.4
    kept = recipe_of(again, again.topLevelNodes()[-1])
    docker = active_docker()
    docker.form.fill(type(kept.choices)())
    krita.action("flexit_recall").trigger()
    recalled = docker.form.choices().as_json()
    again.setActiveNode(again.topLevelNodes()[0])
    yield 0.4
    krita.action("flexit_recall").trigger()
    refused = error_text()
    modified = again.modified()
    return {
        "same": kept == first,
        "choices": kept.choices.as_json(),
        "recalled": recalled,
        "refused": refused,
        "region": kept.region,
        "step": kept.step,
        "modified": modified,
    }


def reuse() -> Iterator[Any]:
    """Take over the settings of a result."""
    yield from open_document()
    yield from edit(seed=5, strength=0.8, target="lemon", variants=1)
    docker = active_docker()
    docker.form.fill(docker.form.choices().replace(target="x", strength=0.1, seed=None))
    docker.results._reuse.click()
    choices = docker.form.choices()
    return [choices.target, choices.strength, choices.seed]


def restart_and_cancel() -> Iterator[Any]:
    """Press `Restart the engine`; when the edit goes on, cancel it."""
    docker = active_docker()
    docker.message._restart.click()
    yield lambda: docker._session.progress is not None and docker._session.progress.stage == "step"
    docker.run_row.button.click()


def cancel_all() -> None:
    """Give up what could be resumed."""
    session = active_docker()._session
    session.cancel()
    session.error = None
    session.changed.emit()
