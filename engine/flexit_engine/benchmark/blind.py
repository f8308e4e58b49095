"""A blind look: shuffled results, of which a viewer is told the names of the cluster and no more.

Judges are kinder than the eye. The viewer sees `blind/sheet-NN.png` and writes into
`blind/answers.csv` which of the choices each picture shows; the report then counts.
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from flexit_engine.benchmark.evaluation import Figures
from flexit_engine.benchmark.queries import Labels, Query, neighbours
from flexit_engine.benchmark.run import Plan
from flexit_engine.benchmark.store import png, write_aside
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.errors import UsageError

COLUMNS, ROWS = 5, 4
SIDE, MARGIN, CAPTION = 192, 8, 24
SEPARATOR = "; "


@dataclass(frozen=True)
class Item:
    """One picture of the blind look."""

    number: int
    query: Query
    choices: tuple[str, ...]
    """Names of the target's cluster, the source's and the target's among them, by alphabet."""

    @property
    def offer(self) -> str:
        """The choices as the table has them."""
        return SEPARATOR.join(self.choices)


def items(plan: Plan, labels: Labels, count: int) -> list[Item]:
    """`count` of a run's queries in an order that says nothing; always the same ones."""
    count = min(count, len(plan.queries))
    chosen = random.Random("blind").sample(list(plan.queries), count)  # noqa: S311 -- not a secret
    return [
        Item(number, query, _choices(labels, query)) for number, query in enumerate(chosen, start=1)
    ]


def _choices(labels: Labels, query: Query) -> tuple[str, ...]:
    target = labels[query.target_id]
    return tuple(sorted({label.name for label in (target, *neighbours(labels, target))}))


def write_blind_look(plan: Plan, spec: MethodSpec, asked: Sequence[Item]) -> Path:
    """Draw the sheets, and the table to fill in unless there is one.

    Returns:
        The folder.

    Raises:
        OutputError: no room or no right to write.
    """
    folder = plan.folder / "blind"
    folder.mkdir(exist_ok=True)
    store = plan.store(spec)
    for place in range(0, len(asked), COLUMNS * ROWS):
        part = asked[place : place + COLUMNS * ROWS]
        sheet = _sheet([(item.number, store.picture(item.query)) for item in part])
        write_aside(folder / f"sheet-{place // (COLUMNS * ROWS) + 1:02}.png", png(sheet))
    if not _answers(plan).exists():
        text = StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["number", "choices", "chosen"])
        writer.writerows([item.number, item.offer, ""] for item in asked)
        write_aside(_answers(plan), text.getvalue().encode())
    return folder


def _sheet(pictures: Sequence[tuple[int, Image.Image]]) -> Image.Image:
    """Numbered pictures, enlarged."""
    wide, high = SIDE + MARGIN, SIDE + CAPTION + MARGIN
    rows = math.ceil(len(pictures) / COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * wide + MARGIN, rows * high + MARGIN), "white")
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=18)
    for place, (number, picture) in enumerate(pictures):
        left = MARGIN + place % COLUMNS * wide
        top = MARGIN + place // COLUMNS * high
        draw.text((left, top), str(number), "black", font)
        large = picture.resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        sheet.paste(large, (left, top + CAPTION))
    return sheet


def count_answers(plan: Plan, asked: Sequence[Item]) -> Figures | None:
    """What the viewer chose, as fractions of the pictures that were answered.

    Returns:
        `answered`, `target`, `source`, and `by chance`: what guessing would reach. None where
        nothing was answered.

    Raises:
        UsageError: an answer is none of the choices, or the table is broken or of other pictures.
    """
    if not _answers(plan).exists():
        return None
    chosen = dict(_read(_answers(plan), asked))
    seen = [item for item in asked if item.number in chosen]
    if not seen:
        return None
    return {
        "answered": float(len(seen)),
        "target": sum(chosen[item.number] == item.query.target for item in seen) / len(seen),
        "source": sum(chosen[item.number] == item.query.source for item in seen) / len(seen),
        "by chance": sum(1 / len(item.choices) for item in seen) / len(seen),
    }


def _read(path: Path, asked: Sequence[Item]) -> Iterator[tuple[int, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = [
                (int(row["number"]), row["choices"], row["chosen"].strip())
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, AttributeError, ValueError) as error:
        raise UsageError(
            f"The answers in {str(path)!r} cannot be read ({type(error).__name__}: {error}).",
            "The columns are number, choices, chosen.",
        ) from None
    if [row[:2] for row in rows] != [(item.number, item.offer) for item in asked]:
        raise UsageError(
            f"The answers in {str(path)!r} are about other pictures.",
            "Ask for as many results as were asked for then, or remove that file.",
        )
    for (number, _, chosen), item in zip(rows, asked, strict=True):
        if chosen and chosen not in item.choices:
            raise UsageError(
                f"{chosen!r} is none of the choices of number {number} in {str(path)!r}."
            )
        if chosen:
            yield number, chosen


def _answers(plan: Plan) -> Path:
    return plan.folder / "blind" / "answers.csv"
