"""Named colours as ranges of hue, saturation and value, and painting with them."""

from __future__ import annotations

import torch
from torch import Tensor

SHADES: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[float, float]]] = {
    "red": ((-10, 8), (0.75, 1.0), (0.6, 1.0)),
    "orange": ((20, 36), (0.75, 1.0), (0.85, 1.0)),
    "yellow": ((46, 60), (0.6, 1.0), (0.88, 1.0)),
    "green": ((88, 150), (0.45, 1.0), (0.4, 0.9)),
    "blue": ((200, 238), (0.55, 1.0), (0.5, 1.0)),
    "purple": ((262, 292), (0.4, 0.9), (0.45, 0.95)),
    "pink": ((318, 345), (0.3, 0.7), (0.9, 1.0)),
    "brown": ((14, 30), (0.5, 0.8), (0.32, 0.62)),
    "black": ((0, 360), (0.0, 0.15), (0.05, 0.2)),
    "white": ((0, 360), (0.0, 0.06), (0.93, 1.0)),
    "gray": ((0, 360), (0.0, 0.08), (0.42, 0.65)),
}
"""Colour word -> (hue in degrees, saturation, value), each as (lowest, highest)."""

NAMES: tuple[str, ...] = tuple(SHADES)


def hsv_to_rgb(hsv: Tensor) -> Tensor:
    """`N×3` hue (degrees), saturation, value -> `N×3` sRGB in [0, 1]."""
    hue, saturation, value = hsv.unbind(1)
    sextant = torch.stack([torch.full_like(hue, 5.0), hue.new_full(hue.shape, 3.0), hue * 0 + 1], 1)
    k = (sextant + (hue / 60.0).unsqueeze(1)) % 6.0
    fall = torch.minimum(torch.minimum(k, 4.0 - k), torch.ones_like(k)).clamp(min=0.0)
    return (value * saturation).unsqueeze(1) * -fall + value.unsqueeze(1)


def draw_shades(names: list[str], generator: torch.Generator) -> Tensor:
    """One random shade for each colour word, `N×3` sRGB in [0, 1]."""
    ranges = torch.tensor([SHADES[name] for name in names], dtype=torch.float32)
    share = torch.rand((len(names), 3), generator=generator)
    hsv = ranges[..., 0] + share * (ranges[..., 1] - ranges[..., 0])
    return hsv_to_rgb(hsv)


def repaint(colour: Tensor, shade: Tensor) -> Tensor:
    """Paint drawings in one shade, keeping their light and dark.

    Grey parts (eyes, wheels, outlines) keep their colour unless most of the drawing is grey.

    Args:
        colour: `B×3×H×W` straight colours in [0, 1].
        shade: `B×3` sRGB in [0, 1].
    """
    light = (colour * colour.new_tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, True)
    mean = light.mean(dim=(2, 3), keepdim=True).clamp(min=0.15)
    relative = (light / mean).clamp(max=2.0)
    tint = shade[:, :, None, None]
    dark, bright = tint * relative.clamp(max=1.0), (1.0 - tint) * (relative - 1.0).clamp(min=0.0)
    painted = dark * 0.75 + tint * 0.25 * relative.clamp(max=1.0) + 0.5 * bright
    chroma = colour.amax(1, True) - colour.amin(1, True)
    part = ((chroma - 0.1) / 0.15).clamp(0.0, 1.0)
    mostly_grey = part.mean(dim=(1, 2, 3), keepdim=True) < 0.15
    part = torch.where(mostly_grey, torch.ones_like(part), part)
    return colour + part * (painted - colour)
