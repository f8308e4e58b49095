"""Where results belong: that may change while they are made."""

from __future__ import annotations

from typing import NamedTuple

from gi.repository import Gimp

from flexit.model import Region

from .pixels import Pixels, cut
from .sources import Source, bounds_of


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
        mask = None if pixels.mask is None else cut(pixels.mask, 1, pixels.region, pixels.edited)
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


def is_in(layer: Gimp.Layer, image: Gimp.Image) -> bool:
    """Whether a layer is in an image, and neither deleted nor undone."""
    if not (image.is_valid() and layer.is_valid()):
        return False
    at = layer
    while at.get_parent() is not None:
        at = at.get_parent()
    return any(at.get_id() == other.get_id() for other in image.get_layers())
