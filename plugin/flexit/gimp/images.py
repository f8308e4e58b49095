"""Pictures for the dialog."""

from __future__ import annotations

from typing import cast

from gi.repository import GdkPixbuf, Gegl, GLib

from flexit.client import Picture, PixelFormat
from flexit.client.protocol import BANDS

from .colour import FORMATS
from .pixels import Thumbnail

CHECK, LIGHT, DARK = 8, 0xB0B0B0, 0x909090
"""Side and colours of the squares that shine through transparent pictures."""


def preview_pixbuf(picture: Picture) -> GdkPixbuf.Pixbuf:
    """What the networks see."""
    width, height, channels, _depth = _layout(picture)
    return _pixbuf(bytes(picture.data), width, height, BANDS[channels])


def thumbnail_pixbuf(thumbnail: Thumbnail) -> GdkPixbuf.Pixbuf:
    """What would be sent."""
    return _pixbuf(thumbnail.data, thumbnail.width, thumbnail.height, 4)


def result_pixbuf(picture: Picture, side: int) -> GdkPixbuf.Pixbuf:
    """A result, small.

    Args:
        picture: raw `RGBA` of any depth.
        side: pixels that the longer side has at the most.
    """
    width, height, _channels, depth = _layout(picture)
    buffer = Gegl.Buffer.new(FORMATS[depth], 0, 0, width, height)
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), FORMATS[depth], bytes(picture.data))
    scale = min(1.0, side / max(width, height))
    width, height = max(1, int(scale * width)), max(1, int(scale * height))
    inside = Gegl.Rectangle.new(0, 0, width, height)
    data = bytes(buffer.get(inside, scale, FORMATS["uint8"], Gegl.AbyssPolicy.NONE))
    return _pixbuf(data, width, height, 4)


def fitted(pixbuf: GdkPixbuf.Pixbuf, side: int) -> GdkPixbuf.Pixbuf:
    """A picture in the size it is shown in."""
    scale = side / max(pixbuf.get_width(), pixbuf.get_height())
    width = max(1, round(scale * pixbuf.get_width()))
    height = max(1, round(scale * pixbuf.get_height()))
    smooth = GdkPixbuf.InterpType.BILINEAR
    return pixbuf.composite_color_simple(width, height, smooth, 255, CHECK, LIGHT, DARK)


def _layout(picture: Picture) -> PixelFormat:
    """Of a picture that was asked for raw."""
    return cast(PixelFormat, picture.format)


def _pixbuf(data: bytes, width: int, height: int, bands: int) -> GdkPixbuf.Pixbuf:
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(data), GdkPixbuf.Colorspace.RGB, bands == 4, 8, width, height, bands * width
    )
