"""The run: batches of queries that always have the same members, and only those still missing.

How sums are rounded depends on the pictures a batch holds, so a batch is edited whole even if only
one of its results is missing: an interrupted run then ends with the bytes of one that was not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol

from tqdm import tqdm

from flexit_engine.benchmark.methods import Edit
from flexit_engine.benchmark.queries import Query, queries_table, read_queries
from flexit_engine.benchmark.store import Store, write_aside
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.benchmark.worker import Worker
from flexit_engine.errors import OutputError, UsageError


@dataclass(frozen=True)
class Shard:
    """The `number`-th of `count` equal parts of a run, counted from 1."""

    number: int = 1
    count: int = 1

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `2/8`.

        Raises:
            UsageError: it is not of that form.
        """
        number, _, count = text.partition("/")
        if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
            raise UsageError(f"There is no shard {text!r}.", "Write it as 1/8, 2/8, … 8/8.")
        return cls(int(number), int(count))


class Batch(NamedTuple):
    """Queries that one method edits side by side."""

    spec: MethodSpec
    queries: tuple[Query, ...]


class Workers(Protocol):
    """Somebody who works on batches; the order in which they come back does not matter."""

    def edit_all(self, batches: Sequence[Batch]) -> Iterator[tuple[Batch, list[Edit]]]:
        """Edit all of them."""
        ...


@dataclass(frozen=True)
class Here:
    """This process."""

    worker: Worker

    def edit_all(self, batches: Sequence[Batch]) -> Iterator[tuple[Batch, list[Edit]]]:
        """One after another."""
        for batch in batches:
            yield batch, self.worker.edit(batch.spec, batch.queries)


@dataclass(frozen=True)
class Plan:
    """What a run consists of."""

    folder: Path
    methods: Sequence[MethodSpec]
    queries: Sequence[Query]
    size: int
    """Queries in a batch."""

    def store(self, spec: MethodSpec) -> Store:
        """Where the results of a method are."""
        return Store(self.folder / spec.folder)

    def keep_queries(self) -> None:
        """Write the queries down; a folder holds the answers to one set of them.

        Raises:
            UsageError: the folder was made for other queries.
            OutputError: nothing can be written there.
        """
        path = self.folder / "queries.csv"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"There can be no folder {str(path.parent)!r}: {error}.") from None
        if not path.exists():
            write_aside(path, queries_table(self.queries).encode())
        if read_queries(path) != list(self.queries):
            raise UsageError(
                f"{str(self.folder)!r} holds answers to other queries.",
                "Choose another output folder.",
            )

    def batches(self) -> Iterator[Batch]:
        """All batches, method by method."""
        for spec in self.methods:
            for start in range(0, len(self.queries), self.size):
                yield Batch(spec, tuple(self.queries[start : start + self.size]))

    def missing(self, batches: Iterable[Batch]) -> list[Batch]:
        """Those of which a result is missing."""
        there = {
            spec.folder: {query.index for query in self.store(spec).missing(self.queries)}
            for spec in self.methods
        }
        return [
            batch
            for batch in batches
            if any(query.index in there[batch.spec.folder] for query in batch.queries)
        ]

    def left(self) -> int:
        """How many results are missing in all."""
        return sum(len(self.store(spec).missing(self.queries)) for spec in self.methods)


def work_through(plan: Plan, workers: Workers, shard: Shard, show_progress: bool) -> int:
    """Make what is missing of a shard.

    Returns:
        How many results were made.

    Raises:
        UsageError: the folder holds results of other settings.
        FlexITError: something cannot be done; what was made until then is kept.
    """
    for spec in plan.methods:
        plan.store(spec).describe(spec)
    mine = [
        batch
        for place, batch in enumerate(plan.batches())
        if place % shard.count == shard.number - 1
    ]
    todo = plan.missing(mine)
    total = sum(len(batch.queries) for batch in todo)
    made = 0
    with tqdm(total=total, unit="edit", desc="evaluate", disable=not show_progress) as bar:
        for batch, edits in workers.edit_all(todo):
            store = plan.store(batch.spec)
            wanted = store.missing(batch.queries)
            for query, edit in zip(batch.queries, edits, strict=True):
                if query in wanted:
                    store.write(query, edit)
            made += len(wanted)
            bar.update(len(batch.queries))
    return made
