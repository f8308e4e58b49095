"""Random views of a picture: rotation, resized crop and flip, as one batched warp.

A view is a 2×3 matrix that takes the view's coordinates to the picture's, both running from −1 to
1 along each side, so one matrix serves pictures and networks of every size. A picture that is not
square is seen squashed into the square.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn.functional import affine_grid, grid_sample, interpolate

ROTATION = math.radians(10)
AREA = (0.8, 1.0)
RATIO = (0.9, 1.1)


def sample_views(count: int, generator: torch.Generator) -> Tensor:
    """Draw `count` views with the released code's ranges, `count×2×3`.

    Rotation within ±10°, crop of 0.8–1 of the area with sides in ratio 0.9–1.1, flip half the time.
    """
    angle, area, ratio, left, top, flip = torch.rand(6, count, generator=generator)
    angle = (2 * angle - 1) * ROTATION
    area = AREA[0] + (AREA[1] - AREA[0]) * area
    ratio = torch.exp(math.log(RATIO[0]) + math.log(RATIO[1] / RATIO[0]) * ratio)
    width = (area * ratio).sqrt().clamp(max=1)
    height = (area / ratio).sqrt().clamp(max=1)
    centre_x = (2 * left - 1) * (1 - width)
    centre_y = (2 * top - 1) * (1 - height)
    width = torch.where(flip < 0.5, -width, width)
    cosine, sine = angle.cos(), angle.sin()
    rows = [
        cosine * width, -sine * height, cosine * centre_x - sine * centre_y,
        sine * width, cosine * height, sine * centre_x + cosine * centre_y,
    ]  # fmt: skip
    return torch.stack(rows, dim=-1).reshape(count, 2, 3)


def warp(image: Tensor, views: Tensor, resolution: int) -> Tensor:
    """See B pictures through A views each, at a network's own size.

    Where the network's pictures are smaller, one antialiased resize comes before the bilinear warp,
    which then hardly shrinks any more. What lies outside the picture is black.

    Args:
        image: pictures, `B×3×H×W`.
        views: matrices of `sample_views`, `B×A×2×3`.
        resolution: side R of the views.

    Returns:
        `(B·A)×3×R×R`, the views of a picture side by side.
    """
    batch, count = views.shape[:2]
    small = _shrink(image, resolution)
    grid = affine_grid(
        views.flatten(0, 1).to(image.dtype),
        [batch * count, 3, resolution, resolution],
        align_corners=False,
    )
    repeated = small.repeat_interleave(count, dim=0)
    return grid_sample(repeated, grid, padding_mode="zeros", align_corners=False)


def whole(image: Tensor, resolution: int) -> Tensor:
    """See B whole pictures at a network's own size, `B×3×R×R`."""
    return interpolate(
        image, (resolution, resolution), mode="bilinear", align_corners=False, antialias=True
    )


def _shrink(image: Tensor, resolution: int) -> Tensor:
    height, width = (min(side, resolution) for side in image.shape[-2:])
    if (height, width) == image.shape[-2:]:
        return image
    return interpolate(image, (height, width), mode="bilinear", align_corners=False, antialias=True)
