"""Looking for weight files in a folder by what they are, not by what they are called."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import urlsplit

from flexit_engine.errors import WeightsError
from flexit_engine.networks.profiles import WeightFile
from flexit_installer.files import PART, cannot_write
from flexit_installer.language import _
from flexit_installer.partial import BLOCK, most_bytes
from flexit_installer.progress import Meter, Tell


class Found(NamedTuple):
    """What a search has found."""

    files: dict[str, Path]
    """By the name in the profile."""
    impostors: list[Path]
    """Files that have the name of one that is missing, and other contents."""
    misfits: list[str]
    """Sentences on those that have its name, and a size that it cannot have."""


def find(files: Iterable[WeightFile], folder: Path, tell: Tell) -> Found:
    """Look through a folder, and all below, for these files.

    A file without a published SHA-256 is found by its name alone.

    Raises:
        WeightsError: there is no such folder.
    """
    if not folder.is_dir():
        raise WeightsError(f"There is no folder {str(folder)!r}.", "Is the stick plugged in?")
    there, hashes = list(_all_files(folder)), dict[Path, str]()
    found, impostors, misfits = dict[str, Path](), list[Path](), list[str]()
    for file in files:
        for path in sorted(there, key=lambda path: path.name not in _names(file)):
            if not _may_be(file, path):
                misfits += [_misfit(file, path)] if path.name in _names(file) else []
                continue
            if file.sha256 is not None:
                if path not in hashes:
                    hashes[path] = _hash(path, tell)
                if hashes[path] != file.sha256:
                    impostors += [path] if path.name in _names(file) else []
                    continue
            found[file.name] = path
            break
    impostors = [path for path in dict.fromkeys(impostors) if path not in found.values()]
    return Found(found, impostors, misfits)


def copy_checked(source: Path, target: Path, sha256: str | None, tell: Tell) -> None:
    """Copy a file; the copy gets its name only if it is right.

    Raises:
        WeightsError: other bytes arrived than were read before.
        InstallError: the disk does not take it.
    """
    part = target.with_name(f"{PART}{secrets.token_hex(4)}")
    digest, done = hashlib.sha256(), 0
    try:
        task, size = _("copying {name}").format(name=target.name), source.stat().st_size
        meter = Meter(task, size, tell)
        with source.open("rb") as reader, part.open("xb") as writer:
            while done <= size and (block := reader.read(BLOCK)):
                writer.write(block)
                digest.update(block)
                done += len(block)
                meter.reach(done)
            writer.flush()
            os.fsync(writer.fileno())
        if sha256 is not None and digest.hexdigest() != sha256:
            raise WeightsError(f"{source.name!r} cannot be read twice alike: it is damaged.")
        os.replace(part, target)
    except OSError as error:
        raise cannot_write(Path(error.filename or target), error) from None
    finally:
        part.unlink(missing_ok=True)


def _names(file: WeightFile) -> set[str]:
    """What a file may be called: as here, or as at one of its sources."""
    at_sources = {PurePosixPath(urlsplit(source).path).name for source in file.sources}
    return {file.name, *at_sources}


def _may_be(file: WeightFile, path: Path) -> bool:
    """Whether a file can be the one looked for, as far as that shows without reading it."""
    if not _fits(file, path.stat().st_size):
        return False
    if path.name in _names(file):
        return True
    if file.sha256 is None:
        return False
    return file.size is not None or path.suffix == Path(file.name).suffix


def _fits(file: WeightFile, size: int) -> bool:
    return size == file.size if file.size is not None else size <= most_bytes(file.name)


def _misfit(file: WeightFile, path: Path) -> str:
    size, most = path.stat().st_size, most_bytes(file.name)
    due = f"{file.size:,}" if file.size is not None else f"{most:,} at most"
    return f"The file {path.name!r} has {size:,} bytes instead of {due}."


def _all_files(folder: Path) -> Iterator[Path]:
    for place, _folders, names in os.walk(folder):
        for name in sorted(names):
            path = Path(place, name)
            if path.is_file() and not name.endswith((".part", ".part.json")):
                yield path


def _hash(path: Path, tell: Tell) -> str:
    digest, done, size = hashlib.sha256(), 0, path.stat().st_size
    task = _("reading {name}").format(name=path.name)
    meter = Meter(task, size, tell)
    try:
        with path.open("rb") as file:
            while done <= size and (block := file.read(BLOCK)):  # one that grows has no end
                digest.update(block)
                done += len(block)
                meter.reach(done)
    except OSError:  # the stick may have a bad spot
        return ""
    return digest.hexdigest()
