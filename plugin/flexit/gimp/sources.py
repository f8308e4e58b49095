"""What an edit starts from: one layer, or the picture as it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gi.repository import Gimp

from flexit.model import Region, _
from flexit.model.choices import VISIBLE

from .refusal import Refusal


class Source(NamedTuple):
    """What is read, and where its result belongs."""

    image: Gimp.Image
    layer: Gimp.Layer | None
    """The layer above which the result goes, None: on top; unless `visible` what is read."""
    visible: bool
    """Whether the picture is read as it is seen, instead of the layer alone."""


def choose_source(image: Gimp.Image, drawables: Sequence[Gimp.Drawable], kind: str) -> Source:
    """The source that a procedure's arguments name.

    Args:
        image: where it is.
        drawables: what is selected in the Layers or Channels dialog.
        kind: `layer` or `visible`.

    Raises:
        Refusal: there is none, or not one.
    """
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        raise Refusal(
            _("The picture has indexed colours, too few for an edit."),
            _("Choose Image ▸ Mode ▸ RGB first."),
        )
    if kind == VISIBLE:
        layers = [layer for layer in map(layer_of, drawables) if layer is not None]
        return Source(image, layers[0] if layers else None, visible=True)
    if not drawables:
        raise Refusal(
            _("No layer is selected."),
            _("Select one in the Layers dialog, or edit the visible image."),
        )
    if len(drawables) > 1:
        raise Refusal(
            _("Several layers are selected."), _("Select just one, or edit the visible image.")
        )
    layer = layer_of(drawables[0])
    if layer is None:
        raise Refusal(_("A channel cannot be edited."), _("Click a layer in the Layers dialog."))
    return Source(image, layer, visible=False)


def layer_of(drawable: Gimp.Drawable) -> Gimp.Layer | None:
    """The layer that a drawable is, or is the mask of; None for a channel."""
    if isinstance(drawable, Gimp.LayerMask):
        return Gimp.Layer.from_mask(drawable)
    return drawable if isinstance(drawable, Gimp.Layer) else None


def bounds_of(drawable: Gimp.Drawable) -> Region:
    """Where a drawable lies in its image."""
    _ok, left, top = drawable.get_offsets()
    return Region(left, top, drawable.get_width(), drawable.get_height())
