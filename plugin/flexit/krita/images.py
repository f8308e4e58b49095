"""Small pictures for the docker, from large ones as they lie in memory."""

from __future__ import annotations

from flexit.client import Box, Picture, PixelFormat
from flexit.client.protocol import BYTES
from flexit.model import Region

from .layout import layout_of
from .qt import Qt, QtGui

Format = QtGui.QImage.Format
LONGEST = 512
"""Pixels of a side."""


def preview_image(picture: Picture) -> QtGui.QImage:
    """A preview of the engine's: `RGB`, `uint8`."""
    width, height = layout_of(picture)[:2]
    image = QtGui.QImage(bytes(picture.data), width, height, 3 * width, Format.Format_RGB888)
    return image.copy()  # the first one does not own its pixels


def source_image(data: memoryview, layout: PixelFormat) -> QtGui.QImage:
    """What is sent to the engine, which is what the networks look at."""
    return sampled_image(data, layout, Region(0, 0, layout.width, layout.height), LONGEST)


def result_image(picture: Picture, box: Box | None) -> QtGui.QImage:
    """What the networks looked at, in a result.

    Args:
        picture: raw, `BGRA`.
        box: the part of it they saw; None: all.
    """
    layout = layout_of(picture)
    part = Region(0, 0, layout.width, layout.height)
    if box is not None:
        part = Region(box["left"], box["top"], box["width"], box["height"])
    return sampled_image(picture.data, layout, part, LONGEST)


def sampled_image(
    data: memoryview, layout: PixelFormat, part: Region, longest: int
) -> QtGui.QImage:
    """A part of a `BGRA` picture, made small; fast, whatever its size.

    Args:
        data: the whole picture.
        layout: how it lies.
        part: in its pixels.
        longest: pixels the longer side may have.
    """
    pixel = 4 * BYTES[layout.depth]
    step = max(1, max(part.width, part.height) // (2 * longest))
    view = data.cast("I" if pixel == 4 else "Q")
    rows = []
    for row in range(part.top, part.top + part.height, step):
        start = row * layout.width + part.left
        rows.append(view[start : start + part.width : step].tobytes())
    pixels = b"".join(rows)
    if pixel == 8:
        pixels = pixels[1::2]
    width, height = -(-part.width // step), len(rows)
    image = QtGui.QImage(pixels, width, height, 4 * width, Format.Format_ARGB32)
    return image.scaled(
        min(longest, width),
        min(longest, height),
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    ).copy()
