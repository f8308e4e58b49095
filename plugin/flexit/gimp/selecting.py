"""The selection as bytes, and its soft edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gi.repository import Gegl, Gimp

from flexit.model import Region

from .colour import MASK
from .scratch import scratch_image


def selected_region(image: Gimp.Image) -> Region | None:
    """The bounds of the selection; None where nothing is selected, which means everything."""
    _ok, selected, left, top, right, bottom = Gimp.Selection.bounds(image)
    return Region(left, top, right - left, bottom - top) if selected else None


@contextmanager
def selection_buffer(image: Gimp.Image, feather: int) -> Iterator[Gegl.Buffer]:
    """The selection, faded inwards from its edge by some pixels; the user's own stays as it is."""
    if not feather:
        yield image.get_selection().get_buffer()
        return
    with scratch_image(image) as scratch:
        selection = _copied(image.get_selection(), scratch)
        scratch.select_item(Gimp.ChannelOps.REPLACE, selection)
        Gimp.Selection.shrink(scratch, feather)
        Gimp.Selection.feather(scratch, feather)
        scratch.select_item(Gimp.ChannelOps.INTERSECT, selection)
        yield scratch.get_selection().get_buffer()


def _copied(selection: Gimp.Selection, scratch: Gimp.Image) -> Gimp.Channel:
    width, height = selection.get_width(), selection.get_height()
    channel = Gimp.Channel.new(scratch, "", width, height, 100, Gegl.Color.new("black"))
    scratch.insert_channel(channel, None, 0)
    whole, copy = Gegl.Rectangle.new(0, 0, width, height), channel.get_buffer()
    selection.get_buffer().copy(whole, Gegl.AbyssPolicy.NONE, copy, whole)
    copy.flush()
    channel.update(0, 0, width, height)
    return channel


def read_mask(selection: Gegl.Buffer, region: Region) -> bytes:
    """One byte a pixel; nothing is selected beyond the canvas."""
    rectangle = Gegl.Rectangle.new(*region)
    return bytes(selection.get(rectangle, 1.0, MASK, Gegl.AbyssPolicy.NONE))


def shrink_to_content(mask: bytes, region: Region) -> Region:
    """The bounds of what a mask selects at all; empty where that is nothing."""
    width = region.width
    first, last = len(mask) - len(mask.lstrip(b"\0")), len(mask.rstrip(b"\0"))
    if not last:
        return Region(region.left, region.top, 0, 0)
    top, bottom = first // width, (last - 1) // width + 1
    rows = [mask[row * width : (row + 1) * width] for row in range(top, bottom)]
    left = min(width - len(row.lstrip(b"\0")) for row in rows)
    right = max(len(row.rstrip(b"\0")) for row in rows)
    return Region(region.left + left, region.top + top, right - left, bottom - top)
