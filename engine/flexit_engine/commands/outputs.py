"""Where results go: checked before the costly work, and never over an input."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Sequence
from pathlib import Path

from flexit_engine.errors import OutputError


def numbered(path: Path, count: int) -> list[Path]:
    """Names for several variants: `dog.png` itself, or `dog-1.png`, `dog-2.png` and so on.

    Raises:
        OutputError: the path has no file name that could be numbered.
    """
    if count == 1:
        return [path]
    if not path.name:
        raise OutputError(f"{str(path)!r} is not a file name.", "Name the result.")
    return [path.with_stem(f"{path.stem}-{number}") for number in range(1, count + 1)]


def unfinished(path: Path, step: int) -> Path:
    """A name for a result that stopped early, not taken yet: `dog.step-096.png`."""
    stem = f"{path.stem}.step-{step:03}"
    candidate, number = path.with_stem(stem), 1
    while os.path.lexists(candidate):
        number += 1
        candidate = path.with_stem(f"{stem}-{number}")
    return candidate


def check_outputs(outputs: Sequence[Path], inputs: Sequence[Path], force: bool) -> None:
    """Make sure that results can be written where they should go, and that nothing is lost.

    Args:
        outputs: all files that will be written.
        inputs: files that must not be touched, whatever the user allows.
        force: whether existing files may be replaced.

    Raises:
        OutputError: says which one cannot be written, and why.
    """
    for path in outputs:
        _check_output(path, inputs, force)
    if len({os.path.realpath(path) for path in outputs}) < len(outputs):
        raise OutputError("Two results would have the same name.", "Choose different ones.")
    for folder in {path.parent for path in outputs}:
        check_folder(folder)


def check_folder(folder: Path) -> None:
    """Make sure that files can be created in a folder.

    Raises:
        OutputError: there is no such folder, or it is read-only or full.
    """
    if not folder.is_dir():
        raise OutputError(f"There is no folder {str(folder)!r}.", "Make it, or choose another one.")
    try:
        # Permission bits know nothing of read-only media and full disks: only trying tells.
        with tempfile.TemporaryFile(dir=folder) as probe:
            probe.write(bytes(1))
    except (OSError, ValueError) as error:
        raise OutputError(
            f"Nothing can be written in the folder {str(folder)!r}: {reason(error)}.",
            "Choose another one.",
        ) from None


def reason(error: Exception) -> str:
    """The system's own words for what went wrong, without the number and the path."""
    return getattr(error, "strerror", None) or str(error)


def _check_output(path: Path, inputs: Sequence[Path], force: bool) -> None:
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return
    except (OSError, ValueError) as error:
        raise OutputError(f"{str(path)!r} cannot be a file: {reason(error)}.") from None
    if any(_same_file(path, other) for other in inputs):
        raise OutputError(
            f"The result {str(path)!r} would replace the picture it is made from.",
            "Choose another name.",
        )
    if not (stat.S_ISREG(mode) or stat.S_ISLNK(mode)):
        raise OutputError(f"The result {str(path)!r} would replace what is not a file.")
    if not force:
        raise OutputError(
            f"There is a file {str(path)!r} already.",
            "Choose another name, or replace it with --force.",
        )


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return False
