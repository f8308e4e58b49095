"""The three image encoders of `mini`: different designs, so that no flaw is shared by all.

Each is a stack of stages; the embedding is read from the last. Convolutions are followed by batch
normalisation while training; for use it is folded into them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.fusion import fuse_conv_bn_eval

from flexit_engine.networks.mini.text import TextTower, Vocabulary

DIMENSION = 256


def conv(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution and normalisation; even kernels are for strides."""
    padding = (side - stride + 1) // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, stride, padding, bias=False), nn.BatchNorm2d(outputs)
    )


class Residual(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = conv(width, width)
        self.second = conv(width, width)

    def forward(self, x: Tensor) -> Tensor:
        """`B×C×H×W` to the same shape."""
        inner = torch.relu(cast(Tensor, self.first(x)))
        return torch.relu(x + cast(Tensor, self.second(inner)))


def step(inputs: int, outputs: int, side: int = 3, stride: int = 1) -> nn.Sequential:
    """Convolution, normalisation, ReLU."""
    return nn.Sequential(conv(inputs, outputs, side, stride), nn.ReLU(inplace=True))


class AttentionPool(nn.Module):
    """Weighted means over the cells, with learned weights for each of some heads."""

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.score = nn.Conv2d(width, heads, 1)

    def forward(self, x: Tensor) -> Tensor:
        """`B×C×H×W` -> `B×heads·C`."""
        weights = cast(Tensor, self.score(x)).flatten(2).float().softmax(2).to(x.dtype)
        return torch.einsum("bhn,bcn->bhc", weights, x.flatten(2)).flatten(1)


class MeanPool(nn.Module):
    """Mean over the cells."""

    def forward(self, x: Tensor) -> Tensor:
        """`B×C×H×W` -> `B×C`."""
        return x.mean(dim=(2, 3))


class MeanMaxPool(nn.Module):
    """Mean and maximum over the cells."""

    def forward(self, x: Tensor) -> Tensor:
        """`B×C×H×W` -> `B×2C`."""
        return torch.cat([x.mean(dim=(2, 3)), x.amax(dim=(2, 3))], 1)


def _residual_stages() -> tuple[list[nn.Module], nn.Module]:
    """ResNet: small steps down from 48×48, 0.35 GMAC."""
    stages: list[nn.Module] = [
        step(3, 32, 5, 2),
        nn.Sequential(step(32, 96, 3, 2), Residual(96)),
        nn.Sequential(step(96, 192, 3, 2), Residual(192), Residual(192)),
        nn.Sequential(step(192, 320, 3, 2), Residual(320)),
    ]
    return stages, nn.Sequential(MeanPool(), nn.Linear(320, DIMENSION))


def _patch_stages() -> tuple[list[nn.Module], nn.Module]:
    """Overlapping 16-pixel patches, everything on 12×12 cells, attention pooling, 0.35 GMAC."""
    stages: list[nn.Module] = [
        # Unshuffled first: the same 16×16 convolution of stride 8, five times as fast to train.
        nn.Sequential(nn.PixelUnshuffle(4), step(48, 192, 4, 2)),
        nn.Sequential(Residual(192), Residual(192)),
        nn.Sequential(step(192, 320, 3, 2), Residual(320)),
    ]
    return stages, nn.Sequential(AttentionPool(320), nn.Linear(4 * 320, DIMENSION))


def _plain_stages() -> tuple[list[nn.Module], nn.Module]:
    """A chain without shortcuts on 16×16 and 8×8 cells, mean and maximum pooling, 0.3 GMAC."""
    stages: list[nn.Module] = [
        step(3, 128, 10, 6),
        nn.Sequential(step(128, 160), step(160, 160)),
        nn.Sequential(step(160, 256, 4, 2), step(256, 256), step(256, 256), step(256, 256)),
    ]
    return stages, nn.Sequential(MeanMaxPool(), nn.Linear(512, DIMENSION))


DESIGNS = {"residual": _residual_stages, "patch": _patch_stages, "plain": _plain_stages}


class MiniEncoder(nn.Module):
    """Pictures and texts in one space of 256 dimensions."""

    resolution = 96

    def __init__(self, design: str, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.name = design
        stages, self.head = DESIGNS[design]()
        self.stages = nn.ModuleList(stages)
        self.text = TextTower(vocabulary, DIMENSION)
        self.log_scale = nn.Parameter(torch.tensor(2.3))

    def features(self, image: Tensor) -> list[Tensor]:
        """What each stage sees in `B×3×H×W` pictures in [0, 1]."""
        x = image.to(self.log_scale.dtype) - 0.5
        found = []
        for stage in self.stages:
            x = stage(x)
            found.append(x)
        return found

    def encode_image(self, image: Tensor) -> Tensor:
        """`B×3×96×96` in [0, 1] -> `B×256`, unit length."""
        return functional.normalize(
            cast(Tensor, self.head(self.features(image)[-1])).float(), dim=1
        )

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """N texts -> `N×256`, unit length.

        Raises:
            UnknownWords: a text has a word that was not learned.
        """
        return self.text.encode(texts).float()

    def drop_text_tower(self) -> None:
        """Nothing: the text tower is under a megabyte."""


def fold(module: nn.Module) -> None:
    """Fold every batch normalisation into the convolution before it, in place."""
    for name, child in module.named_children():
        if (
            isinstance(child, nn.Sequential)
            and len(child) == 2
            and isinstance(child[1], nn.BatchNorm2d)
        ):
            convolution = cast(nn.Conv2d, child[0])
            setattr(module, name, fuse_conv_bn_eval(convolution.eval(), child[1].eval()))
        else:
            fold(child)
