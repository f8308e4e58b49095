"""From what the user sees to what the engine gets: no more of it than the networks look at."""

from __future__ import annotations

from typing import NamedTuple

from gi.repository import Gegl

from flexit.client import PixelFormat
from flexit.model import Choices, Region, _, seen_region

from .colour import FORMATS, depth_for
from .refusal import Refusal
from .scratch import as_seen
from .selecting import read_mask, selected_region, selection_buffer, shrink_to_content
from .sources import Source, bounds_of


class Pixels(NamedTuple):
    """What is sent."""

    format: PixelFormat
    data: bytes
    mask: bytes | None
    """The selection in `region`, a byte a pixel; None: all of it."""
    region: Region
    """Of the image: what is sent."""
    edited: Region
    """The part of `region` that the result covers: selection ∩ layer."""


class Thumbnail(NamedTuple):
    """A small picture of what would be sent."""

    data: bytes
    """Raw `RGBA`, `uint8`."""
    width: int
    height: int
    region: Region


def read_pixels(source: Source, choices: Choices) -> Pixels:
    """Read what an edit needs.

    Raises:
        Refusal: nothing of the source is selected.
    """
    with as_seen(source) as drawable, selection_buffer(source.image, choices.feather) as selection:
        picture = bounds_of(drawable)
        edited, region = picture, picture
        mask = None
        selected = selected_region(source.image)
        if selected is not None:
            edited = _edited(selection, selected & picture)
            region = seen_region(edited, picture, choices.context)
            mask = read_mask(selection, region)
        depth = depth_for(source.image)
        inside = Gegl.Rectangle.new(
            region.left - picture.left, region.top - picture.top, region.width, region.height
        )
        buffer = drawable.get_buffer()
        data = bytes(buffer.get(inside, 1.0, FORMATS[depth], Gegl.AbyssPolicy.NONE))
    return Pixels(
        PixelFormat(region.width, region.height, "RGBA", depth), data, mask, region, edited
    )


def read_thumbnail(source: Source, choices: Choices, side: int) -> Thumbnail:
    """Read the same part of the picture, small.

    Args:
        source: what it shows.
        choices: of these its input and context matter.
        side: pixels that the longer side has at the most.

    Raises:
        Refusal: nothing of the source is selected.
    """
    with as_seen(source) as drawable:
        picture = bounds_of(drawable)
        selected = selected_region(source.image)
        region = picture
        if selected is not None:
            region = seen_region(_overlap(selected & picture), picture, choices.context)
        scale = min(1.0, side / max(region.width, region.height))
        width, height = (max(1, int(scale * length)) for length in region[2:])
        left, top = region.left - picture.left, region.top - picture.top
        inside = Gegl.Rectangle.new(int(scale * left), int(scale * top), width, height)
        buffer = drawable.get_buffer()
        data = bytes(buffer.get(inside, scale, FORMATS["uint8"], Gegl.AbyssPolicy.NONE))
    return Thumbnail(data, width, height, region)


def cut(data: bytes | memoryview, pixel: int, region: Region, part: Region) -> bytes:
    """Cut a part out of a region's pixels.

    Args:
        data: the pixels, row after row.
        pixel: bytes that each has.
        region: where they lie.
        part: of the region: what is wanted.

    Returns:
        Its pixels, as `bytes`: GEGL is slow with anything else.
    """
    if part == region:
        return bytes(data)
    view = memoryview(data)
    row, length = region.width * pixel, part.width * pixel
    first = (part.top - region.top) * row + (part.left - region.left) * pixel
    starts = range(first, first + part.height * row, row)
    return b"".join(view[start : start + length] for start in starts)


def _edited(selection: Gegl.Buffer, region: Region) -> Region:
    overlap = _overlap(region)
    return _overlap(shrink_to_content(read_mask(selection, overlap), overlap))


def _overlap(region: Region) -> Region:
    if not region:
        raise Refusal(
            _("The selection lies beside the layer."),
            _("Select a part of the layer, or edit the visible image."),
        )
    return region
