"""Judges of photographs: ImageNet's classifiers as they were published, free to name any class.

They come from the packages of the extra `train`. One may judge only what it did not edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import timm
import torch
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.benchmark.classes import COUNT, class_names
from flexit_engine.benchmark.queries import Label
from flexit_engine.networks.freeze import freeze
from flexit_engine.networks.mini.perceptual import at_unit_length, stage_distances
from flexit_engine.training.pretrained import fill_lite, fill_squeezenet

LITE_SIDES = {"lite0": 224, "lite1": 240, "lite2": 260}
SQUEEZENET, SQUEEZENET_SIDE = "squeezenet", 224
CLASSIFIERS = (*LITE_SIDES, SQUEEZENET)
"""Names by which `--judge` asks for them."""
AFTER = (1, 4, 7, 9, 10, 11, 12)
"""Places in SqueezeNet after which LPIPS compares pictures."""


@dataclass(frozen=True)
class Classifier:
    """Anything that tells ImageNet's thousand classes apart."""

    name: str
    side: int
    """In pixels, of what it looks at."""
    classify: Callable[[Tensor], Tensor]
    """`B×3×side×side` in [0, 1] -> `B×1000`."""
    device: torch.device

    @property
    def names(self) -> Sequence[str]:
        """Of all classes."""
        return class_names()

    def columns(self, labels: Mapping[int, Label]) -> dict[int, frozenset[int]]:
        """A label's id is its class; a word for several counts for each of them."""
        return {label.id: label.shows for label in labels.values()}

    def candidates(self, labels: Mapping[int, Label]) -> list[int]:  # noqa: ARG002 -- all it knows
        """All classes."""
        return list(range(COUNT))

    @torch.no_grad()
    def logits(self, image: Tensor) -> Tensor:
        """Of pictures of any size, resized."""
        return self.classify(self.resized(image)).float()

    def resized(self, image: Tensor) -> Tensor:
        """What it looks at, `B×3×side×side`."""
        size = (self.side, self.side)
        seen = functional.interpolate(image.to(self.device), size, mode="bicubic", antialias=True)
        return seen.clamp(0, 1)


@dataclass(frozen=True)
class SqueezeNet(Classifier):
    """SqueezeNet 1.1, which compares pictures, too."""

    layers: nn.Sequential

    @torch.no_grad()
    def distance(self, image: Tensor, other: Tensor) -> Tensor:
        """LPIPS without learned weights: squared distances of unit features, summed over stages.

        The published weights belong to torchvision's copy of the network: its channels are others.
        """
        one, two = (at_unit_length(self._stages(picture)) for picture in (image, other))
        return stage_distances(one, two).sum(0)

    def _stages(self, image: Tensor) -> list[Tensor]:
        x, found = self.resized(image) - 0.5, []
        for place, layer in enumerate(self.layers):
            x = layer(x)
            if place in AFTER:
                found.append(x)
        return found


def load_classifier(name: str, device: str) -> Classifier:
    """One of `CLASSIFIERS`.

    Raises:
        UsageError: its package is not installed.
        WeightsError: its file is not the published one.
    """
    where = torch.device(device)
    if name == SQUEEZENET:
        return _squeezenet(where)
    network: nn.Module = timm.create_model(f"tf_efficientnet_{name}")
    fill_lite(network, name, classifier=True)
    freeze(network, where, torch.float32)

    def classify(image: Tensor) -> Tensor:
        return cast(Tensor, network((image - 127 / 255) / (128 / 255)))

    return Classifier(f"EfficientNet-{name.capitalize()}", LITE_SIDES[name], classify, where)


def _squeezenet(where: torch.device) -> SqueezeNet:
    from torchvision.models import squeezenet1_1

    network: nn.Module = squeezenet1_1()
    fill_squeezenet(network, classifier=True)
    freeze(network, where, torch.float32)

    def classify(image: Tensor) -> Tensor:
        return cast(Tensor, network(image - 0.5))

    layers = cast(nn.Sequential, network.features)
    return SqueezeNet("SqueezeNet 1.1", SQUEEZENET_SIDE, classify, where, layers)
