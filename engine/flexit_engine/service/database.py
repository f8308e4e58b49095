"""Opening the list of edits; one that cannot be read is set aside, and another one begun."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

from flexit_engine.service.aside import Aside
from flexit_engine.service.private import open_private

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
COLUMNS = {"number", "id", "state", "finished", "bytes", "request", "edit"}
VERSION = 1
"""Of the schema; kept in SQLite's `user_version`."""
BESIDE = ("-wal", "-shm", "-journal")
"""Ends of the names of what SQLite keeps beside a file, and would apply to another one there."""

_THE_DISKS = ("disk", "unable to open", "locked", "out of memory")
"""Words of SQLite's about what is no fault of the file; before Python 3.11 there are no codes."""
_NOT_USABLE = (errno.EACCES, errno.EPERM, errno.EISDIR, errno.ELOOP)


class UnusableDatabase(sqlite3.DatabaseError):
    """What has the name of the list of edits is not one that this version can use."""


def open_database(path: Path, aside: Aside) -> sqlite3.Connection:
    """Open or create the list of edits.

    Args:
        path: its file.
        aside: takes what has that name and cannot be used.

    Raises:
        sqlite3.DatabaseError: the disk is full or does not work.
        OSError: the same, or the folder cannot be written.
    """
    try:
        return _open(path)
    except sqlite3.DatabaseError as error:
        reason = str(error)
        if any(words in reason for words in _THE_DISKS) and isinstance(
            error, sqlite3.OperationalError
        ):
            raise
    for file in filter(os.path.lexists, (path, *_beside(path))):
        aside.take(file, reason)
    return _open(path)


def _open(path: Path) -> sqlite3.Connection:
    _check_file(path)
    database = sqlite3.connect(path)
    try:
        _check_contents(database)
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.executescript(SCHEMA)
        database.execute(f"PRAGMA user_version = {VERSION}")
    except BaseException:
        database.close()
        raise
    return database


def _check_file(path: Path) -> None:
    """See that there is an ordinary file of ours, or nothing at all."""
    size = 0
    try:
        with open(path, "r+b", opener=open_private) as file:
            size = file.seek(0, 2)
    except FileNotFoundError:
        pass
    except OSError as error:
        if error.errno in _NOT_USABLE:
            raise UnusableDatabase(error.strerror) from None
        raise
    if not size and any(_beside(path)):
        raise UnusableDatabase("it is gone, and what SQLite keeps beside it is not")


def _check_contents(database: sqlite3.Connection) -> None:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    if version > VERSION:
        raise UnusableDatabase("it is from a newer version of FlexIT")
    (found,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if found != "ok":
        raise UnusableDatabase(found)
    columns = {name for _, name, *_ in database.execute("PRAGMA table_info(edits)")}
    if columns and columns != COLUMNS:
        raise UnusableDatabase("it has other columns")


def _beside(path: Path) -> list[Path]:
    """What SQLite has left beside a database."""
    names = (path.with_name(f"{path.name}{end}") for end in BESIDE)
    return [file for file in names if file.exists()]
