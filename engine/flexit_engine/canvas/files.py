"""Names of files that results can have, and writing them whole or not at all.

Imports neither numpy nor libvips: `flexit edit` through an engine needs no more than this.
"""

from __future__ import annotations

import os
import secrets
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from flexit_engine.errors import OutputError

if TYPE_CHECKING:
    from flexit_engine.canvas.kind import Format

FORMATS: dict[str, Format] = {
    ".jpg": "jpeg",
    ".jpeg": "jpeg",
    ".png": "png",
    ".webp": "webp",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".gif": "gif",
}
"""Format by the file name's suffix."""


def check_output(path: str | os.PathLike[str]) -> None:
    """Find out before the work what would stop `write_picture` afterwards.

    Raises:
        OutputError: no such format, no such folder, or no right to write there.
    """
    name = repr(Path(path).name)
    try:
        target = Path(os.path.realpath(path))
        if target.suffix.lower() not in FORMATS:
            raise OutputError(
                f"{name} has no suffix of a format we write.", f"Use one of {' '.join(FORMATS)}."
            )
        if not target.parent.is_dir():
            raise OutputError(f"There is no folder {str(target.parent)!r}.", "Create it first.")
        if target.exists() and not target.is_file():
            raise OutputError(f"{name} is not an ordinary file.", "Choose another name.")
    except (OSError, ValueError) as error:
        raise OutputError(f"{name} cannot be a file: {error}.", "Choose another name.") from None
    if not os.access(target.parent, os.W_OK | os.X_OK):
        raise OutputError(
            f"The folder {str(target.parent)!r} cannot be written to.", "Choose another folder."
        )


def write_whole(target: Path, data: bytes, *, replace: bool = True) -> Path:
    """Write beside the target, then rename: there is never half a file under its name.

    A file that is replaced leaves its rights, owner and group to the new one.

    Args:
        target: where to write; no link.
        data: the whole file.
        replace: whether a file that is there gives way. Where it does not, or would get another
            owner, it stays, and the new one gets the next free name: `dog-2.png`.

    Returns:
        Where it went.

    Raises:
        OutputError: no right or no room to write.
    """
    temporary = target.with_name(f".flexit-{secrets.token_hex(8)}.part")
    try:
        before = target.stat() if replace and target.exists() else None
        with open(temporary, "xb", opener=_open_new if before is None else _open_private) as file:
            file.write(data)
            replace = replace and (before is None or _take_over(file.fileno(), before))
            file.flush()
            os.fsync(file.fileno())
        if replace:
            os.replace(temporary, target)
            return target
        return _rename_beside(temporary, target)
    except OSError as error:
        raise OutputError(
            f"{target.name!r} cannot be written: {error.strerror}.",
            "Make room, or choose another folder.",
        ) from None
    finally:
        temporary.unlink(missing_ok=True)


def _open_new(path: str, flags: int) -> int:
    return os.open(path, flags, 0o666)


def _open_private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _take_over(descriptor: int, before: os.stat_result) -> bool:
    """Give a new file the owner, group and rights of an old one; whether it could have them."""
    if sys.platform == "win32":  # where a file inherits them from its folder
        return True
    if _owner(os.fstat(descriptor)) != _owner(before):
        try:
            os.fchown(descriptor, *_owner(before))
        except PermissionError:
            return False
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode) & 0o777)
    return True


def _owner(about: os.stat_result) -> tuple[int, int]:
    return about.st_uid, about.st_gid


def _rename_beside(temporary: Path, target: Path) -> Path:
    """Give a file a name that is free: the target's, or one with a number."""
    candidate, number = target, 1
    while not _take(candidate):
        number += 1
        candidate = target.with_stem(f"{target.stem}-{number}")
    os.replace(temporary, candidate)
    return candidate


def _take(path: Path) -> bool:
    """Have a name with an empty file, unless it is somebody else's already."""
    try:
        path.touch(exist_ok=False)
    except FileExistsError:
        return False
    return True
