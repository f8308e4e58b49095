"""How an engine is found: the data folder, the discovery file in it, and the lock of the only one.

The discovery file says where the engine is; whether one lives, only the lock knows for certain: the
operating system drops it with the process, however that ends. The folder itself is locked as well,
since the lock's file can be removed, and locked anew by another engine.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from filelock import FileLock, Timeout
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from flexit_engine.errors import AlreadyRunning
from flexit_engine.folders import DATA_VARIABLE as DATA_VARIABLE
from flexit_engine.folders import data_folder as data_folder
from flexit_engine.isolation import python_words
from flexit_engine.service.private import (
    FILE_MODE,
    make_data_folder,
    read_private,
    storage_error,
    write_private,
)

if sys.platform != "win32":
    import fcntl

DISCOVERY = "engine.json"
COMMAND = "command.json"
LOCK = "engine.lock"
SOCKET = "engine.sock"
LOGS = "logs"

LOCK_PATIENCE = 0.5
"""Seconds: `flexit stop` holds the lock for a moment to see whether anybody else does."""


class Address(BaseModel):
    """Where a running engine is, and what one has to show it; the content of `engine.json`."""

    model_config = ConfigDict(frozen=True)

    protocol: int
    version: str
    pid: int = Field(gt=0)
    token: str = Field(min_length=1, repr=False)
    socket: Path | None = None
    """Its Unix socket."""
    port: int | None = Field(None, ge=1, le=65535)
    """Its port on 127.0.0.1."""
    log: Path


def publish(data: Path, address: Address) -> None:
    """Let others find this engine.

    Raises:
        StorageError: the discovery file cannot be written.
    """
    write_private(data / DISCOVERY, json.dumps(address.model_dump(mode="json")))


def is_published(data: Path, address: Address) -> bool:
    """Whether others can find this engine."""
    return _read(data) == address


def withdraw(data: Path, address: Address) -> None:
    """Remove the discovery file, unless it has become another engine's."""
    found = _read(data)
    if found is not None and found.token == address.token:
        with suppress(OSError):
            (data / DISCOVERY).unlink()


def discover(data: Path) -> Address | None:
    """The address of the engine of a data folder.

    Returns:
        None where there is none, the discovery file cannot be read, or its process is gone.
        The engine found need not answer: its process id may meanwhile be another program's.
    """
    address = _read(data)
    return address if address is not None and is_alive(address.pid) else None


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that nobody has collected yet does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True


def record_command(data: Path) -> None:
    """Write down how this engine was started, so that an editor can start it again.

    Raises:
        StorageError: the file cannot be written.
    """
    write_private(data / COMMAND, json.dumps(python_words(sys.executable, "flexit_engine")))


@contextmanager
def only_instance(data: Path) -> Iterator[None]:
    """Be the only engine of a data folder, which is made if need be, for the length of the block.

    Whoever gets in finds the discovery file and the socket of a killed engine removed: so a
    discovery file beside a held lock is its holder's.

    Raises:
        AlreadyRunning: another one lives.
        StorageError: the folder cannot be used.
    """
    make_data_folder(data)
    lock = FileLock(data / LOCK, mode=FILE_MODE)
    try:
        lock.acquire(timeout=LOCK_PATIENCE)
    except Timeout:
        raise _already_running() from None
    except OSError as error:
        raise storage_error(data / LOCK, error) from None
    try:
        with _locked(data):
            _remove_leftovers(data)
            yield
    finally:
        lock.release()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder, where the system has such locks.

    Raises:
        AlreadyRunning: somebody else holds it.
    """
    if sys.platform == "win32":  # where nobody can remove a locked file
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise _already_running() from None
    except OSError:  # a network's file system
        pass
    try:
        yield
    finally:
        os.close(descriptor)


def _already_running() -> AlreadyRunning:
    return AlreadyRunning(
        "An engine is running already.", "Use that one, or end it with `flexit stop`."
    )


def _remove_leftovers(data: Path) -> None:
    with suppress(OSError):  # what is not ours to remove is met, and told, at its use
        (data / DISCOVERY).unlink()
    with suppress(OSError):
        if (data / SOCKET).is_socket():
            (data / SOCKET).unlink()


def _read(data: Path) -> Address | None:
    try:
        return Address.model_validate_json(read_private(data / DISCOVERY) or b"")
    except ValidationError:
        return None
