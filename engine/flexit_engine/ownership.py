"""Which folders are ours: each that we make has a stamp in it.

Where there is none, rights stay as they are, and nothing is swept or removed.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

STAMP = ".made-by-flexit"
WORDS = """\
FlexIT made this folder, or was given it empty.
What FlexIT has put here goes when FlexIT is uninstalled; whatever else is here stays.
"""

Names = Callable[[str], object]
"""Whether a name is one that we give, in a certain folder."""

EDITS: Names = re.compile(r"[0-9a-f]{24}(\.part)?").fullmatch
"""An edit's id; of one that is not kept yet, or not any more, with an end."""
LOGS: Names = re.compile(r"engine\.jsonl(\.\d+)?|startup\.log|room").fullmatch
ASIDE: Names = re.compile(r"20\d\d-\d\d-\d\d-.+").fullmatch
FILES: Names = re.compile(
    r"engine\.(json|lock|sock)|command\.json|login-task\.xml|install\.(json|lock)"
    r"|edits\.sqlite(-wal|-shm|-journal)?|\..+\.[0-9a-f]{16}\.part"
).fullmatch
"""Files in a data folder."""
MARKS = ("install.json", "engine.lock", "command.json")
"""Files of FlexIT's by which a data folder is known that was made before there were stamps."""
INSIDE: dict[str, Names] = {"edits": EDITS, "logs": LOGS, "set-aside": ASIDE}
"""Folders in a data folder that may have lost their stamps, and what is in them."""
_NOT_ASKED_FOR = (".", "lost+found")
"""Start of the names of what desktops and file systems put anywhere."""


def stamp(folder: Path) -> None:
    """Make a folder known as ours.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / STAMP
    with open(
        path, "w", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)
    ) as file:
        file.write(WORDS)


def is_stamped(folder: Path) -> bool:
    """Whether a folder is known as ours."""
    return (folder / STAMP).is_file()


def is_data_folder(data: Path) -> bool:
    """Whether a folder is a data folder of ours."""
    return is_stamped(data) or any((data / name).is_file() for name in MARKS)


def foreign_in(data: Path) -> Path | None:
    """The first thing in a folder that is not FlexIT's, where it is no data folder of ours yet."""
    return None if is_data_folder(data) else next(_foreign(data), None)


def has_only(folder: Path, ours: Names) -> bool:
    """Whether there is nothing in a folder besides what has names of ours."""
    return all(ours(path.name) or path.name == STAMP for path in folder.iterdir())


def ours_in(folder: Path, ours: Names) -> list[Path]:
    """What of a folder may go: all of it where it is ours and nothing else is in it.

    Returns:
        The folder, else what in it has names of ours; nothing where it has no stamp.
    """
    if not is_stamped(folder):
        return []
    found = sorted(path for path in folder.iterdir() if ours(path.name))
    return [folder] if found and has_only(folder, ours) else found


def is_bare(folder: Path) -> bool:
    """Whether a folder is ours and has nothing in it."""
    return is_stamped(folder) and has_only(folder, lambda _: False)


def remove_if_bare(folder: Path) -> None:
    """Remove a folder of ours that has nothing in it."""
    with suppress(OSError):
        if is_bare(folder):
            (folder / STAMP).unlink()
            folder.rmdir()


def _foreign(data: Path) -> Iterator[Path]:
    for path in sorted(data.iterdir()):
        known = path.is_dir() and (is_stamped(path) or path.name in INSIDE)
        if known and not is_stamped(path):
            yield from (each for each in sorted(path.iterdir()) if not INSIDE[path.name](each.name))
        elif not known and not FILES(path.name) and not path.name.startswith(_NOT_ASKED_FOR):
            yield path
