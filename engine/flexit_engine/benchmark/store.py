"""The results of one method in one folder: a PNG and a JSON file for each query.

The JSON file is written last, so a query is done exactly when its JSON file is there. Everything
is written aside and renamed: whatever ends the process, no file is half-written.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from flexit_engine.benchmark.methods import Edit
from flexit_engine.benchmark.queries import Query
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.errors import OutputError, UsageError

DESCRIPTION = "method.json"


@dataclass(frozen=True)
class Store:
    """Where the results of a method lie."""

    folder: Path

    def describe(self, spec: MethodSpec) -> None:
        """Say what makes the results here; what was made otherwise must not be mixed with it.

        Raises:
            UsageError: another method's results are here.
            OutputError: nothing can be written here.
        """
        path = self.folder / DESCRIPTION
        text = spec.model_dump_json(indent=1) + "\n"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                with suppress(OutputError):  # another shard may be doing the same
                    write_aside(path, text.encode())
            there = path.read_text(encoding="utf-8")
        except OSError as error:
            raise OutputError(f"{str(self.folder)!r} cannot be used: {error.strerror}.") from None
        if there != text:
            raise UsageError(
                f"{str(self.folder)!r} holds results of other settings.",
                "Choose another output folder, or remove that one.",
            )

    def missing(self, queries: Sequence[Query]) -> list[Query]:
        """Those that are not done."""
        there = {entry.name for entry in os.scandir(self.folder)} if self.folder.is_dir() else ()
        return [query for query in queries if self._facts(query).name not in there]

    def write(self, query: Query, edit: Edit) -> None:
        """Keep a result, in the order that makes it whole or not there."""
        for step, picture in edit.along.items():
            path = self.picture_path(query, step)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_aside(path, png(picture))
        write_aside(self.picture_path(query), png(edit.picture))
        facts = {
            "path": query.path,
            "source": query.source,
            "target": query.target,
            "steps": sorted(edit.along),
            "losses": dict(edit.losses),
            "seconds": round(edit.seconds, 4),
            "refused": edit.refused,
        }
        write_aside(self._facts(query), (json.dumps(facts, indent=1) + "\n").encode())

    def picture_path(self, query: Query, step: int | None = None) -> Path:
        """Where the picture of a query is, or was after fewer steps."""
        folder = self.folder if step is None else self.folder / "steps" / f"{step:03}"
        return folder / f"{query.index:05}.png"

    def picture(self, query: Query, step: int | None = None) -> Image.Image:
        """The picture of a query that is done; a refused one is the same after any step."""
        path = self.picture_path(query, step)
        with Image.open(path if path.exists() else self.picture_path(query)) as file:
            return file.convert("RGB")

    def facts(self, query: Query) -> dict[str, Any]:
        """What was noted about a query that is done."""
        facts: dict[str, Any] = json.loads(self._facts(query).read_text(encoding="utf-8"))
        return facts

    def _facts(self, query: Query) -> Path:
        return self.folder / f"{query.index:05}.json"


def write_aside(path: Path, data: bytes) -> None:
    """Write a file under another name, then rename it.

    The other name is always the same: what a killed process left is written over by the next.

    Raises:
        OutputError: no room or no right to write.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise OutputError(f"{str(path)!r} cannot be written: {error.strerror}.") from None


def png(picture: Image.Image) -> bytes:
    """A picture as a PNG file."""
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
