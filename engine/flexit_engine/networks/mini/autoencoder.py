"""The small autoencoder of profile `mini`: 8 pixels per latent cell, 32 channels.

Plain convolutions and ReLU, no normalisation layer: what is edited in one place leaves the colours
of all others alone. Most of the work is done on the small maps, where a CPU is fastest. The latent
space is the teacher's (`training/teacher.py`); training visits what edits visit, so that the
decoder makes a clean picture of latents that no picture has.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from flexit_engine.networks.device import Kind

CHANNELS = 32
RANGE = 3.0
"""Latents are held within ±3 on their way in, smoothly: an edit cannot run off."""


class Block(nn.Module):
    """Two 3×3 convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """`B×C×H×W` to the same shape."""
        return torch.relu(x + cast(Tensor, self.body(x)))


def _encoder() -> nn.Sequential:
    return nn.Sequential(
        nn.PixelUnshuffle(4),
        nn.Conv2d(48, 128, 3, padding=1),
        nn.ReLU(inplace=True),
        Block(128),
        Block(128),
        nn.Conv2d(128, 256, 4, stride=2, padding=1),
        nn.ReLU(inplace=True),
        Block(256),
        Block(256),
        nn.Conv2d(256, CHANNELS, 1),
    )


def _decoder() -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(CHANNELS, 256, 3, padding=1),
        nn.ReLU(inplace=True),
        Block(256),
        Block(256),
        nn.Conv2d(256, 128, 1),
        nn.Upsample(scale_factor=2),
        Block(128),
        Block(128),
        Block(128),
        nn.Conv2d(128, 64, 1),
        nn.Upsample(scale_factor=2),
        Block(64),
        nn.Conv2d(64, 12, 3, padding=1),
        nn.PixelShuffle(2),
    )


class MiniAutoencoder(nn.Module):
    """E and D of the paper, in 14 MB."""

    stride = 8
    kind: Kind = "convolutional"

    def __init__(self) -> None:
        super().__init__()
        self.encoder = _encoder()
        self.decoder = _decoder()

    def encode(self, image: Tensor) -> Tensor:
        """`B×3×H×W` in [0, 1] -> `B×32×H/8×W/8`, root mean square about 0.8."""
        return cast(Tensor, self.encoder(self._cast(image) - 0.5)).float()

    def decode(self, latent: Tensor) -> Tensor:
        """`B×32×h×w` -> `B×3×8h×8w` in [0, 1]."""
        return self.raw(latent).clamp(0.0, 1.0)

    def raw(self, latent: Tensor) -> Tensor:
        """As `decode`, before the map into [0, 1]: what the reconstruction loss sees."""
        held = RANGE * torch.tanh(latent / RANGE)
        return cast(Tensor, self.decoder(self._cast(held))).float() + 0.5

    def _cast(self, x: Tensor) -> Tensor:
        """To the number format of the weights: in and out is float32, inside may be bfloat16."""
        return x.to(next(self.parameters()).dtype)
