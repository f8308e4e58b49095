"""Networks that look at results and never take part in edits.

A judge names pictures; a feature network says how far pictures are from real ones; a distance says
how far a result is from its source. For ImageNet they are DeiT-B distilled (timm), Inception and
LPIPS-Alex; on minidata a trained judge is all three. For photographs see `classifiers.py`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

import timm
import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.benchmark.queries import Label
from flexit_engine.errors import UsageError, WeightsError
from flexit_engine.networks.checkpoints import load_into, read_tensors
from flexit_engine.networks.freeze import freeze
from flexit_engine.networks.mini.perceptual import at_unit_length, stage_distances
from flexit_engine.networks.profiles import sha256
from flexit_engine.training.judges import Judge as Network

DEIT = "deit_base_distilled_patch16_384"
DEIT_SIDE = 384
DEIT_MEAN, DEIT_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


class Judge(Protocol):
    """Names pictures."""

    @property
    def name(self) -> str:
        """For the report."""
        ...

    @property
    def names(self) -> Sequence[str]:
        """What it can call a picture, one for each of its logits."""
        ...

    def columns(self, labels: Mapping[int, Label]) -> dict[int, frozenset[int]]:
        """Places of each label among its logits: several for a word such as `dog`.

        Raises:
            UsageError: it does not know a label.
        """
        ...

    def candidates(self, labels: Mapping[int, Label]) -> list[int]:
        """Places of the logits it chooses among."""
        ...

    def logits(self, image: Tensor) -> Tensor:
        """`B×3×H×W` in [0, 1] -> `B×names`."""
        ...


class FeatureNetwork(Protocol):
    """Describes pictures."""

    @property
    def name(self) -> str:
        """For the report."""
        ...

    @property
    def identity(self) -> str:
        """Tells apart what is cached: SHA-256 of its weights."""
        ...

    def features(self, image: Tensor) -> Tensor:
        """`B×3×H×W` in [0, 1] -> `B×F`."""
        ...


class Distance(Protocol):
    """How far pictures are from each other."""

    def distance(self, image: Tensor, other: Tensor) -> Tensor:
        """Of `B×3×H×W` in [0, 1], `B`."""
        ...


class TrainedJudge:
    """A classifier that `flexit_engine.training` made: judge, feature network and distance.

    Its distance compares, at unit length in each place, what its stages see.
    """

    def __init__(
        self, network: Network, names: Sequence[str], name: str, identity: str, device: str
    ) -> None:
        self.identity = identity
        self.network = freeze(network, torch.device(device), torch.float32)
        self.names, self.name, self.device = tuple(names), name, torch.device(device)

    def columns(self, labels: Mapping[int, Label]) -> dict[int, frozenset[int]]:
        """By name: a drawn and a photographed lemon are one to the judge.

        Raises:
            UsageError: it never learned a name.
        """
        place = {name: column for column, name in enumerate(self.names)}
        unknown = sorted({label.name for label in labels.values()} - place.keys())
        if unknown:
            raise UsageError(
                f"The judge {self.name!r} does not know {unknown[0]!r} (of {len(unknown)}).",
                "Take one that was trained on this data set.",
            )
        return {label.id: frozenset({place[label.name]}) for label in labels.values()}

    def candidates(self, labels: Mapping[int, Label]) -> list[int]:  # noqa: ARG002 -- all it knows
        """Everything it knows."""
        return list(range(len(self.names)))

    @torch.no_grad()
    def logits(self, image: Tensor) -> Tensor:
        """Of the picture as it is: a waxing moon's mirror image is a waning one."""
        logits: Tensor = self.network(image.to(self.device))
        return logits

    @torch.no_grad()
    def features(self, image: Tensor) -> Tensor:
        """What the names are read from."""
        features: Tensor = self.network.features(image.to(self.device))
        return features

    @torch.no_grad()
    def distance(self, image: Tensor, other: Tensor) -> Tensor:
        """Squared distance of unit features, mean over the cells, summed over the stages."""
        one, two = (
            at_unit_length(self.network.stages(picture.to(self.device)))
            for picture in (image, other)
        )
        return stage_distances(one, two).sum(0)


def load_trained_judge(path: Path, device: str) -> TrainedJudge:
    """Read a judge: its tensors, and in the metadata its `design` and its `labels` as a JSON list.

    Its `side`, in pixels, is 96 where the file does not say.

    Raises:
        WeightsError: it is missing, damaged or no judge.
    """
    try:
        with safe_open(path, framework="pt") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            about = file.metadata() or {}
            names = json.loads(about["labels"])
            network = Network(len(names), about["design"], int(about.get("side", 96)))
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise WeightsError(
            f"{str(path)!r} is not a judge ({type(error).__name__}: {error}).",
            "It is a safetensors file with the metadata `design` and `labels`.",
        ) from None
    load_into(network, tensors, path, "a judge")
    return TrainedJudge(network, names, path.stem, sha256(path), device)


class DeiT:
    """DeiT-B distilled at 384 pixels, as timm has it; answers among the benchmark's labels."""

    name = "DeiT-B distilled 384"

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.names = tuple(f"class {number}" for number in range(1000))
        device = next(network.parameters()).device
        self.mean = torch.tensor(DEIT_MEAN, device=device).view(1, 3, 1, 1)
        self.std = torch.tensor(DEIT_STD, device=device).view(1, 3, 1, 1)

    def columns(self, labels: Mapping[int, Label]) -> dict[int, frozenset[int]]:
        """A label's id is its ImageNet class."""
        return {label.id: label.shows for label in labels.values()}

    def candidates(self, labels: Mapping[int, Label]) -> list[int]:
        """The labels of the benchmark, as in the released code."""
        return sorted(frozenset().union(*(label.shows for label in labels.values())))

    @torch.no_grad()
    def logits(self, image: Tensor) -> Tensor:
        """Resized to 384 pixels and normalised, which the released code forgets."""
        image = functional.interpolate(
            image.to(self.mean.device),
            (DEIT_SIDE, DEIT_SIDE),
            mode="bicubic",
            antialias=True,
        ).clamp(0, 1)
        logits: Tensor = self.network((image - self.mean) / self.std)
        return logits.float()


def load_deit(weights: Path, device: str) -> DeiT:
    """Read the published checkpoint into timm's network.

    Raises:
        WeightsError: the file is missing, damaged or of another network.
    """
    network: nn.Module = timm.create_model(DEIT, pretrained=False)
    load_into(network, read_tensors(weights), weights, "DeiT")
    frozen = freeze(network, torch.device(device), torch.float32)
    return DeiT(frozen)
