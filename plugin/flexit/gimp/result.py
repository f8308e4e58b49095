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
from .pixels import cut
from .place import Place

RGBA = 4
"""Channels."""


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
        layers = [_new_layer(place, result, choices) for result in results]
        parent, position = _position(place)
        top = layers[0]
        if len(layers) > 1:
            top = Gimp.GroupLayer.new(place.image, layers[0].get_name().rpartition(" #")[0])
            place.image.insert_layer(top, parent, position)
            parent, position = top, 0
        for number, layer in enumerate(layers):
            place.image.insert_layer(layer, parent, position + number)
            layer.set_visible(number == 0)
            _add_mask(layer, place.mask)
    place.image.set_selected_layers([top])
    return Added(place, layers, top)


def present(image: Gimp.Image, expected: Gimp.Image) -> bool:
    """Show a picture with results in a window of its own, where it is another than expected.

    Returns:
        Whether that was so.
    """
    new = bool(image.get_id() != expected.get_id())
    if new:
        Gimp.Display.new(image)
    return new


def repaint(place: Place, layer: Gimp.Layer, result: Result, choices: Choices) -> None:
    """Have a layer show another picture of its edit. Pushes no undo step of its own."""
    place.image.undo_freeze()
    try:
        _write(layer, result.picture, place)
        keep(layer, _recipe(place, result, choices), place.anchor)
    finally:
        place.image.undo_thaw()


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


def _new_layer(place: Place, result: Result, choices: Choices) -> Gimp.Layer:
    image = place.image
    grey = image.get_base_type() == Gimp.ImageBaseType.GRAY
    name = layer_name(result.request.source, result.request.target, result.seed)
    width, height = place.edited[2:]
    kind = Gimp.ImageType.GRAYA_IMAGE if grey else Gimp.ImageType.RGBA_IMAGE
    mode = image.get_default_new_layer_mode()
    layer = Gimp.Layer.new(image, name, width, height, kind, 100, mode)
    layer.set_offsets(*place.offsets)
    _write(layer, result.picture, place)
    # Before it is in the image: GIMP stumbles when it redoes attaching as a step of its own.
    keep(layer, _recipe(place, result, choices), place.anchor)
    return layer


def _write(layer: Gimp.Layer, picture: Picture, place: Place) -> None:
    if picture.format is None or picture.format[:3] != (*place.region[2:], "RGBA"):
        raise BadAnswer("The engine's result has another size than it should.", "Try again.")
    depth = picture.format.depth
    data = cut(picture.data, RGBA * BYTES[depth], place.region, place.edited)
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


def _recipe(place: Place, result: Result, choices: Choices) -> Recipe:
    info = result.info
    own = choices.replace(seed=result.seed, variants=1)
    step = result.picture.step
    return Recipe(own, info["settings"], place.region, info["id"], step, info["version"])
