"""Figures of one method: what judges, features and distances say of its results."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import torch
from PIL import Image
from torch import Tensor

from flexit_engine.benchmark.datasets import DataSet
from flexit_engine.benchmark.judges import Distance, FeatureNetwork, Judge
from flexit_engine.benchmark.pictures import to_tensor
from flexit_engine.benchmark.queries import Query, neighbours
from flexit_engine.benchmark.statistics import Statistics
from flexit_engine.benchmark.store import Store

BATCH = 32


@dataclass(frozen=True)
class Critics:
    """Everybody who looks at the results; what is not there is not measured."""

    judges: Sequence[Judge]
    """The first decides; the others are reported beside it."""
    distances: Mapping[str, Distance]
    """By name; the first is the abscissa of the curves."""
    features: FeatureNetwork | None = None
    statistics: Statistics | None = None


@dataclass(frozen=True)
class Verdict:
    """What a judge says of one result."""

    named: str
    """What it calls the picture, among all it may choose from."""
    is_target: bool
    is_source: bool
    in_cluster: bool
    """It names the target when it may choose among the labels of its cluster only."""
    confidence: float
    """How probable it finds the target, in [0, 1]."""


@dataclass(frozen=True)
class Look:
    """All that is seen of one set of results, in the order of the queries."""

    verdicts: Mapping[str, Sequence[Verdict]]
    """By judge."""
    distances: Mapping[str, Tensor]
    """By name, `N` each; `pixels` (mean absolute difference) and `psnr` are always there.

    Where some queries have masks, `outside mask` is that difference where the mask is 0, and
    `outside touched` 1 if anything differs there; NaN for a query without a mask.
    """
    features: Tensor | None


def look_at(
    queries: Sequence[Query],
    picture: Callable[[Query], Image.Image],
    data: DataSet,
    critics: Critics,
) -> Look:
    """Show a set of results to all critics."""
    logits: dict[str, list[Tensor]] = {judge.name: [] for judge in critics.judges}
    distances: dict[str, list[Tensor]] = {}
    features: list[Tensor] = []
    for start in range(0, len(queries), BATCH):
        part = queries[start : start + BATCH]
        image = to_tensor([picture(query) for query in part])
        source = to_tensor([data.picture(query.path, query.index) for query in part])
        for judge in critics.judges:
            logits[judge.name].append(judge.logits(image).cpu())
        found = chain(_distances(image, source, critics), outside(part, image, source, data))
        for name, value in found:
            distances.setdefault(name, []).append(value.cpu())
        if critics.features is not None:
            features.append(critics.features.features(image).cpu())
    return Look(
        {
            judge.name: list(_verdicts(torch.cat(logits[judge.name]), queries, data, judge))
            for judge in critics.judges
        },
        {name: torch.cat(values) for name, values in distances.items()},
        torch.cat(features) if features else None,
    )


def look_at_store(
    store: Store, queries: Sequence[Query], step: int | None, data: DataSet, critics: Critics
) -> Look:
    """Show a method's results, or how they were after fewer steps, to all critics."""
    return look_at(queries, lambda query: store.picture(query, step), data, critics)


def summary(look: Look, queries: Sequence[Query], critics: Critics) -> dict[str, float]:
    """The figures of a look: fractions, means and distances, by name."""
    figures: dict[str, float] = {}
    for place, (judge, verdicts) in enumerate(look.verdicts.items()):
        mark = "" if place == 0 else f" ({judge})"
        figures[f"accuracy{mark}"] = _share(verdict.is_target for verdict in verdicts)
        figures[f"in cluster{mark}"] = _share(verdict.in_cluster for verdict in verdicts)
        figures[f"source named{mark}"] = _share(verdict.is_source for verdict in verdicts)
    for name, values in look.distances.items():
        if not values.isnan().all():
            figures[name] = _digits(float(values.nanmean()))
    if critics.statistics is not None and look.features is not None:
        targets = [query.target_id for query in queries]
        figures["CSFID"] = _digits(critics.statistics.csfid(look.features, targets))
        figures["SFID"] = _digits(critics.statistics.sfid(look.features, targets))
    return figures


def part_of(look: Look, places: Sequence[int]) -> Look:
    """The look at some of the queries."""
    return Look(
        {judge: [verdicts[place] for place in places] for judge, verdicts in look.verdicts.items()},
        {name: values[list(places)] for name, values in look.distances.items()},
        None if look.features is None else look.features[list(places)],
    )


def _distances(image: Tensor, source: Tensor, critics: Critics) -> Iterator[tuple[str, Tensor]]:
    for name, network in critics.distances.items():
        yield name, network.distance(image, source)
    yield "pixels", (image - source).abs().mean(dim=(1, 2, 3))
    error = (image - source).square().mean(dim=(1, 2, 3))
    yield "psnr", -10 * error.clamp(min=1e-10).log10()


def outside(
    queries: Sequence[Query], image: Tensor, source: Tensor, data: DataSet
) -> Iterator[tuple[str, Tensor]]:
    """What changed where the queries' masks are 0: how much, and whether anything did at all."""
    names = ("outside mask", "outside touched")
    found = torch.full((len(names), len(queries)), torch.nan)
    for place, query in enumerate(queries):
        if query.mask:
            mask = to_tensor([data.picture(query.mask, query.index)])[0].amax(0)
            change = (image[place] - source[place]).abs()[:, mask == 0]
            found[:, place] = torch.stack([change.mean(), change.any().float()])
    return zip(names, found, strict=True)


def _verdicts(
    logits: Tensor, queries: Sequence[Query], data: DataSet, judge: Judge
) -> Iterator[Verdict]:
    columns, candidates = judge.columns(data.labels), judge.candidates(data.labels)
    labelled = {
        column: data.labels[label].name
        for label, found in columns.items()
        if not data.labels[label].members
        for column in found
    }
    within = {
        target: {target, *(other.id for other in neighbours(data.labels, data.labels[target]))}
        for target in {query.target_id for query in queries}
    }
    for row, query in zip(logits, queries, strict=True):
        target, source = columns[query.target_id], columns[query.source_id]
        named = candidates[int(row[candidates].argmax())]
        cluster = sorted(source.union(*(columns[label] for label in within[query.target_id])))
        confidence = row[candidates].softmax(0)
        yield Verdict(
            named=labelled.get(named, judge.names[named]),
            is_target=named in target,
            is_source=named in source,
            in_cluster=cluster[int(row[cluster].argmax())] in target,
            confidence=float(confidence[[candidates.index(column) for column in target]].sum()),
        )


def _share(values: Iterator[bool]) -> float:
    held = list(values)
    return _digits(sum(held) / len(held))


def _digits(value: float) -> float:
    """Six of them are more than the figures deserve, and keep files short."""
    return float(f"{value:.6g}")
