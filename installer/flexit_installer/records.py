"""Which weight files were found right, so that one need not read gigabytes again to know it."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, TypeAdapter, ValidationError

from flexit_engine.networks.profiles import sha256
from flexit_installer.files import replace_bytes

NAME = "verified.json"


class Record(BaseModel):
    """A file as it was when it was found right."""

    sha256: str
    size: int
    mtime_ns: int


_RECORDS = TypeAdapter(dict[str, Record])


def record(path: Path, digest: str | None = None) -> None:
    """Remember that a file is right.

    Args:
        path: the file.
        digest: its SHA-256 where that is known.
    """
    about = path.stat()
    new = Record(sha256=digest or sha256(path), size=about.st_size, mtime_ns=about.st_mtime_ns)
    _write(path.parent, {**_read(path.parent), path.name: new})


def recorded_hash(path: Path) -> str | None:
    """The SHA-256 a file had when it was found right; None where it never was."""
    known = _read(path.parent).get(path.name)
    return known.sha256 if known else None


def is_unchanged(path: Path) -> bool:
    """Whether a file was found right, and nobody has written it since."""
    known = _read(path.parent).get(path.name)
    with suppress(OSError):
        about = path.stat()
        return known is not None and (known.size, known.mtime_ns) == (
            about.st_size,
            about.st_mtime_ns,
        )
    return False


def doubt(path: Path) -> None:
    """Remember that a file has been found wrong; what it was when it was right stays known."""
    if known := _read(path.parent).get(path.name):
        doubted = known.model_copy(update={"mtime_ns": 0})
        _write(path.parent, {**_read(path.parent), path.name: doubted})


def forget(path: Path) -> None:
    """Remember nothing of a file that is gone."""
    others = {name: each for name, each in _read(path.parent).items() if name != path.name}
    if others:
        _write(path.parent, others)
    else:
        (path.parent / NAME).unlink(missing_ok=True)


def _read(folder: Path) -> dict[str, Record]:
    try:
        return _RECORDS.validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError):
        return {}


def _write(folder: Path, records: dict[str, Record]) -> None:
    values = {name: each.model_dump() for name, each in sorted(records.items())}
    replace_bytes(folder / NAME, json.dumps(values, indent=1).encode())
