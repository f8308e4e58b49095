"""The perceptual distance of `mini`: features of a hardened encoder."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.networks.mini.encoders import MiniEncoder

PERCEPTUAL_DESIGN = "residual"
"""The design whose stages are compared."""


class MiniPerceptual(nn.Module):
    """Mean over the encoder's stages of the squared distance of channel-normalised features.

    Works like LPIPS without learned channel weights. It shares the encoder's weights.
    """

    def __init__(self, encoder: MiniEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def features(self, image: Tensor) -> tuple[Tensor, ...]:
        """`B×3×H×W` in [0, 1] -> one tensor per stage, each cell of unit length."""
        return at_unit_length(self.encoder.features(image))

    def distance(self, features: tuple[Tensor, ...], reference: tuple[Tensor, ...]) -> Tensor:
        """Distance of two pictures' features, `B`, in [0, 4]."""
        return stage_distances(features, reference).mean(0)


def at_unit_length(stages: Sequence[Tensor]) -> tuple[Tensor, ...]:
    """What stages see, `B×C×H×W` each, every cell of unit length."""
    return tuple(functional.normalize(stage.float(), dim=1, eps=1e-6) for stage in stages)


def stage_distances(features: Sequence[Tensor], reference: Sequence[Tensor]) -> Tensor:
    """Squared distance of such features, mean over the cells: `stages×B`."""
    stages = [
        (one - other).square().sum(1).mean(dim=(1, 2))
        for one, other in zip(features, reference, strict=True)
    ]
    return torch.stack(stages)
