"""Who judges a run, from the files the user has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from flexit_engine.benchmark.classifiers import CLASSIFIERS, SqueezeNet, load_classifier
from flexit_engine.benchmark.datasets import DataSet
from flexit_engine.benchmark.judges import (
    Distance,
    FeatureNetwork,
    Judge,
    TrainedJudge,
    load_deit,
    load_trained_judge,
)
from flexit_engine.benchmark.queries import Query
from flexit_engine.benchmark.scores import Critics
from flexit_engine.benchmark.statistics import reference_statistics
from flexit_engine.errors import UsageError


@dataclass(frozen=True)
class CriticFiles:
    """Weights of networks that only look; a judge may also be one of `CLASSIFIERS`, by name."""

    judges: Sequence[Path]
    alexnet: Path | None = None
    inception: Path | None = None


def gather(files: CriticFiles, data: DataSet, device: str) -> Critics:
    """Load them.

    Args:
        files: what there is; the first judge decides.
        data: what is judged.
        device: where to compute.

    Raises:
        UsageError: a judge does not know a label, or its network cannot be built here.
        WeightsError: a file is missing, damaged or of another network.
    """
    judges: list[Judge] = [_judge(path, data, device) for path in files.judges]
    for judge in judges:
        judge.columns(data.labels)
    if len({judge.name for judge in judges}) < len(judges):
        raise UsageError("Two judges have one name.", "Rename one of their files.")
    return Critics(judges, *_networks(files, judges, device))


def with_statistics(
    critics: Critics, data: DataSet, queries: Sequence[Query], cache: Path
) -> Critics:
    """The same with the statistics of the data set's references, where it has any.

    Args:
        critics: whose feature network describes the references.
        data: whose references they are.
        queries: whose targets need them.
        cache: file of them.
    """
    if critics.features is None:
        return critics
    targets = [query.target_id for query in queries]
    return replace(critics, statistics=reference_statistics(data, critics.features, targets, cache))


def _judge(path: Path, data: DataSet, device: str) -> Judge:
    classes = data.name != "minidata"
    if str(path) in CLASSIFIERS:
        if not classes:
            raise UsageError(
                f"The judge {str(path)!r} knows ImageNet's classes, not those of {data.name}.",
                "Name a file that training made.",
            )
        return load_classifier(str(path), device)
    return load_deit(path, device) if classes else load_trained_judge(path, device)


def _networks(
    files: CriticFiles, judges: Sequence[Judge], device: str
) -> tuple[dict[str, Distance], FeatureNetwork | None]:
    """The published networks where their weights are given; a trained judge stands in for them."""
    distances: dict[str, Distance] = {}
    features: FeatureNetwork | None = None
    if files.alexnet is not None:
        from flexit_engine.benchmark.lpips_alex import load_lpips_alex

        distances["LPIPS-Alex × 100"] = load_lpips_alex(files.alexnet, device)
    if files.inception is not None:
        from flexit_engine.benchmark.inception import load_inception

        features = load_inception(files.inception, device)
    if isinstance(judges[0], TrainedJudge):
        distances["judge's distance"] = judges[0]
        features = features or judges[0]
    for judge in judges:
        if isinstance(judge, SqueezeNet):
            distances["SqueezeNet's distance"] = judge
    return distances, features
