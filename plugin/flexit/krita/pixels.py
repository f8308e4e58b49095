"""Reading what an edit starts from, in portions."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from krita import Selection

from flexit.client import PixelFormat
from flexit.client.memory import reserve
from flexit.model import Region

from .colour import DEPTHS, TILE, Converter, bands
from .source import Source
from .tree import has_masks

BAND = 1 << 18
"""Pixels handled at once where nothing is to be converted: a few milliseconds."""


class Pixels(NamedTuple):
    """What is sent to the engine."""

    image: memoryview
    format: PixelFormat
    mask: memoryview | None
    """A byte a pixel; None: all of it is selected."""


def read_pixels(source: Source) -> Generator[None, None, Pixels]:
    """Read a source; pauses after each portion."""
    mask = None
    if source.selection is not None:
        mask = yield from _read_mask(source.selection, source.region)
    layout = PixelFormat(
        source.region.width, source.region.height, "BGRA", DEPTHS[source.space.sent().depth]
    )
    image = yield from _read_image(source, layout)
    return Pixels(image, layout, mask)


def _read_mask(selection: Selection, region: Region) -> Generator[None, None, memoryview | None]:
    mask = reserve(region.width * region.height)
    whole = True
    for top, rows in bands(region.width, region.height, BAND):
        part = bytes(selection.pixelData(region.left, region.top + top, region.width, rows))
        mask[top * region.width : (top + rows) * region.width] = part
        whole = whole and part.count(255) == len(part)
        yield
    return None if whole else mask


def _read_image(source: Source, layout: PixelFormat) -> Generator[None, None, memoryview]:
    image = reserve(layout.size)
    row = layout.size // layout.height
    space, sent, region = source.space, source.space.sent(), source.region
    read = _reader(source)
    yield
    with Converter(space, sent) as converter:
        yield
        portion = BAND if space == sent else TILE
        for top, rows in bands(region.width, region.height, portion):
            part = bytes(read(region.left, region.top + top, region.width, rows))
            image[top * row : (top + rows) * row] = converter.convert(part, region.width, rows)
            yield
    return image


def _reader(source: Source) -> Callable[[int, int, int, int], Any]:
    """Krita's function that has the pixels as they are meant."""
    if source.visible:
        return source.document.pixelData
    if source.node.type() == "paintlayer" and not has_masks(source.node):
        return source.node.pixelData
    return source.node.projectionPixelData
