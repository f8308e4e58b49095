"""The engine's log: JSON lines in files of limited size, and how people read them.

What is logged are events and their numbers. The texts of queries, tokens and pictures never are.
"""

from __future__ import annotations

import json
import logging
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, timezone
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from flexit_engine import ownership
from flexit_engine.service.private import (
    FOLDER_MODE,
    make_private_folder,
    open_private,
    storage_error,
)
from flexit_engine.service.sparing import Sparing

NAME = "engine.jsonl"
MAX_BYTES = 5_000_000
BACKUPS = 5
SECONDS_BETWEEN_LOOKS = 0.2

_RENAMED = {"asctime": "time", "levelname": "level", "name": "logger"}
_SHOWN_FIRST = ("time", "level", "logger", "message")


def configure(folder: Path, stream: bool = False) -> Path:
    """Send all log messages of this process to a rotated file, instead of where they went before.

    Args:
        folder: for the log files; made if need be.
        stream: whether to show them on stderr as well, for people.

    Returns:
        The log file.

    Raises:
        StorageError: it cannot be written.
    """
    make_private_folder(folder, ownership.LOGS)
    path = folder / NAME
    try:
        handlers: list[logging.Handler] = [PrivateLog(path)]
    except OSError as error:
        raise storage_error(path, error) from None
    if stream:
        handlers.append(logging.StreamHandler())
        handlers[-1].setFormatter(ReadableFormatter())
    logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
    for name in ("uvicorn", "uvicorn.access", "uvicorn.error"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
    logging.captureWarnings(True)
    return path


class JsonLines(JsonFormatter):
    """A record as one JSON object: time in UTC, level, logger, message, and its extra fields."""

    def __init__(self) -> None:
        super().__init__(
            "%(asctime)s %(levelname)s %(name)s %(message)s",
            rename_fields=_RENAMED,
            reserved_attrs=[*RESERVED_ATTRS, "color_message"],  # uvicorn's message once more
        )

    def formatTime(  # noqa: N802 -- logging's name
        self,
        record: logging.LogRecord,
        datefmt: str | None = None,  # noqa: ARG002
    ) -> str:
        """ISO 8601, to the millisecond."""
        moment = datetime.fromtimestamp(record.created, timezone.utc)
        return moment.isoformat(timespec="milliseconds")


class ReadableFormatter(JsonLines):
    """The same as one line for people."""

    def format(self, record: logging.LogRecord) -> str:
        """One line for people."""
        return readable(super().format(record))


class PrivateLog(RotatingFileHandler):
    """A rotated log file that only its owner can read, before and after rotation."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MAX_BYTES, backupCount=BACKUPS, encoding="utf-8")
        self.setFormatter(JsonLines())
        self.addFilter(Sparing())

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, "a", encoding="utf-8", opener=open_private)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, into a new file where the old one was taken away."""
        path = Path(self.baseFilename)
        # Without a stream, a new file is opened by what follows.
        if self.stream is not None and not path.exists():
            self.stream.close()
            self.stream = None
            with suppress(OSError):
                path.parent.mkdir(FOLDER_MODE, exist_ok=True)
        super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 -- logging's name
        """Lose a record where the disk is full: an edit must not fail for want of its log."""


def readable(line: str) -> str:
    """A line of the log file for people: local time, level, logger, message, extra fields."""
    try:
        fields: dict[str, Any] = json.loads(line)
        moment = datetime.fromisoformat(fields["time"]).astimezone()
        head = f"{moment:%Y-%m-%d %H:%M:%S} {fields['level']:<7} {fields['logger']}"
        parts = [head, str(fields["message"])]
    except (ValueError, TypeError, KeyError):  # not one of our records, or half of one
        return _printable(line)
    for name, value in fields.items():
        if name == "exc_info":
            parts.append(str(value).strip().splitlines()[-1])
        elif name not in _SHOWN_FIRST:
            parts.append(f"{name}={value}")
    return _printable("  ".join(parts))


def tail(folder: Path, count: int) -> list[str]:
    """The last lines of a log, oldest first, as they are in its files."""
    return list(deque(_lines(folder, range(BACKUPS, -1, -1)), count))


def follow(folder: Path, count: int) -> Iterator[str]:
    """The last lines of a log, and then those that are written, until nobody wants more."""
    recent, caught_up = deque(_lines(folder, range(BACKUPS, 0, -1)), count), False
    for line in _growing(folder / NAME):
        if line is None:
            yield from recent
            recent.clear()
            caught_up = True
            time.sleep(SECONDS_BETWEEN_LOOKS)
        elif caught_up:
            yield line
        else:
            recent.append(line)


def _lines(folder: Path, numbers: Iterable[int]) -> Iterator[str]:
    """Lines of the files of these numbers, as far as there are such files; 0 is the newest."""
    for number in numbers:
        if (file := _open(folder / (f"{NAME}.{number}" if number else NAME))) is not None:
            with file:
                yield from (line.rstrip("\n") for line in file)


def _growing(path: Path) -> Iterator[str | None]:
    """Lines of a file, and of those that get its name later; None where there is no more yet."""
    while True:
        if (file := _open(path)) is None:
            yield None
            continue
        with file:
            yield from _until_replaced(file, path)


def _until_replaced(file: TextIO, path: Path) -> Iterator[str | None]:
    partial = ""
    while True:
        # Asked before reading: nothing is written to a file any more once it was renamed.
        replaced = _is_replaced(file, path)
        while text := file.readline():
            partial += text
            if partial.endswith("\n"):
                yield partial.rstrip("\n")
                partial = ""
        if replaced:
            return
        yield None


def _is_replaced(file: TextIO, path: Path) -> bool:
    try:
        return not os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:  # between two names
        return False


def _open(path: Path) -> TextIO | None:
    try:
        return open(open_private(path, os.O_RDONLY), encoding="utf-8", errors="replace")
    except OSError:
        return None


def _printable(text: str) -> str:
    """Without what could command a terminal."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
