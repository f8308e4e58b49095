"""The list of edits of a batch: a folder of pictures, or a CSV file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flexit_engine.commands.outputs import reason
from flexit_engine.errors import PictureError, UsageError

PICTURES = frozenset({".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})
"""Suffixes of what is taken for a picture in a folder."""
COLUMNS = ("input", "source", "target", "mask", "output", "seed")


@dataclass(frozen=True)
class Task:
    """One edit of a batch, nothing checked yet."""

    picture: Path
    result: Path
    source: str
    target: str
    mask: Path | None = None
    seed: str | None = None

    @property
    def inputs(self) -> list[Path]:
        """The files it reads."""
        return [self.picture] if self.mask is None else [self.picture, self.mask]


def read_tasks(where: Path, results: Path, source: str, target: str) -> list[Task]:
    """List the edits of a batch.

    Args:
        where: a folder, all of whose pictures get the same texts, or a CSV file.
        results: the folder for the results.
        source: what is there, where a CSV row does not say it.
        target: what it should become, likewise.

    Raises:
        PictureError: there is nothing of that name, or no picture in it.
        UsageError: the CSV file is not understood, or two edits would write the same file.
    """
    if where.is_dir():
        tasks = [
            Task(path, results / path.name, source, target)
            for path in sorted(where.iterdir())
            if path.suffix.lower() in PICTURES and path.is_file()
        ]
    elif where.is_file():
        tasks = [_task(row, where.parent, results, source, target) for row in _rows(where)]
    else:
        raise PictureError(f"There is no folder or CSV file {str(where)!r}.", "Check the name.")
    if not tasks:
        raise PictureError(f"There are no pictures in {str(where)!r}.", "Choose another folder.")
    _check_unique(tasks)
    return tasks


def _rows(path: Path) -> Iterator[Mapping[str, str]]:
    """Rows of a CSV file, without empty fields."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, strict=True)
            _check_columns(path, reader.fieldnames or ())
            for row in reader:
                if None in row:
                    raise UsageError(
                        f"Line {reader.line_num} of {path.name!r} has too many fields."
                    )
                yield {name: text.strip() for name, text in row.items() if text and text.strip()}
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(
            f"The list {path.name!r} cannot be read: {reason(error)}.", "It should be CSV in UTF-8."
        ) from None


def _check_columns(path: Path, names: Sequence[str]) -> None:
    unknown = sorted(set(names) - set(COLUMNS))
    if unknown or "input" not in names:
        wrong = f"an unknown column {unknown[0][:40]!r}" if unknown else "no column 'input'"
        raise UsageError(
            f"The list {path.name!r} has {wrong}.", f"It may have {', '.join(COLUMNS)}."
        )


def _task(row: Mapping[str, str], folder: Path, results: Path, source: str, target: str) -> Task:
    if "input" not in row:
        raise UsageError("A row of the list names no input.")
    picture, target = folder / row["input"], row.get("target", target)
    name = row.get("output") or _name(picture, target)
    if Path(name).name != name:
        raise UsageError(f"The output {name!r} is not a file name.", "Folders cannot be given.")
    return Task(
        picture=picture,
        result=results / name,
        source=row.get("source", source),
        target=target,
        mask=folder / row["mask"] if "mask" in row else None,
        seed=row.get("seed"),
    )


def _name(picture: Path, target: str) -> str:
    """A result's name from what it was and what it became: `cat-dog.png`."""
    slug = re.sub(r"\W+", "-", target.lower()).strip("-")[:40]
    return f"{picture.stem}-{slug}{picture.suffix}"


def _check_unique(tasks: Sequence[Task]) -> None:
    taken: dict[Path, Task] = {}
    for task in tasks:
        other = taken.setdefault(task.result, task)
        if other is not task:
            raise UsageError(
                f"Two edits would write {task.result.name!r}.", "Give them different outputs."
            )
