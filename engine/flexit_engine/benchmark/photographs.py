"""A table of photographs with labels and masks, and questions about things near to what they show.

Development edits what the table calls `train`, the test what it calls `val` or `test`.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import chain, islice, zip_longest
from pathlib import Path

from PIL import Image

from flexit_engine.benchmark.classes import (
    WORDNET,
    class_words,
    folded,
    group_words,
    read_labels,
)
from flexit_engine.benchmark.pictures import middle_square, open_picture
from flexit_engine.benchmark.queries import Label, Labels, Query
from flexit_engine.errors import UsageError

TARGETS = 3
"""What each picture is asked to become."""
TEST_SPLITS = ("val", "test")


@dataclass(frozen=True)
class Columns:
    """What the columns of a table of photographs are called; all but the path may be missing."""

    path: str = "path"
    """Of the picture, from the table's folder."""
    label: str = "imagenet_like_label"
    """A class of ImageNet, by one of its names."""
    kind: str = "class"
    """A word for several of them, such as `cat`: counts where there is no label."""
    near: str = "flexit_label"
    """A class that is nearly right: counts where there is neither."""
    mask: str = "mask"
    """Path of a picture that is black outside the thing."""
    split: str = "split"

    @classmethod
    def parse(cls, text: str) -> Columns:
        """Read `path=file,label=name`.

        Raises:
            UsageError: it is not of that form.
        """
        pairs = dict(part.partition("=")[::2] for part in text.split(",") if part)
        known = [field.name for field in fields(cls)]
        if not all(pairs.values()) or not pairs.keys() <= set(known):
            raise UsageError(
                f"The columns cannot be {text!r}.",
                f"Write ROLE=NAME,…; the roles are {', '.join(known)}.",
            )
        return cls(**pairs)


STANDARD_COLUMNS = Columns()


@dataclass(frozen=True)
class Photograph:
    """One row of the table that can be asked about."""

    path: str
    label: Label
    mask: str
    is_test: bool


class Photographs:
    """The rows whose thing ImageNet has a class for.

    Args:
        table: CSV with a head.
        side: of the squares the methods see.
        columns: what the table calls them.

    Raises:
        UsageError: the table cannot be read.
    """

    name = "photographs"

    def __init__(self, table: Path, side: int, columns: Columns) -> None:
        self.folder, self.side = table.parent, side
        self.labels: Labels = read_labels()
        self.rows = list(self._read(table, columns))
        self._masks = {row.path: row.mask for row in self.rows if row.mask}

    @cached_property
    def references(self) -> Mapping[int, Sequence[str]]:
        """Pictures of each label that are not for the test; most labels have none."""
        found: dict[int, list[str]] = {}
        for row in self.rows:
            if not row.is_test:
                found.setdefault(row.label.id, []).append(row.path)
        return found

    def queries(self, seed: int) -> list[Query]:
        """Some targets for each picture, in the table's order; none depends on other pictures."""
        found: list[Query] = []
        for row in self.rows:
            chance = random.Random(f"{seed}/{row.path}")  # noqa: S311 -- not a secret
            for target in draw_targets(self.labels, row.label, chance):
                found.append(
                    Query(
                        len(found), row.path, row.label.name, row.label.id, target.name, target.id,
                        row.is_test, row.mask,
                    )
                )  # fmt: skip
        return found

    def picture(self, path: str, seed: int) -> Image.Image:  # noqa: ARG002 -- nothing is drawn
        """The largest square about the thing where a mask says where it is, else in the middle.

        A mask's own square is that of its picture.
        """
        picture = open_picture(self.folder / path)
        mask = self._masks.get(path, path if path in self._masks.values() else "")
        if not mask:
            return middle_square(picture, self.side)
        seen = open_picture(self.folder / mask, "L").point(lambda value: 255 * (value > 0))
        return _square_about(picture, seen.getbbox(), self.side)

    def _read(self, table: Path, columns: Columns) -> Iterator[Photograph]:
        try:
            with table.open(encoding="utf-8", newline="") as file:
                rows = list(csv.DictReader(file))
        except (OSError, ValueError, csv.Error) as error:
            raise UsageError(f"The table {str(table)!r} cannot be read: {error}.") from None
        if not rows or columns.path not in rows[0]:
            raise UsageError(
                f"The table {str(table)!r} has no column {columns.path!r}.",
                "Say what its columns are called: --columns path=NAME,label=NAME",
            )
        for row in rows:
            label = _label_of(row, columns)
            if label is not None:
                yield Photograph(
                    row[columns.path],
                    self.labels[label],
                    row.get(columns.mask) or "",
                    row.get(columns.split) in TEST_SPLITS,
                )


def _label_of(row: Mapping[str, str], columns: Columns) -> int | None:
    """What a row shows, by the surest of its columns; a word for several is surer than a guess."""
    known = (
        (columns.label, class_words()),
        (columns.label, group_words()),
        (columns.kind, group_words()),
        (columns.near, class_words()),
    )
    found = (words.get(folded(row.get(column) or "")) for column, words in known)
    return next((label for label in found if label is not None), None)


def draw_targets(labels: Labels, source: Label, chance: random.Random) -> list[Label]:
    """Up to `TARGETS` things near to a source, none of which it may be already.

    In turn, beginning anywhere: one of a cluster of the paper, a neighbour in WordNet, and a word
    for several classes.
    """
    kin = [label for label in labels.values() if label.overlaps(source)]
    mine = {cluster for label in kin for cluster in label.clusters}
    pools: tuple[list[Label], ...] = ([], [], [])
    for _, label in sorted(labels.items()):
        shared = mine & set(label.clusters)
        if shared and not label.overlaps(source):
            pools[_sort(label, shared)].append(label)
    for pool in pools:
        chance.shuffle(pool)
    order = chance.sample(pools, len(pools))
    in_turn = (label for label in chain.from_iterable(zip_longest(*order)) if label is not None)
    once = {label.shows: label for label in reversed(list(in_turn))}
    return list(islice(reversed(once.values()), TARGETS))


def _sort(label: Label, shared: set[str]) -> int:
    if label.members:
        return 2
    return int(all(cluster.startswith(WORDNET) for cluster in shared))


def _square_about(
    picture: Image.Image, thing: tuple[int, int, int, int] | None, side: int
) -> Image.Image:
    """The largest square whose middle is as near to the thing's as the picture allows."""
    if thing is None:
        return middle_square(picture, side)
    edge = min(picture.size)
    left = min(max((thing[0] + thing[2] - edge) // 2, 0), picture.width - edge)
    top = min(max((thing[1] + thing[3] - edge) // 2, 0), picture.height - edge)
    box = (left, top, left + edge, top + edge)
    return picture.resize((side, side), Image.Resampling.BICUBIC, box)
