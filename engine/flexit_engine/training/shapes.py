"""Plain shapes in every named colour, drawn here: what teaches the encoders colour words."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from flexit_engine.training.colours import draw_shades

SHAPES: tuple[str, ...] = ("circle", "square", "heart", "star", "triangle", "diamond")


def _inside(shape: str, x: Tensor, y: Tensor) -> Tensor:
    """True where points of [-1, 1]² (y down) lie in the shape."""
    if shape == "circle":
        return x**2 + y**2 < 0.92**2
    if shape == "square":
        return torch.maximum(x.abs(), y.abs()) < 0.82
    if shape == "diamond":
        return x.abs() + y.abs() < 0.95
    if shape == "triangle":
        return (y < 0.75) & (x.abs() * 1.8 - 0.75 < y + 0.05)
    if shape == "heart":
        u, v = x * 1.28, -y * 1.25 + 0.12
        return (u**2 + v**2 - 1) ** 3 - u**2 * v**3 < 0
    radius, angle = torch.hypot(x, y), torch.atan2(x, -y)
    tip = (angle % (2 * math.pi / 5) - math.pi / 5).abs() / (math.pi / 5)
    return radius < 0.42 + 0.53 * tip**1.6


def draw_shape(shape: str, colour: str, side: int, generator: torch.Generator) -> Tensor:
    """One sprite of a shape: `4×side×side` uint8, colour multiplied by alpha.

    Half of them are flat; the rest have a soft light from above. A third have a dark outline.
    """
    grid = (torch.arange(2 * side) + 0.5) / side - 1.0
    y, x = torch.meshgrid(grid, grid, indexing="ij")
    mask = functional.avg_pool2d(_inside(shape, x, y).float()[None, None], 2)[0]
    small = functional.avg_pool2d(_inside(shape, x * 1.12, y * 1.12).float()[None, None], 2)[0]
    pick = torch.rand(4, generator=generator).tolist()
    rgb = draw_shades([colour], generator)[0].view(3, 1, 1).expand(3, side, side)
    height = torch.linspace(-1, 1, side).view(1, side, 1)
    if pick[0] < 0.5:
        light = (-height * (0.1 + 0.25 * pick[1])).expand(1, side, side)
        rgb = torch.where(light > 0, rgb + (1 - rgb) * light, rgb * (1 + light))
    if pick[2] < 0.33:
        rgb = rgb * (small + (1 - small) * (0.4 + 0.4 * pick[3]))
    return (torch.cat([rgb * mask, mask]) * 255).round().to(torch.uint8)
