"""The judges: classifiers that only evaluate edits, of two designs that no editing network has."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

SIDE = 64
"""Side in pixels of what a judge looks at."""


class Judge(nn.Module):
    """`B×3×R×R` in [0, 1] -> `B×concepts` logits; looks at pictures reduced to 64×64.

    Args:
        concepts: how many it can name.
        design: one of `DESIGNS`.
    """

    def __init__(self, concepts: int, design: str = "chain") -> None:
        super().__init__()
        self.body, self.width = DESIGNS[design]()
        self.head = nn.Linear(self.width, concepts)

    def features(self, image: Tensor) -> Tensor:
        """`B×3×R×R` in [0, 1] -> `B×width`: what the names are read from."""
        if image.shape[-1] != SIDE:
            image = functional.interpolate(image, (SIDE, SIDE), mode="bilinear", antialias=True)
        return cast(Tensor, self.body(image - 0.5))

    def forward(self, image: Tensor) -> Tensor:
        """Logits."""
        return cast(Tensor, self.head(self.features(image)))


def _layer(inputs: int, outputs: int, side: int = 3) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, side, padding=side // 2, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def _chain() -> tuple[nn.Sequential, int]:
    """Convolutions and max pooling (after VGG); reads all places of the last map."""
    layers: list[nn.Module] = []
    for inputs, outputs in ((3, 32), (32, 64), (64, 128), (128, 192), (192, 320)):
        if inputs > 3:
            layers.append(nn.MaxPool2d(2))
        layers += _layer(inputs, outputs)
        if inputs >= 64:
            layers += _layer(outputs, outputs)
    layers += [*_layer(320, 128, 1), nn.Flatten(), nn.Dropout(0.3)]
    return nn.Sequential(*layers), 128 * 16


class _Dense(nn.Module):
    """Convolutions, each of which sees the outputs of all before it (Huang et al. 2017)."""

    def __init__(self, inputs: int, growth: int, depth: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(*_layer(inputs + growth * place, growth)) for place in range(depth)
        )

    def forward(self, x: Tensor) -> Tensor:
        """`B×inputs×H×W` -> `B×(inputs + growth·depth)×H×W`."""
        for layer in self.layers:
            x = torch.cat([x, layer(x)], 1)
        return x


def _dense() -> tuple[nn.Sequential, int]:
    """A DenseNet with mean pooling."""
    width, growth = 48, 32
    layers: list[nn.Module] = [nn.Conv2d(3, width, 6, stride=2, padding=2)]
    for depth, narrowed in ((4, 96), (5, 144), (6, 320)):
        layers.append(_Dense(width, growth, depth))
        layers += _layer(width + growth * depth, narrowed, 1)
        layers.append(nn.AvgPool2d(2))
        width = narrowed
    layers += [nn.AvgPool2d(2), nn.Flatten()]
    return nn.Sequential(*layers), 320 * 4


DESIGNS = {"chain": _chain, "dense": _dense}
"""Design -> from pictures in [-0.5, 0.5] to `B×width` features, and their width."""
