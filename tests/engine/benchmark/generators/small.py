"""Weights that anybody can draw again, so that a recording need not hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def fill(shapes: Mapping[str, Sequence[int]], seed: int) -> dict[str, Tensor]:
    """Random tensors of some shapes, scaled so that signals neither die nor explode."""
    chance = torch.Generator().manual_seed(seed)
    filled = {}
    for name, shape in sorted(shapes.items()):
        drawn = torch.randn(*shape, generator=chance) if shape else torch.zeros(())
        weight = len(shape) > 1 and name.endswith("weight")
        scale = 1.5 / drawn[0].numel() ** 0.5 if weight else 1.0
        filled[name] = drawn.abs() + 0.5 if name.endswith("running_var") else drawn * scale
    return filled
