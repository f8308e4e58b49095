"""What is kept of edits: one row each in SQLite, and a folder of files."""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from flexit_engine import ownership
from flexit_engine.errors import StorageError
from flexit_engine.service.aside import Aside
from flexit_engine.service.database import open_database
from flexit_engine.service.labels import NAME as LABEL
from flexit_engine.service.labels import read_label, write_label
from flexit_engine.service.private import make_private_folder
from flexit_engine.service.protocol import Edit, EditRequest

LOG = logging.getLogger(__name__)

MOST = 1000
"""Ended edits to keep at most: each takes some memory of the service as well."""

SPARE_BYTES = 64 << 20
"""Of free disk to leave alone: a system with a full disk is no fun."""

UNFINISHED = ".part"
"""End of the name of a folder whose edit is not kept yet, or not any more."""


class Row(NamedTuple):
    """One edit as it was kept."""

    number: int
    request: EditRequest
    edit: Edit


class Store:
    """The list of edits and their folders, below the data folder.

    Used from one thread. A row is written before its edit is acknowledged, and again at each change
    of state; SQLite's journal and the pages of its files outlive a killed process. Each folder also
    says itself what edit it is of: from that the list is made anew when it is lost.
    """

    def __init__(self, data: Path) -> None:
        """Open or create it; what cannot be read is set aside.

        Raises:
            StorageError: the disk is full, read-only or does not work.
        """
        self.folder = data / "edits"
        self.files = (self.folder, data / "edits.sqlite")
        """What it cannot do without."""
        self._aside = Aside(data)
        with storage_errors():
            if os.path.lexists(self.folder) and not self.folder.is_dir():
                self._aside.take(self.folder, "it is no folder")
            make_private_folder(self.folder, ownership.EDITS)
            self._database = open_database(data / "edits.sqlite", self._aside)

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
        """Keep a new edit, whose files are in its new folder; its number in the order of arrival.

        Raises:
            StorageError: the disk is full or read-only.
        """
        new, folder = self._unfinished(edit.id), self.folder / edit.id
        with storage_errors():
            write_label(new, request, edit)
            os.rename(new, folder)
            try:
                return self._insert(request, edit)
            except BaseException:
                os.rename(folder, new)
                raise

    def update(self, request: EditRequest, edit: Edit) -> None:
        """Keep an edit as it stands now, in the list and in its folder.

        Raises:
            StorageError: the disk is full or read-only.
        """
        folder = self.folder / edit.id
        size = _size(folder) if edit.ended else 0
        with storage_errors():
            try:
                with self._database:
                    self._database.execute(
                        "UPDATE edits SET state = ?, finished = ?, bytes = ?, edit = ?"
                        " WHERE id = ?",
                        (edit.state, edit.finished, size, edit.model_dump_json(), edit.id),
                    )
            finally:
                write_label(folder, request, edit)

    def new_folder(self, edit_id: str) -> Path:
        """A folder for the files of an edit that is to be added.

        Raises:
            StorageError: it cannot be made.
        """
        folder = self._unfinished(edit_id)
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
        """Forget an edit and delete its files.

        Raises:
            StorageError: the disk is read-only or does not work.
        """
        leaving = self._unfinished(edit_id)
        with storage_errors():
            with suppress(FileNotFoundError):
                os.rename(self.folder / edit_id, leaving)  # else a killed service would restore it
            with self._database:
                self._database.execute("DELETE FROM edits WHERE id = ?", (edit_id,))
        shutil.rmtree(leaving, ignore_errors=True)

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

    def restore(self) -> None:
        """Take up the edits that the list has lost, in the order in which they were asked for.

        A folder that the list does not know and that does not say what it is of is set aside.

        Raises:
            StorageError: the disk is full, read-only or does not work.
        """
        with storage_errors():
            self._label_old_folders()
            known = {edit_id for (edit_id,) in self._database.execute("SELECT id FROM edits")}
            lost = {path: read_label(path) for path in self._folders() if path.name not in known}
            for folder in (folder for folder, label in lost.items() if label is None):
                self._set_aside(folder)
            labels = filter(None, lost.values())
            for request, edit in sorted(labels, key=lambda label: label.edit.created):
                self._insert(request, edit)
                LOG.warning("an edit was restored from its folder", extra={"edit": edit.id})

    def _label_old_folders(self) -> None:
        """Have the folders of earlier versions say what they are of, as those of this one do."""
        for row in self.rows():
            folder = self.folder / row.edit.id
            if folder.is_dir() and not (folder / LABEL).exists():
                write_label(folder, row.request, row.edit)

    def sweep(self) -> None:
        """Delete what uploads that were cut off, and removals, have left."""
        with storage_errors():
            for folder in self._folders(unfinished=True):
                shutil.rmtree(folder, ignore_errors=True)

    def _insert(self, request: EditRequest, edit: Edit) -> int:
        size = _size(self.folder / edit.id) if edit.ended else 0
        with self._database:
            cursor = self._database.execute(
                "INSERT INTO edits (id, state, finished, bytes, request, edit)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    *(edit.id, edit.state, edit.finished, size),
                    *(request.model_dump_json(), edit.model_dump_json()),
                ),
            )
        return int(cursor.lastrowid or 0)

    def _set_aside(self, folder: Path) -> None:
        try:
            self._aside.take(folder, "nothing tells what edit it is of")
        except OSError:
            LOG.exception("a folder that cannot be read stays", extra={"path": folder.name})

    def _unfinished(self, edit_id: str) -> Path:
        return self.folder / f"{edit_id}{UNFINISHED}"

    def _folders(self, *, unfinished: bool = False) -> list[Path]:
        """The folders of edits; nothing that is called otherwise, and nothing where others are."""
        if not ownership.is_stamped(self.folder):
            return []
        ours = [path for path in self.folder.iterdir() if ownership.EDITS(path.name)]
        return [path for path in ours if path.name.endswith(UNFINISHED) == unfinished]


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
    """Say in words that the disk does not take it, or that the list of edits is damaged."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise _cannot_keep(str(error)) from error
    except sqlite3.DatabaseError as error:
        raise StorageError(
            f"The engine's list of edits has been damaged: {error}.",
            "Run `flexit stop` and `flexit start`: what can be read comes back.",
        ) from error
    except OSError as error:
        raise _cannot_keep(error.strerror or str(error)) from error


def _cannot_keep(reason: str) -> StorageError:
    """The system's reason in our words."""
    return StorageError(
        f"The engine cannot keep edits in its folder: {reason}.",
        "Make room on the disk, or make the folder writable; `flexit status` names it.",
    )
