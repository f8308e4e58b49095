"""What is sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from layers import _activate, _added
from steps import edit, krita, open_document, pixels_of, select

from flexit.krita.plugin import active_docker


def both() -> Iterator[Any]:
    """An edit of a half transparent layer that sticks out, alone; and one of all that is seen."""
    document = yield from open_document()
    node = document.createNode("paint", "paintlayer")
    node.setPixelData(b"\x1e\x14\x0a\x80" * 900, -10, -10, 30, 30)
    yield from _added(document, node)
    seen = pixels_of(document)
    session = yield from edit(input="layer", seed=1)
    bounds = session.outcomes[0].place.region
    session.outcomes[0].layer.remove()
    yield from _activate(document, node)
    yield 0.3
    session = yield from edit(input="visible", seed=2)
    field = active_docker().form.input
    return {
        "bounds": bounds,
        "seen": seen.hex(),
        "inputs": [field.itemText(row) for row in range(field.count())],
    }


def masked() -> Iterator[Any]:
    """An edit of a layer with a mask of its own that lets 10 × 10 pixels through."""
    document = yield from open_document()
    select(document, 5, 5, 10, 10)
    yield 0.2
    krita.action("add_new_transparency_mask").trigger()
    yield lambda: any(
        child.type() == "transparencymask" for child in document.topLevelNodes()[0].childNodes()
    )
    krita.action("deselect").trigger()
    yield lambda: document.selection() is None
    yield 0.3
    yield from edit(input="layer")


def selected(selection: list[int], context: float) -> Iterator[Any]:
    """An edit of a selection."""
    document = yield from open_document()
    select(document, *selection)
    yield from edit(context=context)
