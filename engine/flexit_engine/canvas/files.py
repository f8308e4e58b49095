"""Names of files that results can have, and writing them whole or not at all.

Imports neither numpy nor libvips: `flexit edit` through an engine needs no more than this.
"""

from __future__ import annotations

import os
import secrets
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


def write_whole(target: Path, data: bytes) -> None:
    """Write beside the target, then rename: there is never half a file under its name.

    Raises:
        OutputError: no right or no room to write.
    """
    temporary = target.with_name(f".flexit-{secrets.token_hex(8)}.part")
    try:
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except OSError as error:
        raise OutputError(
            f"{target.name!r} cannot be written: {error.strerror}.",
            "Make room, or choose another folder.",
        ) from None
    finally:
        temporary.unlink(missing_ok=True)
