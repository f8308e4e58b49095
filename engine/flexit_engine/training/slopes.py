"""Slopes across pictures, for light, grounds and blends."""

from __future__ import annotations

import torch
from torch import Tensor


def slopes(angle: Tensor, side: int) -> Tensor:
    """Planes that rise towards an angle: `B` in radians -> `B×side×side`, 0 in the middle.

    They are -1 and 1 at the edges where an angle points straight to one.
    """
    axis = torch.linspace(-1, 1, side, device=angle.device)
    across, down = torch.cos(angle)[:, None, None], torch.sin(angle)[:, None, None]
    return across * axis + down * axis[:, None]
