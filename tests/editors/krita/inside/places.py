"""What the user does to the picture while an edit is running."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from krita import Document
from steps import error_text, krita, layers, open_document, press, select

from flexit.krita.plugin import active_docker


def begin(width: int = 64, height: int = 48) -> Iterator[Any]:
    """Start an edit of a selection in a picture , and wait until it takes steps."""
    document = yield from open_document(width, height)
    document.setName("first")
    select(document, 8, 8, 16, 16)
    docker = press(seed=7)
    yield lambda: docker._session.progress is not None and docker._session.progress.step >= 1
    return True


def _first() -> Document:
    return active_docker()._session._editing.place.document


def meanwhile(name: str) -> Iterator[Any]:
    """Do something to the picture of the edit."""
    yield from DOINGS[name](_first())
    yield 0.3


def end() -> Iterator[Any]:
    """Wait for the end: what the docker says, and where the layer is."""
    docker = active_docker()
    session = docker._session
    yield lambda: not session.busy
    yield 0.4
    outcome = session.outcomes[0] if session.outcomes else None
    layer = outcome and outcome.shown_layer
    box = layer.bounds() if layer else None
    return {
        "error": error_text(),
        "outcomes": len(session.outcomes),
        "layer": box and [box.x(), box.y(), box.width(), box.height()],
        "documents": {
            document.name(): layers(document.rootNode()) for document in krita.documents()
        },
    }


def add_again() -> Iterator[Any]:
    """Press `Add layer`."""
    docker = active_docker()
    docker.results._add.click()
    yield lambda: docker._session.outcomes[0].shown_layer is not None
    yield 0.3
    return layers(krita.activeDocument().rootNode())


def open_other() -> Iterator[Any]:
    """Open another picture."""
    other = yield from open_document(30, 30)
    other.setName("other")


def _other_tab(_: Document) -> Iterator[Any]:
    yield from open_other()


def _close(document: Document) -> Iterator[Any]:
    # Krita itself crashes when a picture is closed right after a script has set its selection.
    yield 1.0
    document.setModified(False)
    krita.action("file_close").trigger()
    yield lambda: document not in krita.documents()
    yield 0.3


def _delete_layer(document: Document) -> Iterator[Any]:
    document.topLevelNodes()[0].remove()
    yield 0.3


def _grow_canvas(document: Document) -> Iterator[Any]:
    document.resizeImage(-20, -10, 100, 80)
    yield 0.4


def _crop_canvas(document: Document) -> Iterator[Any]:
    document.resizeImage(4, 4, 40, 30)
    yield 0.4


def _reorder(document: Document) -> Iterator[Any]:
    node = document.createNode("above", "paintlayer")
    document.rootNode().addChildNode(node, None)
    yield 0.3


DOINGS = {
    "other tab": _other_tab,
    "close": _close,
    "delete the layer": _delete_layer,
    "grow the canvas": _grow_canvas,
    "crop the canvas": _crop_canvas,
    "add a layer": _reorder,
}
