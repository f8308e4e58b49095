"""Folders and files that nobody but their owner can read, and that are never trusted otherwise."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flexit_engine.errors import StorageError
from flexit_engine.ownership import Names, foreign_in, has_only, is_stamped, stamp

FOLDER_MODE = 0o700
FILE_MODE = 0o600


def make_data_folder(data: Path) -> None:
    """Make a data folder of mode 0700, or take an empty one, or one that is ours already.

    Raises:
        StorageError: it cannot be made, has something else in it, or belongs to somebody else.
    """
    with _in_words(data):
        if data.is_dir() and (other := foreign_in(data)) is not None:
            name = str(other.relative_to(data))
            raise StorageError(
                f"The folder {str(data)!r} has something else in it, such as {name!r}.",
                "Name an empty folder, or one to be made, with FLEXIT_DATA.",
            )
    make_private_folder(data, ours=lambda _: True)


def make_private_folder(path: Path, ours: Names = lambda _: False) -> None:
    """Make a folder of mode 0700 with its parents.

    An existing one is given that mode if it is ours: if it is stamped, or is empty, or has nothing
    in it but what is ours.

    Args:
        path: the folder.
        ours: whether a name is one that we give there.

    Raises:
        StorageError: it cannot be made, is no folder, or belongs to somebody else.
    """
    with _in_words(path):
        path.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        about = path.stat()
        if not _is_ours(about):
            raise StorageError(
                f"The folder {str(path)!r} belongs to somebody else.",
                "Name another one with FLEXIT_DATA.",
            )
        is_taken = is_stamped(path) or has_only(path, ours)
        if is_taken and stat.S_IMODE(about.st_mode) != FOLDER_MODE:
            path.chmod(FOLDER_MODE)
        if is_taken and not is_stamped(path):
            stamp(path)


def write_private(path: Path, text: str, *, durable: bool = True) -> None:
    """Write a file of mode 0600 whole or not at all; what had the name before is replaced.

    Args:
        path: its name.
        text: what is in it afterwards.
        durable: whether it is there even if the machine loses its power at once, which takes long.

    Raises:
        StorageError: there is no room, no right, or a folder of that name.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.part")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        with os.fdopen(os.open(temporary, flags, FILE_MODE), "w", encoding="utf-8") as file:
            file.write(text)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise storage_error(path, error) from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_private(path: Path) -> bytes | None:
    """What is in an ordinary file of our own; never waits for a pipe, never follows a link.

    Returns:
        None where there is no such file, it is somebody else's, or cannot be read.
    """
    try:
        with os.fdopen(open_private(path, os.O_RDONLY), "rb") as file:
            return file.read()
    except OSError:
        return None


def open_private(path: str | os.PathLike[str], flags: int) -> int:
    """Open an ordinary file of our own, as an `opener` for `open`; a new one has mode 0600.

    Raises:
        OSError: it is a link, a folder, a pipe, or somebody else's; or the system's reason.
    """
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, FILE_MODE)
    about = os.fstat(descriptor)
    if not (stat.S_ISREG(about.st_mode) and _is_ours(about)):
        os.close(descriptor)
        raise PermissionError(1, "it is not an ordinary file of yours", os.fspath(path))
    if sys.platform != "win32" and stat.S_IMODE(about.st_mode) & 0o077:
        os.fchmod(descriptor, FILE_MODE)
    return descriptor


def storage_error(path: Path, error: Exception) -> StorageError:
    """The system's reason why something cannot be written, in a sentence with a way out."""
    reason = getattr(error, "strerror", None) or str(error)
    return StorageError(
        f"The engine cannot use {str(path)!r}: {reason}.",
        "Make room or mend its rights, or name another folder with FLEXIT_DATA.",
    )


@contextmanager
def _in_words(path: Path) -> Iterator[None]:
    """Say in words why a folder cannot be used."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise storage_error(path, error) from None


def _is_ours(about: os.stat_result) -> bool:
    # Windows keeps what is in the user's own folder from others by itself.
    return sys.platform == "win32" or about.st_uid == os.geteuid()
