"""Labels in clusters, and the queries between them: the paper's section 4.1."""

from __future__ import annotations

import csv
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from io import StringIO
from pathlib import Path
from typing import Literal

from flexit_engine.errors import UsageError

Split = Literal["dev", "test"]
Labels = Mapping[int, "Label"]
Sources = Callable[["Label", Split], Sequence[str]]
"""Paths of the pictures of a label that may be edited for a split."""

QUERIES_PER_TARGET = 8


@dataclass(frozen=True)
class Label:
    """A thing with a name, the clusters it can be translated within, and its group of clusters."""

    id: int
    name: str
    clusters: tuple[str, ...]
    group: str
    members: tuple[int, ...] = ()
    """Ids of the labels that it is a word for, where there are any: those of all dogs."""

    @property
    def shows(self) -> frozenset[int]:
        """Ids of what a picture of it may show."""
        return frozenset(self.members or (self.id,))

    def overlaps(self, other: Label) -> bool:
        """Whether one picture may show both."""
        return bool(self.shows & other.shows)


@dataclass(frozen=True)
class Query:
    """Turn the picture at `path`, which shows `source`, into `target`.

    The released columns, and where the thing is.
    """

    index: int
    path: str
    """Of the picture, from the data set's folder."""
    source: str
    source_id: int
    target: str
    target_id: int
    is_test: bool
    mask: str = ""
    """Path of a picture that is black outside the thing, where there is one."""


def neighbours(labels: Labels, label: Label) -> list[Label]:
    """The other labels that share a cluster with one, in the order of their ids."""
    mine = set(label.clusters)
    return [
        other
        for _, other in sorted(labels.items())
        if other.id != label.id and mine & set(other.clusters)
    ]


def draw_queries(labels: Labels, sources: Sources, seed: int) -> list[Query]:
    """The paper's rule: for each target eight other labels of its cluster, one random picture each.

    Half of them are for development, half for the test. Clusters of fewer than nine labels ask
    for some of them twice. The draw for one target does not depend on the other targets.
    """
    queries: list[Query] = []
    for _, target in sorted(labels.items()):
        chance = random.Random(f"{seed}/{target.name}")  # noqa: S311 -- not a secret
        others = neighbours(labels, target)
        for split in ("dev", "test"):
            shown = [(other, found) for other in others if (found := sources(other, split))]
            chance.shuffle(shown)
            for place in range(QUERIES_PER_TARGET // 2 if shown else 0):
                other, pictures = shown[place % len(shown)]
                path = chance.choice(pictures)
                queries.append(
                    Query(
                        len(queries), path, other.name, other.id, target.name, target.id,
                        split == "test",
                    )
                )  # fmt: skip
    return queries


def choose(queries: Sequence[Query], split: Split, count: int | None, seed: int) -> list[Query]:
    """Those of one split; if only some are wanted, spread over as many targets as can be."""
    wanted = [query for query in queries if query.is_test == (split == "test")]
    if count is None or count >= len(wanted):
        return wanted
    chance = random.Random(seed)  # noqa: S311 -- not a secret
    chance.shuffle(wanted)
    seen: dict[int, int] = {}
    rank = {}
    for query in wanted:
        rank[query.index] = seen[query.target_id] = seen.get(query.target_id, 0) + 1
    wanted.sort(key=lambda query: rank[query.index])
    return sorted(wanted[:count], key=lambda query: query.index)


def read_queries(path: Path) -> list[Query]:
    """Read a table of the released form: `index` (or no name), `path`, `source`, `source_id`, ….

    It may have a column `mask`.

    Raises:
        UsageError: it cannot be read, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [
                Query(
                    int(row.get("index") or row[""]),
                    row["path"],
                    row["source"],
                    int(row["source_id"]),
                    row["target"],
                    int(row["target_id"]),
                    row["is_test"] == "True",
                    row.get("mask") or "",
                )
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, TypeError, ValueError) as error:
        columns = ", ".join(field.name for field in fields(Query))
        raise UsageError(
            f"The queries in {str(path)!r} cannot be read ({type(error).__name__}: {error}).",
            f"The columns are {columns}.",
        ) from None


def queries_table(queries: Sequence[Query]) -> str:
    """The released form and the masks, as CSV."""
    text = StringIO()
    names = [field.name for field in fields(Query)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(query) for query in queries)
    return text.getvalue()
