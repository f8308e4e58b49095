"""What is kept of edits: one row each in SQLite, and a folder of files."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from flexit_engine.errors import StorageError
from flexit_engine.service.protocol import Edit, EditRequest

SCHEMA = """
CREATE TABLE IF NOT EXISTS edits (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    finished REAL,
    bytes INTEGER NOT NULL DEFAULT 0,
    request TEXT NOT NULL,
    edit TEXT NOT NULL
);
"""
VERSION = 1
"""Of the schema; kept in SQLite's `user_version`."""

MOST = 1000
"""Ended edits to keep at most: each takes some memory of the service as well."""

SPARE_BYTES = 64 << 20
"""Of free disk to leave alone: a system with a full disk is no fun."""


class Row(NamedTuple):
    """One edit as it was kept."""

    number: int
    request: EditRequest
    edit: Edit


class Store:
    """The list of edits and their folders, below the data folder.

    Used from one thread. A row is written before its edit is acknowledged, and again at each change
    of state; SQLite's journal and the pages of its files outlive a killed process.
    """

    def __init__(self, data: Path) -> None:
        """Open or create it.

        Raises:
            StorageError: it cannot be read or written, or is from a newer version.
        """
        self.folder = data / "edits"
        self.files = (self.folder, data / "edits.sqlite")
        """What it cannot do without."""
        with storage_errors():
            self.folder.mkdir(mode=0o700, exist_ok=True)
            self._database = _open(data / "edits.sqlite")

    def close(self) -> None:
        """Write everything and let go of the files."""
        self._database.close()

    def rows(self) -> list[Row]:
        """All edits in the order they came; what another version wrote differently is left out."""
        with storage_errors():
            found = self._database.execute(
                "SELECT number, request, edit FROM edits ORDER BY number"
            )
            return list(filter(None, (_row(*values) for values in found)))

    def add(self, request: EditRequest, edit: Edit) -> int:
        """Keep a new edit; its number in the order of arrival.

        Raises:
            StorageError: the disk is full or read-only.
        """
        with storage_errors(), self._database:
            cursor = self._database.execute(
                "INSERT INTO edits (id, state, request, edit) VALUES (?, ?, ?, ?)",
                (edit.id, edit.state, request.model_dump_json(), edit.model_dump_json()),
            )
        return int(cursor.lastrowid or 0)

    def update(self, edit: Edit) -> None:
        """Keep an edit as it stands now.

        Raises:
            StorageError: the disk is full or read-only.
        """
        size = _size(self.folder / edit.id) if edit.ended else 0
        with storage_errors(), self._database:
            self._database.execute(
                "UPDATE edits SET state = ?, finished = ?, bytes = ?, edit = ? WHERE id = ?",
                (edit.state, edit.finished, size, edit.model_dump_json(), edit.id),
            )

    def new_folder(self, edit_id: str) -> Path:
        """A folder for the files of an edit.

        Raises:
            StorageError: it cannot be made.
        """
        folder = self.folder / edit_id
        with storage_errors():
            folder.mkdir(mode=0o700)
        return folder

    def check_room(self, size: int) -> None:
        """Make sure that a picture and what becomes of it will fit on the disk.

        Args:
            size: bytes of the picture.

        Raises:
            StorageError: they will not.
        """
        with storage_errors():
            free = shutil.disk_usage(self.folder).free
        if free < 2 * size + SPARE_BYTES:
            raise StorageError(
                f"Only {free / 1e6:,.0f} MB are free on the disk of the engine's folder.",
                f"Make room on the disk that holds {str(self.folder)!r}.",
            )

    def remove(self, edit_id: str) -> None:
        """Forget an edit and delete its files."""
        with storage_errors(), self._database:
            self._database.execute("DELETE FROM edits WHERE id = ?", (edit_id,))
        shutil.rmtree(self.folder / edit_id, ignore_errors=True)

    def expired(self, keep_seconds: float, keep_bytes: int) -> list[str]:
        """Ended edits that are too old, or the oldest of too large a pile; never the newest.

        None is older than one that came before it, whatever clock the two ended by.
        """
        with storage_errors():
            ended = self._database.execute(
                "SELECT id, MAX(finished) OVER (ORDER BY number), bytes"
                " FROM edits WHERE finished IS NOT NULL"
                " ORDER BY number DESC"
            ).fetchall()
        oldest, total, expired = time.time() - keep_seconds, 0, []
        for place, (edit_id, finished, size) in enumerate(ended):
            total += size
            if finished < oldest or place >= MOST or (place and total > keep_bytes):
                expired.append(edit_id)
        return expired

    def sweep(self) -> None:
        """Delete folders that belong to no edit, such as of uploads that were cut off."""
        with storage_errors():
            known = {edit_id for (edit_id,) in self._database.execute("SELECT id FROM edits")}
            for folder in self.folder.iterdir():
                if folder.name not in known:
                    shutil.rmtree(folder, ignore_errors=True)


def _open(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    try:
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise StorageError(
                f"The list of edits {str(path)!r} is from a newer version of FlexIT.",
                "Update FlexIT, or move the file away.",
            )
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(SCHEMA)
        database.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        database.close()
        raise
    return database


def _row(number: int, request: str, edit: str) -> Row | None:
    try:
        return Row(number, EditRequest.model_validate_json(request), Edit.model_validate_json(edit))
    except ValidationError:
        return None


def _size(folder: Path) -> int:
    """Bytes of the files; those that are just being replaced count for nothing."""
    total = 0
    for file in folder.glob("*"):
        with suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


@contextmanager
def storage_errors() -> Iterator[None]:
    """Say in words that the disk does not take it."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _cannot_keep(str(error)) from error
    except OSError as error:
        raise _cannot_keep(error.strerror or str(error)) from error


def _cannot_keep(reason: str) -> StorageError:
    """The system's reason in our words."""
    return StorageError(
        f"The engine cannot keep edits in its folder: {reason}.",
        "Make room on the disk, or make the folder writable; `flexit status` names it.",
    )
