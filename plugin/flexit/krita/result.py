"""From the engine's picture to a layer: built in portions, and then added in one undo step."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import NamedTuple

from krita import Document, Node, Selection

from flexit.client import Picture
from flexit.client.protocol import BYTES
from flexit.model import Region, _

from .alpha import under_mask
from .colour import DEPTHS, Converter, Space, bands, space_of
from .layout import layout_of
from .refusal import Refusal
from .scratch import SRGB, scratch_document
from .source import Source
from .tree import active_document, is_in_tree, is_open, layer_of

BAND = 1 << 17
"""Pixels written at once: Krita's part of it is the slow one."""


class Place(NamedTuple):
    """Where a result belongs, whatever happens to the picture meanwhile."""

    document: Document
    node: Node
    """The layer above which it goes."""
    region: Region
    """Of the picture: what was sent."""
    edited: Region
    """The part of it that the layer covers."""
    selection: Selection | None
    """What the layer's opacity is; None: all of it."""
    origin: tuple[int, int]
    """Where the node's own origin was: it moves when the canvas is resized."""

    @classmethod
    def of(cls, source: Source) -> Place:
        """Where the result of a source belongs."""
        origin = _origin(source.node)
        return cls(
            source.document, source.node, source.region, source.edited, source.selection, origin
        )

    def corner(self) -> tuple[int, int]:
        """Where the layer's first pixel belongs now."""
        left, top = self.edited[:2]
        if is_in_tree(self.node):
            now = _origin(self.node)
            left, top = left + now[0] - self.origin[0], top + now[1] - self.origin[1]
        return left, top


def here_instead(place: Place) -> Place:
    """The same place, in the picture the user works on where the first one was closed.

    Raises:
        Refusal: no picture is open.
    """
    if is_open(place.document):
        return place
    document = active_document()
    if document is None:
        raise Refusal(_("No picture is open."), _("Open or create one."))
    node = layer_of(document.activeNode())
    return place._replace(document=document, node=node, origin=_origin(node))


def build_layer(place: Place, picture: Picture, name: str) -> Generator[None, None, Node]:
    """Make the layer, which is not in the picture yet; pauses after each portion.

    Raises:
        Refusal: the picture was closed.
    """
    check_open(place)
    layer = place.document.createNode(name, "paintlayer")
    left, top = place.corner()
    width, height = place.edited[2:]
    depth = next(ours for ours, theirs in DEPTHS.items() if theirs == layout_of(picture).depth)
    came, wanted = Space("RGBA", depth, SRGB), space_of(place.document)
    same = wanted.is_srgb and wanted.depth == depth
    yield
    with Converter(came, came if same else wanted) as converter:
        yield
        for first, rows in bands(width, height, BAND):
            pixels = _cut(place, picture, first, rows)
            check_open(place)
            layer.setPixelData(
                converter.convert(bytes(pixels), width, rows), left, top + first, width, rows
            )
            yield
    return layer


def add_layers(place: Place, layers: Sequence[Node], name: str) -> None:
    """Add one layer, or several in a group of that name, in one undo step.

    The group is put together in another document: in this one, each layer were a step of its own.

    Raises:
        Refusal: the picture was closed.
    """
    check_open(place)
    if len(layers) == 1:
        _add(place, layers[0])
        return
    with scratch_document() as scratch:
        group = scratch.createGroupLayer(name)
        for layer in reversed(layers):
            layer.setVisible(layer is layers[0])
            group.addChildNode(layer, None)
        _add(place, group)
    # Krita has put the group together in the other document, and does not look into it here.
    place.document.refreshProjection()


def _add(place: Place, node: Node) -> None:
    if is_in_tree(place.node):
        place.node.parentNode().addChildNode(node, place.node)
    else:
        place.document.rootNode().addChildNode(node, None)


def check_open(place: Place) -> None:
    """Make sure that the picture is still there.

    Raises:
        Refusal: it was closed.
    """
    if not is_open(place.document):
        raise Refusal(
            _("The picture of this edit was closed."),
            _("The result stays in the list: it can be added to another picture."),
        )


def _cut(place: Place, picture: Picture, first: int, rows: int) -> bytearray:
    """Some rows of what the layer covers, with the selection as their opacity."""
    region, edited = place.region, place.edited
    channel = BYTES[layout_of(picture).depth]
    top = edited.top - region.top + first
    left = edited.left - region.left
    pixels = _rows(picture.data, 4 * channel, region.width, left, top, edited.width, rows)
    if place.selection is not None:
        mask = place.selection.pixelData(edited.left, edited.top + first, edited.width, rows)
        under_mask(pixels, channel, bytes(mask))
    return pixels


def _rows(
    data: memoryview, pixel: int, stride: int, left: int, top: int, width: int, rows: int
) -> bytearray:
    if width == stride:
        return bytearray(data[top * stride * pixel : (top + rows) * stride * pixel])
    starts = (((top + row) * stride + left) * pixel for row in range(rows))
    return bytearray().join(data[start : start + width * pixel] for start in starts)


def _origin(node: Node) -> tuple[int, int]:
    position = node.position()
    return position.x(), position.y()
