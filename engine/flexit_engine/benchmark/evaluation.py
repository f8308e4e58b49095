"""From results on disk to all figures of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from flexit_engine.benchmark.datasets import DataSet
from flexit_engine.benchmark.queries import Label, Query
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.scores import (
    Critics,
    Look,
    Verdict,
    look_at,
    look_at_store,
    part_of,
    summary,
)
from flexit_engine.benchmark.suites import MethodSpec

Figures = Mapping[str, float]


@dataclass(frozen=True)
class Evaluated:
    """One method's figures."""

    spec: MethodSpec
    figures: Figures
    groups: Mapping[str, Figures]
    """By group of clusters: Fig. 6."""
    clusters: Mapping[str, Figures]
    masks: Mapping[str, Figures]
    """With and without a mask; nothing where no query has one."""
    along: Mapping[int, Figures]
    """After fewer steps."""
    seconds: float
    """Mean over the queries; depends on the machine."""
    refused: int
    """Queries whose words the method does not know."""
    verdicts: Sequence[Verdict]
    """Of the first judge, in the order of the queries."""


def evaluate(plan: Plan, data: DataSet, critics: Critics) -> list[Evaluated]:
    """Look at all results of a finished run."""
    return [_evaluate(plan, spec, data, critics) for spec in plan.methods]


def originals(queries: Sequence[Query], data: DataSet, critics: Critics) -> Figures:
    """How the judges name the sources themselves: what no method can be expected to exceed."""
    themselves = [
        replace(query, target_id=query.source_id, target=query.source) for query in queries
    ]
    look = look_at(themselves, lambda query: data.picture(query.path, query.index), data, critics)
    figures = summary(look, themselves, replace(critics, statistics=None))
    return {name: value for name, value in figures.items() if name.startswith(("acc", "in c"))}


def _evaluate(plan: Plan, spec: MethodSpec, data: DataSet, critics: Critics) -> Evaluated:
    store, queries = plan.store(spec), plan.queries

    def target(query: Query) -> Label:
        return data.labels[query.target_id]

    facts = [store.facts(query) for query in queries]
    look = look_at_store(store, queries, None, data, critics)
    steps = sorted({step for fact in facts for step in fact["steps"]})
    judge = critics.judges[0].name
    return Evaluated(
        spec,
        summary(look, queries, critics),
        _by(look, queries, critics, lambda query: [target(query).group]),
        _by(look, queries, critics, lambda query: target(query).clusters),
        _by(look, queries, critics, _by_mask) if any(query.mask for query in queries) else {},
        {
            step: summary(look_at_store(store, queries, step, data, critics), queries, critics)
            for step in steps
        },
        round(sum(fact["seconds"] for fact in facts) / len(facts), 3),
        sum(bool(fact["refused"]) for fact in facts),
        look.verdicts[judge],
    )


def _by(
    look: Look,
    queries: Sequence[Query],
    critics: Critics,
    parts_of: Callable[[Query], Sequence[str]],
) -> dict[str, Figures]:
    """Figures of each part of the queries; SFID of a part means little and is left out."""
    places: dict[str, list[int]] = {}
    for place, query in enumerate(queries):
        for part in parts_of(query):
            places.setdefault(part, []).append(place)
    found: dict[str, Figures] = {}
    for part, here in sorted(places.items()):
        figures = summary(part_of(look, here), [queries[place] for place in here], critics)
        figures.pop("SFID", None)
        found[part] = {"queries": float(len(here)), **figures}
    return found


def _by_mask(query: Query) -> Sequence[str]:
    return ["with a mask" if query.mask else "without a mask"]
