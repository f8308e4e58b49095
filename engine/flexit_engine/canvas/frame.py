"""What the networks see: a region of the picture and the size they work at."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from flexit_engine.canvas.box import Box
from flexit_engine.canvas.mask import bounds
from flexit_engine.canvas.picture import Picture
from flexit_engine.canvas.resize import shrink

MIN_CELLS = 2
"""Cells of the latent grid a side at the least: one cell has no neighbour to differ from."""


@dataclass(frozen=True)
class Frame:
    """A region of the picture and its working size."""

    box: Box
    """The region, in pixels of the picture."""
    height: int
    """Rows the networks see, a multiple of the stride."""
    width: int
    """Columns the networks see, a multiple of the stride."""


def choose_frame(
    picture_height: int,
    picture_width: int,
    mask: NDArray[np.float32] | None,
    resolution: int,
    stride: int,
    context: float,
) -> Frame:
    """The whole picture, or the selection with some picture around it.

    The selection's bounds are grown by the context, then towards a square as far as the picture
    goes: networks trained on squares see the most of one.

    Args:
        picture_height: rows of the picture.
        picture_width: columns of the picture.
        mask: selection, `H×W` in [0, 1]; none for all of the picture.
        resolution: side of the square whose area the working size has.
        stride: pixels a latent cell spans.
        context: margin around the selection as a fraction of its longer side.

    Raises:
        MaskError: the mask selects nothing.
    """
    box = Box(0, 0, picture_width, picture_height)
    if mask is not None:
        box = _with_context(bounds(mask), picture_height, picture_width, context)
    height, width = _working_size(box.height, box.width, resolution, stride)
    return Frame(box, height, width)


def to_working(picture: Picture, frame: Frame) -> Tensor:
    """The frame at working size over white, `1×3×h×w` float32 in [0, 1]."""

    def strips() -> Iterator[tuple[Box, Tensor]]:
        for strip in frame.box.strips():
            seen = over_white(picture.srgb(strip), picture.alpha(strip))
            yield strip, torch.from_numpy(seen).movedim(-1, 0)

    box = frame.box
    return shrink(strips(), box.top, box.height, frame.height, frame.width, "bicubic")


def mask_to_working(mask: NDArray[np.float32], frame: Frame) -> Tensor:
    """The mask inside the frame at working size, `1×1×h×w` float32 in [0, 1]."""

    def strips() -> Iterator[tuple[Box, Tensor]]:
        for strip in frame.box.strips():
            yield strip, torch.from_numpy(mask[strip.rows, strip.columns].copy())[None]

    box = frame.box
    return shrink(strips(), box.top, box.height, frame.height, frame.width, "bilinear")


def over_white(rgb: NDArray[np.float32], alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the eye sees of straight colours, `h×w×3`, on white paper."""
    return 1 + (rgb - 1) * alpha[..., None]


def _with_context(selection: Box, height: int, width: int, context: float) -> Box:
    margin = round(context * max(selection.width, selection.height))
    left, columns = _grow(selection.left, selection.width, margin, width)
    top, rows = _grow(selection.top, selection.height, margin, height)
    side = max(columns, rows)
    left, columns = _widen(left, columns, side, width)
    top, rows = _widen(top, rows, side, height)
    return Box(left, top, columns, rows)


def _grow(start: int, length: int, margin: int, limit: int) -> tuple[int, int]:
    """An interval with a margin at both ends, cut off at 0 and the limit."""
    first = max(0, start - margin)
    return first, min(limit, start + length + margin) - first


def _widen(start: int, length: int, wanted: int, limit: int) -> tuple[int, int]:
    """An interval grown to a length about its middle, moved where it would leave 0…limit."""
    wanted = min(wanted, limit)
    first = start - (wanted - length) // 2
    return min(max(first, 0), limit - wanted), wanted


def _working_size(height: int, width: int, resolution: int, stride: int) -> tuple[int, int]:
    """Multiples of the stride nearest to the aspect and to an area of resolution²."""
    cells = max(MIN_CELLS, resolution / stride)
    root = math.sqrt(width / height)
    # A very long picture is squeezed lengthways rather than seen in more pixels than a square.
    rows = min(max(cells / root, MIN_CELLS), cells * cells / MIN_CELLS)
    columns = min(max(cells * root, MIN_CELLS), cells * cells / MIN_CELLS)

    def misfit(size: tuple[int, int]) -> float:
        return abs(math.log(size[1] / size[0] / (columns / rows))) + abs(
            math.log(size[0] * size[1] / cells**2)
        )

    around = itertools.product(
        sorted({math.floor(rows), math.ceil(rows)}),
        sorted({math.floor(columns), math.ceil(columns)}),
    )
    best = min(around, key=misfit)
    return best[0] * stride, best[1] * stride
