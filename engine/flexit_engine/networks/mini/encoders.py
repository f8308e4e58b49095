"""The three image encoders of `mini`: different designs, so that no flaw is shared by all.

Each is a stack of stages; the embedding is read from the last. Where convolutions are followed by
batch normalisation while training, it is folded into them for use. One starts from nothing, two
from what they learned on ImageNet's photographs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import relu6
from torch.nn.utils.fusion import fuse_conv_bn_eval

from flexit_engine.networks.device import Kind
from flexit_engine.networks.mini.text import TextTower, Vocabulary

DIMENSION = 256


def conv(
    inputs: int, outputs: int, side: int = 3, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution and normalisation; even kernels are for strides."""
    padding = (side - stride + 1) // 2
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, stride, padding, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
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


class Inverted(nn.Module):
    """Inverted bottleneck (Sandler et al. 2018): wide, each channel on its own, narrow again."""

    def __init__(self, inputs: int, outputs: int, side: int, stride: int, ratio: int) -> None:
        super().__init__()
        wide = inputs * ratio
        self.expand = conv(inputs, wide, 1) if ratio > 1 else None
        self.depthwise = conv(wide, wide, side, stride, groups=wide)
        self.project = conv(wide, outputs, 1)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """`B×inputs×H×W` -> `B×outputs×H/stride×W/stride`."""
        inner = x if self.expand is None else relu6(cast(Tensor, self.expand(x)))
        inner = cast(Tensor, self.project(relu6(cast(Tensor, self.depthwise(inner)))))
        return x + inner if self.is_residual else inner


class Fire(nn.Module):
    """Squeezed to few channels, then expanded by 1×1 and 3×3 side by side (Iandola et al. 2016)."""

    def __init__(self, inputs: int, squeezed: int, outputs: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1 = nn.Conv2d(squeezed, outputs // 2, 1)
        self.expand3 = nn.Conv2d(squeezed, outputs // 2, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """`B×inputs×H×W` -> `B×outputs×H×W`."""
        x = torch.relu(cast(Tensor, self.squeeze(x)))
        return torch.relu(torch.cat([self.expand1(x), self.expand3(x)], 1))


class MeanPool(nn.Module):
    """Mean over the cells."""

    def forward(self, x: Tensor) -> Tensor:
        """`B×C×H×W` -> `B×C`."""
        return x.mean(dim=(2, 3))


def _residual_stages() -> tuple[list[nn.Module], nn.Module]:
    """ResNet: small steps down from 48×48, 0.35 GMAC."""
    stages: list[nn.Module] = [
        step(3, 32, 5, 2),
        nn.Sequential(step(32, 96, 3, 2), Residual(96)),
        nn.Sequential(step(96, 192, 3, 2), Residual(192), Residual(192)),
        nn.Sequential(step(192, 320, 3, 2), Residual(320)),
    ]
    return stages, nn.Sequential(MeanPool(), nn.Linear(320, DIMENSION))


def _lite_stages() -> tuple[list[nn.Module], nn.Module]:
    """EfficientNet-Lite2 (Tan and Le 2019), which ends on 6×6 cells here, 0.2 GMAC.

    It starts from ImageNet's weights. The stride before the last two groups of blocks is 1: its own
    would leave 3×3 cells.
    """

    def group(inputs: int, outputs: int, side: int, stride: int, count: int) -> list[nn.Module]:
        first = Inverted(inputs, outputs, side, stride, 6)
        return [first, *(Inverted(outputs, outputs, side, 1, 6) for _ in range(count - 1))]

    stages: list[nn.Module] = [
        nn.Sequential(conv(3, 32, 3, 2), nn.ReLU6(inplace=True), Inverted(32, 16, 3, 1, 1)),
        nn.Sequential(*group(16, 24, 3, 2, 3)),
        nn.Sequential(*group(24, 48, 5, 2, 3)),
        nn.Sequential(*group(48, 88, 3, 2, 4), *group(88, 120, 5, 1, 4)),
        nn.Sequential(
            *group(120, 208, 5, 1, 5),
            *group(208, 352, 3, 1, 1),
            conv(352, 1280, 1),
            nn.ReLU6(inplace=True),
        ),
    ]
    for module in nn.ModuleList(stages).modules():
        if isinstance(module, nn.BatchNorm2d):
            module.eps = 1e-3  # as it was trained: some channels hardly vary
    return stages, nn.Sequential(MeanPool(), nn.Linear(1280, DIMENSION))


def _fire_stages() -> tuple[list[nn.Module], nn.Module]:
    """SqueezeNet 1.1, from 48×48 down to 6×6 cells, 0.06 GMAC; starts from ImageNet's weights."""

    def pool() -> nn.Module:
        return nn.MaxPool2d(3, 2, padding=1)

    stages: list[nn.Module] = [
        nn.Sequential(nn.Conv2d(3, 64, 3, 2, padding=1), nn.ReLU(inplace=True)),
        nn.Sequential(pool(), Fire(64, 16, 128), Fire(128, 16, 128)),
        nn.Sequential(pool(), Fire(128, 32, 256), Fire(256, 32, 256)),
        nn.Sequential(
            pool(), Fire(256, 48, 384), Fire(384, 48, 384), Fire(384, 64, 512), Fire(512, 64, 512)
        ),
    ]
    return stages, nn.Sequential(MeanPool(), nn.Linear(512, DIMENSION))


class Design(NamedTuple):
    """How an encoder is built: its stages and head, what it looks at, and which kind it is."""

    build: Callable[[], tuple[list[nn.Module], nn.Module]]
    resolution: int = 96
    kind: Kind = "convolutional"


DESIGNS = {
    "residual": Design(_residual_stages),
    "lite": Design(_lite_stages, kind="depthwise"),
    "fire": Design(_fire_stages, resolution=128),
}


class MiniEncoder(nn.Module):
    """Pictures and texts in one space of 256 dimensions."""

    def __init__(self, design: str, vocabulary: Vocabulary) -> None:
        super().__init__()
        self.name = design
        build, self.resolution, self.kind = DESIGNS[design]
        stages, self.head = build()
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
        """`B×3×R×R` in [0, 1] -> `B×256`, unit length; R is `resolution`."""
        return functional.normalize(
            cast(Tensor, self.head(self.features(image)[-1])).float(), dim=1
        )

    def activation(self, image: Tensor, text: Tensor) -> Tensor:
        """How much of a text of embedding `D` each cell shows: `1×3×H×W` -> `1×1×h×w`."""
        linear = cast(nn.Linear, cast(nn.Sequential, self.head)[1])
        weights = (text.to(linear.weight) @ linear.weight).float()
        return torch.einsum("bchw,c->bhw", self.features(image)[-1].float(), weights).unsqueeze(1)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """N texts -> `N×256`, unit length.

        Raises:
            UnknownWords: a text has a word that was not learned.
        """
        return self.text.encode(texts).float()

    def recognise(self, embedding: Tensor, names: Sequence[str]) -> Tensor:
        """How likely each of N names is for a picture of embedding `D`, `N`.

        Raises:
            UnknownWords: a name has a word that was not learned.
        """
        return (self.log_scale.exp() * (self.encode_text(names) @ embedding)).softmax(dim=0)

    def drop_text_tower(self) -> None:
        """Nothing: the text tower is under a megabyte."""


def fold(module: nn.Module) -> None:
    """Fold every batch normalisation into the convolution before it, in place."""
    for name, child in module.named_children():
        if is_normalised(child):
            convolution, norm = cast(tuple[nn.Conv2d, nn.BatchNorm2d], child)
            setattr(module, name, fuse_conv_bn_eval(convolution.eval(), norm.eval()))
        else:
            fold(child)


def is_normalised(module: nn.Module) -> bool:
    """Whether a module is a convolution and its normalisation, as `conv` makes them."""
    return isinstance(module, nn.Sequential) and isinstance(module[-1], nn.BatchNorm2d)
