"""One process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from flexit_engine.errors import InstallError
from flexit_installer.files import cannot_write


@contextmanager
def alone(lock_file: Path, message: str, hint: str) -> Iterator[None]:
    """Be the only one that holds a lock for the length of a block; its file is gone afterwards.

    Args:
        lock_file: the file, in a folder that is there.
        message: what to say where another one holds it.
        hint: what to do then.

    Raises:
        InstallError: another one does, or the folder cannot be written.
    """
    lock = FileLock(lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise InstallError(message, hint) from None
    except OSError as error:
        raise cannot_write(lock_file, error) from None
    try:
        yield
    finally:
        with suppress(OSError):  # while it is held: who has opened it sees that it is gone
            lock_file.unlink()
        lock.release()
