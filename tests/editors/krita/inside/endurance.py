"""Very many edits in one Krita."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steps import edit, krita, layers, open_document
from steps import press as press_button

from flexit.krita.plugin import active_docker
from flexit.krita.qt import QtWidgets


def begin() -> Iterator[Any]:
    """A picture to edit all the time."""
    yield from open_document(256, 256)


def edits(number: int) -> Iterator[Any]:
    """So many edits, each taken back."""
    for seed in range(number):
        yield from edit(wait=0.1, seed=seed)
        krita.action("edit_undo").trigger()
        yield 0.1
    return state()


def cancels(number: int) -> Iterator[Any]:
    """So many edits, each cancelled a little later than the one before."""
    docker = active_docker()
    for turn in range(number):
        press_button(seed=turn)
        yield (turn % 10) / 100
        docker.run_row.button.click()
        yield None
    yield lambda: not docker._session.busy
    yield 0.3
    return state()


def press() -> Iterator[Any]:
    """Begin one edit."""
    docker = press_button()
    yield lambda: docker._session.progress is not None and docker._session.progress.step >= 1


def state() -> dict[str, Any]:
    """What there is after all that."""
    docker = active_docker()
    docker._session.outcomes = []
    docker._session.changed.emit()
    gc.collect()
    return {
        "layers": layers(krita.activeDocument().rootNode()),
        "documents": len(krita.documents()),
        "memory": int(Path("/proc/self/statm").read_text().split()[1]) * 4096,
        "files": len(list(Path("/proc/self/fd").iterdir())),
        "dialog": QtWidgets.QApplication.activeModalWidget() is not None,
    }
