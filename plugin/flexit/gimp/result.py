"""From the engine's pictures to layers: one undo step, wherever the picture went meanwhile."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from gi.repository import Gegl, Gimp

from flexit.client import BadAnswer, Picture
from flexit.client.protocol import BYTES
from flexit.model import Choices, Recipe, Region, Result, layer_name

from .colour import FORMATS, MASK
from .keeping import keep
from .pixels import Pixels
from .sources import Source, bounds_of

RGBA = 4


class Place(NamedTuple):
    """Where results belong."""

    image: Gimp.Image
    layer: Gimp.Layer | None
    """The layer above which they go; None: on top."""
    corner: tuple[int, int]
    """Where that layer was when it was read."""
    region: Region
    """Of the image: what was sent."""
    edited: Region
    """The part of it that a result covers."""
    mask: bytes | None
    """The selection in `edited` as it was; None: all of it."""

    @classmethod
    def of(cls, source: Source, pixels: Pixels) -> Place:
        """Where the result of a source belongs."""
        layer = source.layer
        corner = (0, 0) if layer is None else bounds_of(layer)[:2]
        mask = None if pixels.mask is None else _cut(pixels.mask, 1, pixels.region, pixels.edited)
        return cls(source.image, layer, corner, pixels.region, pixels.edited, mask)

    @property
    def anchor(self) -> Gimp.Layer | None:
        """The layer, if it is still in the picture."""
        return self.layer if self.layer is not None and is_in(self.layer, self.image) else None

    @property
    def offsets(self) -> tuple[int, int]:
        """Where a result goes now: along with the layer, where that was moved."""
        left, top = self.edited[:2]
        if self.anchor is not None:
            now = bounds_of(self.anchor)
            left, top = left + now.left - self.corner[0], top + now.top - self.corner[1]
        return left, top


class Added(NamedTuple):
    """What the picture has of a run."""

    place: Place
    """Where it went: to a new picture where the first was closed, or cannot hold the colours."""
    layers: list[Gimp.Layer]
    """One a result."""
    top: Gimp.Layer
    """The layer, or the group that holds several."""


def add_results(place: Place, results: Sequence[Result], choices: Choices) -> Added:
    """Add a layer, or several in a group, in one undo step.

    Args:
        place: where.
        results: of one run.
        choices: what was wanted.
    """
    place = place if _can_take(place.image) else _elsewhere(place)
    with _one_undo_step(place.image):
        layers = [_new_layer(place, result) for result in results]
        parent, position = _position(place)
        top = layers[0]
        if len(layers) > 1:
            top = Gimp.GroupLayer.new(place.image, layers[0].get_name().rpartition(" #")[0])
            place.image.insert_layer(top, parent, position)
            parent, position = top, 0
        for number, (layer, result) in enumerate(zip(layers, results)):
            place.image.insert_layer(layer, parent, position + number)
            layer.set_visible(number == 0)
            _add_mask(layer, place.mask)
            keep(layer, _recipe(place, result, choices), place.anchor)
    place.image.set_selected_layers([top])
    return Added(place, layers, top)


def present(added: Added, image: Gimp.Image) -> bool:
    """Show results in a window of their own where they are not in the image they belong to.

    Returns:
        Whether that was so.
    """
    new = bool(added.place.image.get_id() != image.get_id())
    if new:
        Gimp.Display.new(added.place.image)
    return new


def repaint(place: Place, layer: Gimp.Layer, result: Result, choices: Choices) -> None:
    """Have a layer show another picture of its edit. Pushes no undo step of its own."""
    place.image.undo_freeze()
    try:
        _write(layer, result.picture, place)
        keep(layer, _recipe(place, result, choices), place.anchor)
    finally:
        place.image.undo_thaw()


def is_in(layer: Gimp.Layer, image: Gimp.Image) -> bool:
    """Whether a layer is in an image, and neither deleted nor undone."""
    if not (image.is_valid() and layer.is_valid()):
        return False
    at = layer
    while at.get_parent() is not None:
        at = at.get_parent()
    return any(at.get_id() == other.get_id() for other in image.get_layers())


def _can_take(image: Gimp.Image) -> bool:
    return bool(image.is_valid() and image.get_base_type() != Gimp.ImageBaseType.INDEXED)


def _elsewhere(place: Place) -> Place:
    """The same in a new image of the size of what was sent."""
    region, edited = place.region, place.edited
    image = Gimp.Image.new(region.width, region.height, Gimp.ImageBaseType.RGB)
    moved = edited._replace(left=edited.left - region.left, top=edited.top - region.top)
    whole = Region(0, 0, region.width, region.height)
    return Place(image, None, (0, 0), whole, moved, place.mask)


@contextmanager
def _one_undo_step(image: Gimp.Image) -> Iterator[None]:
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()


def _position(place: Place) -> tuple[Gimp.Layer | None, int]:
    anchor = place.anchor
    if anchor is None:
        return None, 0
    return anchor.get_parent(), place.image.get_item_position(anchor)


def _new_layer(place: Place, result: Result) -> Gimp.Layer:
    image = place.image
    grey = image.get_base_type() == Gimp.ImageBaseType.GRAY
    name = layer_name(result.request.source, result.request.target, result.seed)
    width, height = place.edited[2:]
    kind = Gimp.ImageType.GRAYA_IMAGE if grey else Gimp.ImageType.RGBA_IMAGE
    mode = image.get_default_new_layer_mode()
    layer = Gimp.Layer.new(image, name, width, height, kind, 100, mode)
    layer.set_offsets(*place.offsets)
    _write(layer, result.picture, place)
    return layer


def _write(layer: Gimp.Layer, picture: Picture, place: Place) -> None:
    if picture.format is None or picture.format[:3] != (*place.region[2:], "RGBA"):
        raise BadAnswer("The engine's result has another size than it should.", "Try again.")
    depth = picture.format.depth
    data = _cut(picture.data, RGBA * BYTES[depth], place.region, place.edited)
    _set(layer, data, FORMATS[depth], RGBA * BYTES[depth])


def _add_mask(layer: Gimp.Layer, mask: bytes | None) -> None:
    """The selection as it was at the beginning: the user may have changed it since."""
    if mask is None:
        return
    layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
    _set(layer.get_mask(), mask, MASK, 1)
    layer.set_edit_mask(False)


def _set(drawable: Gimp.Drawable, data: bytes, form: str, pixel: int) -> None:
    width, height = drawable.get_width(), drawable.get_height()
    # GEGL itself only prints a warning, and leaves the buffer empty.
    if len(data) != width * height * pixel:
        raise ValueError(f"{len(data)} bytes do not fill {width} × {height} pixels")
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), form, data)
    buffer.flush()
    drawable.update(0, 0, width, height)


def _cut(data: bytes | memoryview, pixel: int, region: Region, part: Region) -> bytes:
    """A part of a region's pixels. GEGL is slow with anything but `bytes`."""
    if part == region:
        return bytes(data)
    view = memoryview(data)
    row, length = region.width * pixel, part.width * pixel
    first = (part.top - region.top) * row + (part.left - region.left) * pixel
    starts = range(first, first + part.height * row, row)
    return b"".join(view[start : start + length] for start in starts)


def _recipe(place: Place, result: Result, choices: Choices) -> Recipe:
    info = result.info
    own = choices.replace(seed=result.seed, variants=1)
    step = result.picture.step
    return Recipe(own, info["settings"], place.region, info["id"], step, info["version"])
