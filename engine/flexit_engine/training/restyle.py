"""The same drawing as other artists might have made it: lit from a side, with an outline.

Some styles are flat, some are shaded, some draw their outlines: what is common to them, and to
styles that were never seen, is the thing.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from flexit_engine.training.slopes import slopes

LIT_SHARE = 0.5
LIGHT = 0.3
"""How much brighter the lit side is, and how much darker the other."""
OUTLINED_SHARE = 0.15
OUTLINE = 5
"""Side in pixels of 128 of the window that it grows by: a line of 2 on each side."""


def restyled(layer: Tensor, generator: torch.Generator) -> Tensor:
    """Light half of the drawings from a side, and outline some; `N×4×S×S`, premultiplied."""
    return outlined(lit(layer, generator), generator)


def lit(layer: Tensor, generator: torch.Generator) -> Tensor:
    """Brighter towards a random side."""
    chance = torch.rand((3, len(layer)), generator=generator).to(layer.device)
    slope = slopes(2 * math.pi * chance[0], layer.shape[-1])[:, None]
    strength = LIGHT * chance[1] * (chance[2] < LIT_SHARE)
    colour, alpha = layer[:, :3], layer[:, 3:]
    brighter = colour * (1 + strength[:, None, None, None] * slope)
    return torch.cat([torch.minimum(brighter, alpha), alpha], 1)


def outlined(layer: Tensor, generator: torch.Generator) -> Tensor:
    """Some with a dark line around them."""
    chance = torch.rand((4, len(layer), 1, 1, 1), generator=generator).to(layer.device)
    alpha = layer[:, 3:]
    wider = functional.max_pool2d(alpha, OUTLINE, 1, OUTLINE // 2) * (chance[0] < OUTLINED_SHARE)
    ink = 0.25 * chance[1:].squeeze(2).transpose(0, 1)
    line = torch.cat([ink.expand(-1, -1, *alpha.shape[2:]), torch.ones_like(alpha)], 1) * wider
    return layer + (1 - alpha) * line
