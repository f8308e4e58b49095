"""Simplified Fréchet inception distances: squared distances of mean features.

SFID compares the mean over all results with that of real pictures, CSFID for each target label, and
then takes the mean over the labels (section 4.2; the released code compares means only, too).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from flexit_engine.benchmark.datasets import DataSet
from flexit_engine.benchmark.judges import FeatureNetwork
from flexit_engine.benchmark.pictures import to_tensor
from flexit_engine.benchmark.store import write_aside

BATCH = 64


@dataclass(frozen=True)
class Statistics:
    """Mean features of real pictures, for each label."""

    means: Mapping[int, Tensor]

    def sfid(self, features: Tensor, targets: Sequence[int]) -> float:
        """Distance of all results, `N×F`, to the real pictures of all their targets."""
        real = torch.stack([self.means[target] for target in sorted(set(targets))]).mean(0)
        return float((features.mean(0) - real).square().sum())

    def by_label(self, features: Tensor, targets: Sequence[int]) -> dict[int, float]:
        """Distance of the results of each target label to its real pictures."""
        return {
            target: float(
                (features[[place for place, other in enumerate(targets) if other == target]].mean(0)
                - self.means[target]).square().sum()
            )
            for target in sorted(set(targets))
        }  # fmt: skip

    def csfid(self, features: Tensor, targets: Sequence[int]) -> float:
        """Mean over the target labels."""
        distances = self.by_label(features, targets).values()
        return sum(distances) / len(distances)


def reference_statistics(
    data: DataSet, network: FeatureNetwork, labels: Sequence[int], cache: Path
) -> Statistics | None:
    """Those of a data set's references, from the cache where it fits.

    Args:
        data: whose references are read.
        network: describes them.
        labels: which are needed.
        cache: a file of an earlier run, or where it is to be.

    Returns:
        Nothing where a label has no references.
    """
    paths = {label: data.references.get(label, ()) for label in sorted(set(labels))}
    if not all(paths.values()):
        return None
    key = hashlib.sha256(repr((data.name, network.identity, paths)).encode()).hexdigest()
    means = _cached(cache, key)
    if means is None:
        means = {label: _mean(data, network, found) for label, found in paths.items()}
        tensors = {str(label): mean for label, mean in means.items()}
        write_aside(cache, save(tensors, {"key": key}))
    return Statistics(means)


def features_of(data: DataSet, network: FeatureNetwork, paths: Sequence[str]) -> Tensor:
    """Features of real pictures, `N×F`; each is seen as the methods would see it."""
    rows = []
    for start in range(0, len(paths), BATCH):
        part = enumerate(paths[start : start + BATCH], start)
        pictures = [data.picture(path, number) for number, path in part]
        rows.append(network.features(to_tensor(pictures)).cpu())
    return torch.cat(rows)


def _mean(data: DataSet, network: FeatureNetwork, paths: Sequence[str]) -> Tensor:
    return features_of(data, network, paths).mean(0)


def _cached(path: Path, key: str) -> dict[int, Tensor] | None:
    try:
        with safe_open(path, framework="pt") as file:
            if (file.metadata() or {}).get("key") != key:
                return None
            return {int(name): file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError):
        return None
