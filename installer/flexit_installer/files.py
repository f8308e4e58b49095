"""Files and folders that appear whole or not at all, and folders that know who made them."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import stat
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from flexit_engine.errors import InstallError

PART = ".flexit-part-"
"""Start of the name of what is not finished; what a killed installer left is found by it."""
_PARTS = re.compile(rf"{re.escape(PART)}(old-)?[0-9a-f]{{8}}")
"""The whole name: what only begins like it is somebody else's."""


def replace_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; it keeps the rights it had.

    Raises:
        InstallError: it cannot be written.
    """
    path = path.resolve()  # a link stays one
    part = path.with_name(f"{PART}{secrets.token_hex(4)}")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            part.chmod(stat.S_IMODE(path.stat().st_mode))
        os.replace(part, path)
    except OSError as error:
        raise cannot_write(path, error) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def missing_parents(path: Path) -> list[Path]:
    """The folders that would have to be made for `path`, the innermost first."""
    return [folder for folder in path.parents if not folder.exists()]


def remove_if_empty(folders: Iterable[Path]) -> None:
    """Remove those of the folders that have nothing in them, the innermost first."""
    for folder in sorted(folders, key=lambda folder: len(folder.parts), reverse=True):
        with suppress(OSError):
            folder.rmdir()


def remove_tree(path: Path) -> None:
    """Remove a folder of ours with all that is in it, or a file; none is fine.

    Raises:
        InstallError: something in it cannot be removed.
    """
    try:
        if path.is_symlink() or path.is_file():
            path.unlink()
        elif path.exists():
            shutil.rmtree(path)
    except OSError as error:
        raise cannot_write(Path(error.filename or path), error) from None


def sweep(folder: Path) -> None:
    """Remove what a killed installer has left unfinished in a folder."""
    for path in parts_in(folder):
        remove_tree(path)


def parts_in(folder: Path) -> list[Path]:
    """What a killed installer has left unfinished in a folder."""
    there = folder.iterdir() if folder.is_dir() else ()
    return sorted(path for path in there if _PARTS.fullmatch(path.name))


def sha256_of(content: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def sha256_of_file(path: Path) -> str | None:
    """SHA-256 of a file's content; None where there is no such file."""
    try:
        return sha256_of(path.read_bytes())
    except OSError:
        return None


def tree_bytes(folder: Path) -> int:
    """How much the files below a folder take."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += os.lstat(os.path.join(place, name)).st_size
    return total


def free_bytes(folder: Path) -> int:
    """How much room there is where a folder is, or will be."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def cannot_read(path: Path, error: OSError) -> InstallError:
    """The system's reason in a sentence."""
    reason = error.strerror or str(error)
    return InstallError(
        f"{str(path)!r} cannot be read: {reason}.", "Mend its rights, and run it again."
    )


def cannot_write(path: Path, error: OSError) -> InstallError:
    """The system's reason in a sentence."""
    reason = error.strerror or str(error)
    hint = "Make room or mend its rights, and run it again."
    if sys.platform == "win32":
        hint = "Close the program that uses it, make room or mend its rights, and run it again."
    return InstallError(f"{str(path)!r} cannot be written: {reason}.", hint)
