"""Two runs side by side: source and both results, in an order that only the key tells.

The viewer sees `pairs/sheet-NN.png` and writes into `pairs/answers.csv` which edit is better;
`pairs-key.csv`, outside that folder, says which result was whose.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from flexit_engine.benchmark.answers import Question, read_answers, write_answers, write_table
from flexit_engine.benchmark.datasets import DataSet
from flexit_engine.benchmark.evaluation import Figures
from flexit_engine.benchmark.queries import Query, read_queries
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.store import Store, png, write_aside
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.benchmark.tiles import Tile, sheet
from flexit_engine.errors import UsageError

COLUMNS, ROWS = 2, 6
CHOICES = ("left", "right", "neither")


@dataclass(frozen=True)
class Pair(Question):
    """One query that both runs answered."""

    query: Query
    former: Query
    """The same one as the former run counts it."""
    new_is_left: bool

    @property
    def caption(self) -> str:
        """What the viewer is told."""
        return f"{self.number}: {self.query.source} -> {self.query.target}"


@dataclass(frozen=True)
class Comparison:
    """A run beside a former one, by the same method."""

    plan: Plan
    spec: MethodSpec
    former: Path
    """Folder of the former run."""

    @property
    def new_store(self) -> Store:
        """The results of this run."""
        return self.plan.store(self.spec)

    @property
    def former_store(self) -> Store:
        """The results of the former one."""
        return Store(self.former / self.spec.folder)

    @property
    def answers(self) -> Path:
        """The table to fill in."""
        return self.plan.folder / "pairs" / "answers.csv"

    def pairs(self, count: int) -> list[Pair]:
        """`count` of the queries that both answered, in an order that says nothing.

        A query whose words one of them did not know is no edit to look at.

        Raises:
            UsageError: they have none in common.
        """
        known = {_key(query): query for query in read_queries(self.former / "queries.csv")}
        both = [query for query in self.plan.queries if _key(query) in known]
        there = set(both) - set(self.new_store.missing(both))
        former = [known[_key(query)] for query in both]
        gone = set(self.former_store.missing(former))
        common = [
            (query, before)
            for query, before in zip(both, former, strict=True)
            if query in there
            and before not in gone
            and not self.new_store.facts(query)["refused"]
            and not self.former_store.facts(before)["refused"]
        ]
        if not common:
            raise UsageError(
                f"{str(self.former)!r} and this run have no edit by {self.spec.name!r} in common.",
                "Let both answer the same queries: same data, split and seed.",
            )
        chance = random.Random("pairs")  # noqa: S311 -- not a secret
        chosen = chance.sample(common, min(count, len(common)))
        return [
            Pair(number, CHOICES, query, before, chance.random() < 0.5)
            for number, (query, before) in enumerate(chosen, start=1)
        ]

    def write(self, asked: Sequence[Pair], data: DataSet) -> None:
        """Draw the sheets and the table to fill in, and write the key.

        Raises:
            OutputError: no room or no right to write.
        """
        self.answers.parent.mkdir(exist_ok=True)
        for place in range(0, len(asked), COLUMNS * ROWS):
            part = asked[place : place + COLUMNS * ROWS]
            tiles = [Tile(pair.caption, self._pictures(pair, data)) for pair in part]
            path = self.answers.with_name(f"sheet-{place // (COLUMNS * ROWS) + 1:02}.png")
            write_aside(path, png(sheet(tiles, COLUMNS)))
        write_answers(self.answers, asked)
        rows = [
            [str(pair.number), *(("new", "former") if pair.new_is_left else ("former", "new"))]
            for pair in asked
        ]
        write_table(self.plan.folder / "pairs-key.csv", [["number", "left", "right"], *rows])

    def count(self, asked: Sequence[Pair]) -> Figures | None:
        """What the viewer preferred, as fractions of the pairs that were answered.

        Returns:
            `answered`, `new`, `former`, `neither`. None where nothing was answered.

        Raises:
            UsageError: an answer is none of the choices, or the table is broken or of other pairs.
        """
        chosen = read_answers(self.answers, asked)
        meant = [_meant(pair, chosen) for pair in asked if pair.number in chosen]
        if not meant:
            return None
        shares = {name: meant.count(name) / len(meant) for name in ("new", "former", "neither")}
        return {"answered": float(len(meant)), **shares}

    def _pictures(self, pair: Pair, data: DataSet) -> list[Image.Image]:
        results = [self.new_store.picture(pair.query), self.former_store.picture(pair.former)]
        shown = results if pair.new_is_left else results[::-1]
        return [data.picture(pair.query.path, pair.query.index), *shown]


def _key(query: Query) -> tuple[str, str, str]:
    return query.path, query.source, query.target


def _meant(pair: Pair, chosen: Mapping[int, str]) -> str:
    answer = chosen[pair.number]
    if answer == "neither":
        return answer
    return "new" if (answer == "left") == pair.new_is_left else "former"
