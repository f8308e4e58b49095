"""What an edit leaves in the layer stack."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from krita import Document, InfoObject, Node, Selection
from steps import (
    edit,
    error_text,
    krita,
    layers,
    open_document,
    pixels_of,
    select,
    state_of,
    undo_text,
)

Preparation = Callable[[Document], Iterator[Any]]
"""Makes a layer of some kind in a picture, and makes it the active one."""


def undo_and_redo(variants: int, selected: bool) -> Iterator[Any]:
    """An edit, taken back and made again."""
    document = yield from open_document()
    if selected:
        select(document, 10, 10, 20, 20)
        yield 0.5
    before = state_of(document)
    yield from edit(seed=7, variants=variants)
    after = state_of(document)
    krita.action("edit_undo").trigger()
    yield 0.5
    undone = state_of(document)
    krita.action("edit_redo").trigger()
    yield 0.5
    return {"before": before, "after": after, "undone": undone, "redone": state_of(document)}


def outside(size: list[int], selection: list[int], soft: int, feather: int = 0) -> Iterator[Any]:
    """Pixels before and after an edit that inverts, and the selection and the layer's opacity."""
    width, height = size
    document = yield from open_document(width, height)
    select(document, *selection, soft=soft)
    before = pixels_of(document)
    mask = bytes(document.selection().pixelData(0, 0, width, height))
    session = yield from edit(feather=feather)
    assert session.error is None, str(session.error)
    layer = session.outcomes[0].layer
    data = bytes(layer.pixelData(0, 0, width, height))
    return {
        "before": before.hex(),
        "after": pixels_of(document).hex(),
        "mask": mask.hex(),
        "alpha": data[3::4].hex(),
        "layer": data.hex(),
        "name": layer.name(),
        "undo": undo_text(),
        "selected": document.selection() is not None,
        "sent": session.outcomes[0].place.region,
    }


def kind(name: str) -> Iterator[Any]:
    """An edit of a kind of layer: what it says, and the layers before and after."""
    document = yield from open_document()
    yield from KINDS[name](document)
    before = layers(document.rootNode())
    yield from edit()
    return [error_text(), before, layers(document.rootNode())]


def _activate(document: Document, node: Node) -> Iterator[Any]:
    document.setActiveNode(node)
    yield lambda: document.activeNode() is not None and document.activeNode().name() == node.name()


def _added(document: Document, node: Node, parent: Node | None = None) -> Iterator[Any]:
    (parent or document.rootNode()).addChildNode(node, None)
    yield 0.3
    yield from _activate(document, node)


def _paint(document: Document, name: str = "paint") -> Node:
    node = document.createNode(name, "paintlayer")
    node.setPixelData(b"\x10\x20\x30\xff" * 400, 5, 5, 20, 20)
    return node


def _of_type(kind: str) -> Preparation:
    def prepare(document: Document) -> Iterator[Any]:
        yield from _added(document, document.createNode("X", kind))

    return prepare


def _group(**states: bool) -> Preparation:
    def prepare(document: Document) -> Iterator[Any]:
        group = document.createGroupLayer("group")
        yield from _added(document, group)
        node = _paint(document)
        yield from _added(document, node, group)
        for name, value in states.items():
            getattr(group, name)(value)
        document.refreshProjection()
        yield 0.2

    return prepare


def _whole_group(through: bool) -> Preparation:
    def prepare(document: Document) -> Iterator[Any]:
        yield from _group()(document)
        group = document.topLevelNodes()[-1]
        group.setPassThroughMode(through)
        document.refreshProjection()
        yield from _activate(document, group)
        yield 0.3

    return prepare


def _layer_state(**states: bool) -> Preparation:
    def prepare(document: Document) -> Iterator[Any]:
        node = _paint(document)
        yield from _added(document, node)
        for name, value in states.items():
            getattr(node, name)(value)
        yield 0.2

    return prepare


def _mask(kind: str) -> Preparation:
    def prepare(document: Document) -> Iterator[Any]:
        node = _paint(document)
        yield from _added(document, node)
        yield from _added(document, document.createNode("M", kind), node)

    return prepare


def _selection_mask(document: Document) -> Iterator[Any]:
    node = _paint(document)
    yield from _added(document, node)
    # One that Python made has no pixels, and Krita crashes when it becomes active.
    krita.action("add_new_selection_mask").trigger()
    yield lambda: node.childNodes()
    yield from _activate(document, node.childNodes()[0])


def _clone(document: Document) -> Iterator[Any]:
    source = document.topLevelNodes()[0]
    yield from _added(document, document.createCloneLayer("clone", source))


def _vector(document: Document) -> Iterator[Any]:
    layer = document.createVectorLayer("vector")
    yield from _added(document, layer)
    layer.addShapesFromSvg(
        '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="40">'
        '<rect width="30" height="20" fill="red"/></svg>'
    )
    yield 0.4


def _fill(document: Document) -> Iterator[Any]:
    selection = Selection()
    selection.select(0, 0, document.width(), document.height(), 255)
    info = InfoObject()
    layer = document.createFillLayer("fill", "color", info, selection)
    yield from _added(document, layer)
    yield 0.3


def _filter(document: Document) -> Iterator[Any]:
    selection = Selection()
    selection.select(0, 0, document.width(), document.height(), 255)
    layer = document.createFilterLayer("filter", krita.filter("invert"), selection)
    yield from _added(document, layer)


def _animated(document: Document) -> Iterator[Any]:
    node = _paint(document)
    yield from _added(document, node)
    node.enableAnimation()
    yield 0.2


def _nothing(_: Document) -> Iterator[Any]:
    yield None


KINDS = {
    "paint": _nothing,
    "empty": _of_type("paintlayer"),
    "group": _whole_group(False),
    "pass-through": _whole_group(True),
    "vector": _vector,
    "clone": _clone,
    "fill": _fill,
    "filter": _filter,
    "transparency mask": _mask("transparencymask"),
    "selection mask": _selection_mask,
    "hidden": _layer_state(setVisible=False),
    "locked": _layer_state(setLocked=True),
    "animated": _animated,
    "in a group": _group(),
    "in a hidden group": _group(setVisible=False),
    "in a locked group": _group(setLocked=True),
}
