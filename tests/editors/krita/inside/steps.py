"""Steps that tests inside Krita share."""

from __future__ import annotations

import hashlib
import random
import struct
import threading
from collections.abc import Iterator
from typing import Any

from krita import Document, Krita, Node, Selection

from flexit.krita.docker import Docker
from flexit.krita.plugin import active_docker
from flexit.krita.qt import QtWidgets

krita = Krita.instance()


def wait_for_window() -> Iterator[Any]:
    """Until the main window is there."""
    yield lambda: krita.activeWindow() is not None and active_docker() is not None
    yield 0.2


def tidy_up() -> Iterator[Any]:
    """Close all pictures, forget results and errors, and see that no dialog is open."""
    docker = active_docker()
    session = docker._session
    session.cancel()
    session.error = None
    session.outcomes = []
    session.changed.emit()
    docker.preview.clear()
    docker._outcome = None
    docker.form.fill(type(docker.form.choices())())
    for document in krita.documents():
        document.setModified(False)
        document.close()
    yield 0.2
    dialog = QtWidgets.QApplication.activeModalWidget()
    assert dialog is None, f"a dialog is open: {dialog.windowTitle()}"
    assert not krita.documents()


def open_document(
    width: int = 64,
    height: int = 48,
    model: str = "RGBA",
    depth: str = "U8",
    profile: str = "",
    noise: bool = True,
) -> Iterator[Any]:
    """A new picture with an opaque layer of noise, active, unmodified, with an empty undo stack."""
    document = krita.createDocument(width, height, "test", model, depth, profile, 72.0)
    krita.activeWindow().addView(document)
    krita.setActiveDocument(document)
    yield lambda: document.activeNode() is not None
    layer = document.topLevelNodes()[0]
    if noise:
        size = len(bytes(layer.pixelData(0, 0, width, height)))
        layer.setPixelData(noise_pixels(size, model, depth), 0, 0, width, height)
        document.refreshProjection()
    document.setModified(False)
    yield 0.15
    return document


def open_one(width: int, height: int) -> Iterator[Any]:
    """The same, for tests outside."""
    yield from open_document(width, height)


def noise_pixels(size: int, model: str = "RGBA", depth: str = "U8") -> bytes:
    """Opaque noise."""
    pixels = bytearray(random.Random(1).randbytes(size))  # noqa: S311
    channels = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4, "XYZA": 4, "YCbCrA": 4}[model]
    if depth in ("F16", "F32"):
        kind = {"F32": "f", "F16": "e"}[depth]
        count = size // struct.calcsize(kind)
        numbers = random.Random(1)  # noqa: S311
        values = [numbers.random() for _ in range(997)]
        floats = [
            1.0 if index % channels == channels - 1 else values[index % 997]
            for index in range(count)
        ]
        return struct.pack(f"<{count}{kind}", *floats)
    width = {"U8": 1, "U16": 2}[depth]
    for byte in range(width):
        place = (channels - 1) * width + byte
        pixels[place :: channels * width] = b"\xff" * (size // (channels * width))
    return bytes(pixels)


def select(document: Document, left: int, top: int, width: int, height: int, soft: int = 0) -> None:
    """Select a rectangle, with a soft edge."""
    selection = Selection()
    selection.select(left, top, width, height, 255)
    if soft:
        selection.feather(soft)
    document.setSelection(selection)


def edit(wait: float = 0.25, **choices: object) -> Iterator[Any]:
    """Fill the docker, press the button, and wait until all is over."""
    docker = press(**choices)
    yield lambda: not docker._session.busy
    yield wait
    return docker._session


def press(**choices: object) -> Docker:
    """Fill the docker and press the button."""
    docker = active_docker()
    docker.form.fill(docker.form.choices().replace(**{"target": "dog", "source": "cat", **choices}))
    docker.run_row.button.click()
    return docker


def undo_text() -> str:
    """What would be undone."""
    return krita.action("edit_undo").text()


def layers(node: Node) -> list[Any]:
    """Names of a tree's layers, from the top; a group is a list that begins with its name."""
    names: list[Any] = []
    for child in reversed(node.childNodes()):
        if child.type().endswith("mask"):
            continue
        inside = layers(child)
        names.append([child.name(), *inside] if inside else child.name())
    return names


def pixels_of(document: Document) -> bytes:
    """The picture as it is seen."""
    return bytes(document.pixelData(0, 0, document.width(), document.height()))


def state_of(document: Document) -> dict[str, Any]:
    """What undo has to bring back."""
    digest = hashlib.sha256(pixels_of(document)).hexdigest()
    return {
        "layers": layers(document.rootNode()),
        "pixels": digest,
        "modified": document.modified(),
        "undo": undo_text(),
    }


def error_text() -> str | None:
    """What the docker says is wrong."""
    docker = active_docker()
    error = docker._session.error
    return None if error is None else docker.message.text()


def wait_until_idle() -> Iterator[Any]:
    """Until no thread of a run is left."""
    yield lambda: not [each for each in threading.enumerate() if each.name.startswith("flexit-run")]
