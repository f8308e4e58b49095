"""What has come of a file so far, `NAME.part`, and what the server said of it, `NAME.part.json`.

While a process writes them they have names of its own: `NAME.0123abcd.part`.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from flexit_installer.files import cannot_write

BLOCK = 1 << 18
PART = ".part"
LARGEST = 4 << 30
"""Bytes of a network whose size nobody has published: more than any of them has."""
LARGEST_TEXT = 1 << 20
TEXTS = (".yaml", ".json", ".txt")


def most_bytes(name: str) -> int:
    """How large a file can be whose size nobody has published."""
    return LARGEST_TEXT if name.endswith(TEXTS) else LARGEST


@dataclass(frozen=True)
class Wanted:
    """A file to fetch.

    Args:
        target: where it goes; its folder is there.
        sources: URLs, tried in this order.
        sha256: in hexadecimal.
        size: bytes, if known.
    """

    target: Path
    sources: Sequence[str]
    sha256: str
    size: int | None = None


class Partial:
    """The bytes of a file that are here, hashed while they come.

    Args:
        wanted: the file; what an earlier process left of it is read once.

    Raises:
        InstallError: from any call, if the disk does not take it.
    """

    def __init__(self, wanted: Wanted) -> None:
        self._wanted = wanted
        self.path = wanted.target.with_name(f"{wanted.target.name}.{secrets.token_hex(4)}{PART}")
        self._claim()
        self._digest = hashlib.sha256()
        self._file: BinaryIO | None = None
        self.size = 0
        """Bytes here."""
        with suppress(FileNotFoundError), self.path.open("rb") as file:
            while block := file.read(BLOCK):
                self._count(block)
        self.is_inherited = self.size > 0
        """Whether others have written some of it."""

    def __enter__(self) -> Partial:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave what is not finished to whoever goes on."""
        self._close()
        _move(self.path, self._wanted.target.with_name(f"{self._wanted.target.name}{PART}"))

    @property
    def is_right(self) -> bool:
        """Whether it is the whole file."""
        return self._digest.hexdigest() == self._wanted.sha256

    def append(self, block: bytes) -> None:
        """Add what came."""
        try:
            if self._file is None:
                self._file = self.path.open("ab", buffering=0)
            self._file.write(block)
        except OSError as error:
            raise cannot_write(self.path, error) from None
        self._count(block)

    def discard(self) -> None:
        """Start from nothing."""
        self._close()
        for path in (self.path, _label(self.path)):
            path.unlink(missing_ok=True)
        self._digest, self.size, self.is_inherited = hashlib.sha256(), 0, False

    def finish(self) -> None:
        """Give it its name."""
        self._close()
        try:
            with self.path.open("ab") as file:
                os.fsync(file.fileno())
            os.replace(self.path, self._wanted.target)
        except OSError as error:
            raise cannot_write(self._wanted.target, error) from None
        for other in parts_of(self._wanted.target):  # of processes that were killed
            other.unlink(missing_ok=True)

    def remember(self, source: str, tag: str) -> None:
        """Keep by what the server can tell whether its file is still the same."""
        with suppress(OSError):  # without it, going on is only less certain
            _label(self.path).write_text(
                json.dumps({"source": source, "tag": tag}), encoding="utf-8"
            )

    def tag_from(self, source: str) -> str:
        """What a source said of the bytes that are here; empty where they are not its own."""
        try:
            label = json.loads(_label(self.path).read_text(encoding="utf-8"))
            return str(label["tag"]) if label["source"] == source else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def _claim(self) -> None:
        """Take the largest of what others have left; only one process gets it."""
        there = parts_of(self._wanted.target)
        parts = {path.with_suffix("") if path.suffix == ".json" else path for path in there}
        if parts:
            _move(max(parts, key=_size), self.path)

    def _count(self, block: bytes) -> None:
        self._digest.update(block)
        self.size += len(block)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def parts_of(target: Path) -> list[Path]:
    """All that is there of a file that has not come as a whole."""
    names = re.compile(rf"{re.escape(target.name)}(\.[0-9a-f]{{8}})?{re.escape(PART)}(\.json)?")
    there = target.parent.iterdir() if target.parent.is_dir() else ()
    return sorted(path for path in there if names.fullmatch(path.name))


def _size(part: Path) -> int:
    return part.stat().st_size if part.exists() else -1


def _label(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _move(part: Path, other: Path) -> None:
    """Give what is here of a file another name."""
    for old, new in ((part, other), (_label(part), _label(other))):
        with suppress(FileNotFoundError):
            os.replace(old, new)
