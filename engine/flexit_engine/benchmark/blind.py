"""A blind look: shuffled results, of which a viewer is told the names of the cluster and no more.

Judges are kinder than the eye. The viewer sees `blind/sheet-NN.png` and writes into
`blind/answers.csv` which of the choices each picture shows; the report then counts.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flexit_engine.benchmark.answers import Question, read_answers, write_answers
from flexit_engine.benchmark.evaluation import Figures
from flexit_engine.benchmark.queries import Labels, Query, neighbours
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.store import png, write_aside
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.benchmark.tiles import Tile, sheet

COLUMNS, ROWS = 5, 4


@dataclass(frozen=True)
class Item(Question):
    """One picture of the blind look.

    The choices are names of the target's cluster, the source's and the target's among them, by
    alphabet.
    """

    query: Query


def items(plan: Plan, labels: Labels, count: int) -> list[Item]:
    """`count` of a run's queries in an order that says nothing; always the same ones."""
    count = min(count, len(plan.queries))
    chosen = random.Random("blind").sample(list(plan.queries), count)  # noqa: S311 -- not a secret
    return [
        Item(number, _choices(labels, query), query) for number, query in enumerate(chosen, start=1)
    ]


def _choices(labels: Labels, query: Query) -> tuple[str, ...]:
    """Neither the source nor the target goes by two names: beside `cat` no `tabby` is offered."""
    known = [labels[query.source_id], labels[query.target_id]]
    others = [
        label
        for label in neighbours(labels, known[-1])
        if not any(label.overlaps(other) for other in known)
    ]
    return tuple(sorted({label.name for label in (*known, *others)}))


def write_blind_look(plan: Plan, spec: MethodSpec, asked: Sequence[Item]) -> Path:
    """Draw the sheets, and the table to fill in unless there is one.

    Returns:
        The folder.

    Raises:
        OutputError: no room or no right to write.
    """
    path = _answers(plan)
    path.parent.mkdir(exist_ok=True)
    store = plan.store(spec)
    for place in range(0, len(asked), COLUMNS * ROWS):
        part = asked[place : place + COLUMNS * ROWS]
        tiles = [Tile(str(item.number), [store.picture(item.query)]) for item in part]
        sheet_path = path.with_name(f"sheet-{place // (COLUMNS * ROWS) + 1:02}.png")
        write_aside(sheet_path, png(sheet(tiles, COLUMNS)))
    write_answers(path, asked)
    return path.parent


def count_answers(plan: Plan, asked: Sequence[Item]) -> Figures | None:
    """What the viewer chose, as fractions of the pictures that were answered.

    Returns:
        `answered`, `target`, `source`, and `by chance`: what guessing would reach. None where
        nothing was answered.

    Raises:
        UsageError: an answer is none of the choices, or the table is broken or of other pictures.
    """
    chosen = read_answers(_answers(plan), asked)
    seen = [item for item in asked if item.number in chosen]
    if not seen:
        return None
    return {
        "answered": float(len(seen)),
        "target": sum(chosen[item.number] == item.query.target for item in seen) / len(seen),
        "source": sum(chosen[item.number] == item.query.source for item in seen) / len(seen),
        "by chance": sum(1 / len(item.choices) for item in seen) / len(seen),
    }


def _answers(plan: Plan) -> Path:
    return plan.folder / "blind" / "answers.csv"
