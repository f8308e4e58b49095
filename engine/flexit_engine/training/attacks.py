"""Adversarial pictures: each the worst within a small L2 distance of a real one."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

STEPS = 2
STEP = 0.7
"""Length of one, in radii."""


def attack(loss: Callable[[Tensor], Tensor], image: Tensor, radius: Tensor, sign: Tensor) -> Tensor:
    """Move each picture to where the loss is higher (sign 1) or lower (sign -1), within a ball.

    Two steps from a random point at half of the radius (Madry et al. 2018). A single longer one
    (Wong et al. 2020) is cheaper, but after long training networks can be right at its end only.

    Args:
        loss: pictures `B×3×H×W` -> `B`.
        image: where the balls are centred, in [0, 1].
        radius: `B`, L2 distance that each picture may move.
        sign: `B`, 1 or -1.
    """
    reach = radius[:, None, None, None]
    delta = 0.5 * reach * unit(torch.randn_like(image))
    for _ in range(STEPS):
        delta.requires_grad_()
        (slope,) = torch.autograd.grad((sign * loss(image + delta)).sum(), delta)
        moved = delta.detach() + STEP * reach * unit(slope)
        delta = unit(moved) * torch.minimum(length(moved), reach)
    return (image + delta).clamp(0.0, 1.0)


def length(image: Tensor) -> Tensor:
    """L2 length of each picture, `B×1×1×1`, never quite zero."""
    return image.square().sum(dim=(1, 2, 3), keepdim=True).sqrt().clamp(min=1e-12)


def unit(image: Tensor) -> Tensor:
    """Each picture scaled to L2 length 1."""
    return image / length(image)
