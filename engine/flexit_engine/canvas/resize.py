"""Resizing strip by strip: torch's antialiased filters without the whole picture in floats.

Resizing is linear and separable: columns are resized by torch as they come, rows by the matrix
that torch itself would apply.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from flexit_engine.canvas.box import Box

Filter = Literal["bicubic", "bilinear"]


def shrink(
    strips: Iterable[tuple[Box, Tensor]], top: int, source: int, height: int, width: int, by: Filter
) -> Tensor:
    """Resize a picture that comes in strips.

    Args:
        strips: where each strip lies and its values, `C×rows×W` in [0, 1].
        top: first row of the picture.
        source: rows of the picture.
        height: rows of the result.
        width: columns of the result.
        by: the filter.

    Returns:
        `1×C×height×width` in [0, 1].
    """
    total = torch.zeros(())
    for box, values in strips:
        narrow = _interpolate(values[None], box.height, width, by)
        rows = slice(box.top - top, box.top - top + box.height)
        total = total + _row_weights(source, height, rows, by) @ narrow
    return total.clamp(0, 1)


def enlarger(values: Tensor, height: int, width: int, by: Filter) -> Callable[[slice], Tensor]:
    """Resize `1×C×h×w` to `height × width`, of which rows are computed as they are asked for.

    Returns:
        A function from rows of the result to their values, `rows×width×C`.
    """
    source = values.shape[-2]
    wide = _interpolate(values, source, width, by)[0]
    weights = _row_weights(source, height, slice(0, source), by)
    return lambda rows: (weights[rows] @ wide).movedim(0, -1)


def _row_weights(source: int, target: int, rows: slice, by: Filter) -> Tensor:
    """The columns `rows` of the `target × source` matrix that resizes rows."""
    count = rows.stop - rows.start
    identity = torch.zeros(1, 1, source, count)
    identity[0, 0, rows] = torch.eye(count)
    return _interpolate(identity, target, count, by)[0, 0]


def _interpolate(values: Tensor, height: int, width: int, by: Filter) -> Tensor:
    return functional.interpolate(
        values, size=(height, width), mode=by, align_corners=False, antialias=True
    )
