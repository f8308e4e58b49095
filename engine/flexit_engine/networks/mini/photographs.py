"""The photograph encoders of `mini`: EfficientNet-Lite 0, 1 and 2 as ImageNet left them.

A classifier is an encoder of a closed vocabulary: a picture's embedding is the mean of its last
features over the cells, a class's is its row of the classifier, without what all rows share.
Because pooling and classifier are linear, the same rows say cell by cell where a class is (class
activation map, Zhou et al. 2016).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.functional import relu6

from flexit_engine.errors import UnknownWords
from flexit_engine.networks.device import Kind

CLASSES = 1000
FEATURES = 1280
SCALE = 50.0
"""Of cosines, so that a softmax over the classes is as sure as the classifier itself."""


class Shape(NamedTuple):
    """Channels, blocks and kernel of the seven groups of one EfficientNet-Lite."""

    channels: tuple[int, ...]
    blocks: tuple[int, ...]


KERNELS = (3, 3, 5, 3, 5, 5, 3)
STRIDES = (1, 2, 2, 2, 1, 2, 1)
_NARROW = (16, 24, 40, 80, 112, 192, 320)
SHAPES = {
    "lite0": Shape(_NARROW, (1, 2, 2, 3, 3, 4, 1)),
    "lite1": Shape(_NARROW, (1, 3, 3, 4, 4, 5, 1)),
    "lite2": Shape((16, 24, 48, 88, 120, 208, 352), (1, 3, 3, 4, 4, 5, 1)),
}
"""Tan and Le 2019; scaled by width and depth."""


class SameConv(nn.Conv2d):
    """A convolution that pads as TensorFlow does: with stride 2 on the right and below alone."""

    def forward(self, x: Tensor) -> Tensor:
        """`B×C×H×W` with even sides -> `B×C'×H/stride×W/stride`."""
        missing = self.kernel_size[0] - self.stride[0]
        low, high = missing // 2, missing - missing // 2
        if low == high:
            return functional.conv2d(
                x, self.weight, self.bias, self.stride, low, groups=self.groups
            )
        padded = functional.pad(x, (low, high, low, high))
        return functional.conv2d(padded, self.weight, self.bias, self.stride, groups=self.groups)


class Inverted(nn.Module):
    """Inverted bottleneck (Sandler et al. 2018), its normalisations folded in."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, ratio: int) -> None:
        super().__init__()
        wide = inputs * ratio
        self.expand = SameConv(inputs, wide, 1) if ratio > 1 else None
        self.depthwise = SameConv(wide, wide, kernel, stride, groups=wide)
        self.project = SameConv(wide, outputs, 1)
        self.is_residual = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """`B×inputs×H×W` -> `B×outputs×H/stride×W/stride`."""
        inner = x if self.expand is None else relu6(cast(Tensor, self.expand(x)))
        inner = cast(Tensor, self.project(relu6(cast(Tensor, self.depthwise(inner)))))
        return x + inner if self.is_residual else inner


class PhotographEncoder(nn.Module):
    """Photographs and the names of ImageNet's 1000 kinds of things in one space."""

    resolution = 160
    kind: Kind = "depthwise"

    def __init__(self, design: str, labels: Sequence[str]) -> None:
        """Build one network.

        Args:
            design: of `SHAPES`.
            labels: the name of each class, 1000 different ones.
        """
        super().__init__()
        self.name = design
        self.labels = {label: index for index, label in enumerate(labels)}
        shape = SHAPES[design]
        self.stem = SameConv(3, 32, 3, 2)
        blocks: list[nn.Module] = []
        width = 32
        groups = zip(shape.channels, shape.blocks, KERNELS, STRIDES, strict=True)
        for group, (channels, count, kernel, stride) in enumerate(groups):
            for block in range(count):
                step = stride if block == 0 else 1
                blocks.append(Inverted(width, channels, kernel, step, 6 if group else 1))
                width = channels
        self.blocks = nn.Sequential(*blocks)
        self.last = SameConv(width, FEATURES, 1)
        self.classifier = nn.Linear(FEATURES, CLASSES)
        self._vectors: Tensor | None = None

    def features(self, image: Tensor) -> Tensor:
        """What the last layer sees in `B×3×H×W` pictures in [0, 1]: `B×1280×H/32×W/32`."""
        x = (image.to(self.classifier.weight.dtype) - 127 / 255) * (255 / 128)
        x = self.blocks(relu6(cast(Tensor, self.stem(x))))
        return relu6(cast(Tensor, self.last(x)))

    def encode_image(self, image: Tensor) -> Tensor:
        """`B×3×R×R` in [0, 1] -> `B×1280`, unit length."""
        return functional.normalize(self.features(image).float().mean(dim=(2, 3)), dim=1)

    def activation(self, image: Tensor, text: Tensor) -> Tensor:
        """How much of a text of embedding `D` each cell shows: `1×3×H×W` -> `1×1×h×w`."""
        return torch.einsum("bchw,c->bhw", self.features(image).float(), text).unsqueeze(1)

    def class_vectors(self) -> Tensor:
        """C_t of every class, `1000×1280`, unit length: its row less what all rows share."""
        if self._vectors is None:
            rows = self.classifier.weight.float()
            self._vectors = functional.normalize(rows - rows.mean(dim=0), dim=1)
        return self._vectors

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """N names of classes -> `N×1280`, unit length.

        Raises:
            UnknownWords: a text is no class's name.
        """
        unknown = [text for text in texts if text not in self.labels]
        if unknown:
            raise UnknownWords(f"The photograph encoders do not know {unknown[0][:60]!r}.")
        return self.class_vectors()[[self.labels[text] for text in texts]]

    def likeness(self, embedding: Tensor) -> Tensor:
        """How near each class is to a picture's embedding `D`: its cosine, `1000`."""
        return self.class_vectors() @ embedding

    def recognise(self, embedding: Tensor) -> Tensor:
        """How likely each class is in a picture of embedding `D`, `1000`."""
        return (SCALE * self.likeness(embedding)).softmax(dim=0)

    def probabilities(self, image: Tensor) -> Tensor:
        """How likely each class is in `B×3×H×W` pictures in [0, 1]: `B×1000`."""
        pooled = self.features(image).mean(dim=(2, 3))
        return cast(Tensor, self.classifier(pooled)).float().softmax(dim=1)

    def drop_text_tower(self) -> None:
        """Nothing: there is none."""
