"""Images that the user never sees, to work in without touching theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gi.repository import Gimp

from .sources import Source


@contextmanager
def scratch_image(like: Gimp.Image) -> Iterator[Gimp.Image]:
    """An empty image of the same kind as another."""
    image = Gimp.Image.new_with_precision(
        like.get_width(), like.get_height(), like.get_base_type(), like.get_precision()
    )
    try:
        image.undo_disable()
        profile = like.get_color_profile()
        if profile is not None:
            image.set_color_profile(profile)
        yield image
    finally:
        image.delete()


@contextmanager
def as_seen(source: Source) -> Iterator[Gimp.Drawable]:
    """A drawable whose buffer has what the user sees of a source.

    A layer's own buffer lacks its filters and its mask, so a layer that has any is copied.
    """
    layer = source.layer
    if not source.visible and layer is not None and not (layer.get_filters() or layer.get_mask()):
        yield layer
        return
    with scratch_image(source.image) as image:
        yield _visible(source.image, image) if source.visible else _merged(layer, image)


def _visible(shown: Gimp.Image, image: Gimp.Image) -> Gimp.Layer:
    layer = Gimp.Layer.new_from_visible(shown, image, "")
    image.insert_layer(layer, None, 0)
    return layer


def _merged(layer: Gimp.Layer, image: Gimp.Image) -> Gimp.Layer:
    copy = Gimp.Layer.new_from_drawable(layer, image)
    image.insert_layer(copy, None, 0)
    if copy.is_group():
        copy = copy.merge()
    if copy.get_filters():
        copy.merge_filters()
    if copy.get_mask() is not None:
        applied = Gimp.MaskApplyMode.APPLY if copy.get_apply_mask() else Gimp.MaskApplyMode.DISCARD
        copy.remove_mask(applied)
    return copy
