"""Krita's layers: finding one's way, and asking what they are."""

from __future__ import annotations

from collections.abc import Iterator

from krita import Document, Krita, Node

from flexit.model.region import Region


def active_document() -> Document | None:
    """The picture the user works on."""
    return Krita.instance().activeDocument()


def is_open(document: Document) -> bool:
    """Whether a picture has not been closed."""
    return any(document == each for each in Krita.instance().documents())


def is_in_tree(node: Node | None) -> bool:
    """Whether a node has not been removed, by undo for instance."""
    return node is not None and node.parentNode() is not None


def layer_of(node: Node) -> Node:
    """The layer a node is, or the mask of."""
    while node.type().endswith("mask") and node.parentNode() is not None:
        node = node.parentNode()
    return node


def groups_around(node: Node) -> Iterator[Node]:
    """The groups a node lies in, the innermost first; without the picture's root."""
    group = node.parentNode()
    while group is not None and group.parentNode() is not None:
        yield group
        group = group.parentNode()


def canvas_of(document: Document) -> Region:
    """All of a picture."""
    return Region(0, 0, document.width(), document.height())


def bounds_of(node: Node) -> Region:
    """Where a node has pixels."""
    bounds = node.bounds()
    return Region(bounds.x(), bounds.y(), bounds.width(), bounds.height())


def has_masks(node: Node) -> bool:
    """Whether masks of its own change what a layer looks like."""
    return any(child.type().endswith("mask") for child in node.childNodes())
