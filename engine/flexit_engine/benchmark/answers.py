"""A table that a viewer fills in, and reading it back."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from flexit_engine.benchmark.store import write_aside
from flexit_engine.errors import UsageError

SEPARATOR = "; "


@dataclass(frozen=True)
class Question:
    """What the viewer is asked about one number of the sheets."""

    number: int
    choices: tuple[str, ...]

    @property
    def offer(self) -> str:
        """The choices as the table has them."""
        return SEPARATOR.join(self.choices)


def write_answers(path: Path, asked: Sequence[Question]) -> None:
    """Write the table to fill in, unless there is one.

    Raises:
        OutputError: no room or no right to write.
    """
    if path.exists():
        return
    rows = [[str(question.number), question.offer, ""] for question in asked]
    write_table(path, [["number", "choices", "chosen"], *rows])


def read_answers(path: Path, asked: Sequence[Question]) -> dict[int, str]:
    """What was chosen, by number; nothing where there is no table.

    Raises:
        UsageError: an answer is none of the choices, or the table is broken or of other pictures.
    """
    if not path.exists():
        return {}
    rows = _rows(path)
    if [row[:2] for row in rows] != [(question.number, question.offer) for question in asked]:
        raise UsageError(
            f"The answers in {str(path)!r} are about other pictures.",
            "Ask for as many results as were asked for then, or remove that file.",
        )
    for (number, _, chosen), question in zip(rows, asked, strict=True):
        if chosen and chosen not in question.choices:
            raise UsageError(
                f"{chosen!r} is none of the choices of number {number} in {str(path)!r}."
            )
    return {number: chosen for number, _, chosen in rows if chosen}


def write_table(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write a CSV file.

    Raises:
        OutputError: no room or no right to write.
    """
    text = StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    write_aside(path, text.getvalue().encode())


def _rows(path: Path) -> list[tuple[int, str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [
                (int(row["number"]), row["choices"], row["chosen"].strip())
                for row in csv.DictReader(file)
            ]
    except (OSError, KeyError, AttributeError, ValueError) as error:
        raise UsageError(
            f"The answers in {str(path)!r} cannot be read ({type(error).__name__}: {error}).",
            "The columns are number, choices, chosen.",
        ) from None
