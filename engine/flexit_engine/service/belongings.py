"""The files a running engine cannot do without, and whether they are still its own."""

from __future__ import annotations

import os
from pathlib import Path

Identity = tuple[int, int]


class Belongings:
    """Files and folders as they were when the engine began.

    What was removed, moved away or replaced is lost: the engine would go on with files that nobody
    else can see, while another one begins in their place.
    """

    def __init__(self, *paths: Path) -> None:
        self._seen = {path: _identity(path) for path in paths}

    def lost(self) -> list[Path]:
        """Which of them are not what they were."""
        return [path for path, was in self._seen.items() if was is None or _identity(path) != was]


def _identity(path: Path) -> Identity | None:
    try:
        about = os.stat(path)
    except OSError:
        return None
    return about.st_dev, about.st_ino
