"""The texts and settings that were used, newest first, in a file of the user's own."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from .choices import Choices

FILE = "history.json"
DAMAGED = ".damaged"
"""End of the name under which a file is kept that cannot be read."""
MOST = 100
LARGEST = 1 << 20
"""Bytes; a longer file is not one of ours."""


class History:
    """What was asked for before.

    Args:
        folder: where the file lies; made when something is kept.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        found = _read(self._path)
        self._is_damaged = found is None
        """Whether there is a file that is not understood: it is kept under another name."""
        self.entries = found or []
        """Newest first, each pair of texts once."""

    def add(self, choices: Choices) -> None:
        """Keep what is asked for now. A folder that cannot be written to is no reason to fail."""
        texts = (choices.source, choices.target)
        others = [each for each in self.entries if (each.source, each.target) != texts]
        self.entries = [choices, *others][:MOST]
        self._save()

    def clear(self) -> None:
        """Forget all."""
        self.entries = []
        self._save()

    def sources(self) -> list[str]:
        """What was there, newest first, each text once."""
        return list(dict.fromkeys(each.source for each in self.entries if each.source))

    def targets(self) -> list[str]:
        """What it should become, newest first, each text once."""
        return list(dict.fromkeys(each.target for each in self.entries if each.target))

    def _save(self) -> None:
        text = json.dumps([each.as_json() for each in self.entries])
        with suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._is_damaged:
                os.replace(str(self._path), str(self._path) + DAMAGED)
                self._is_damaged = False
            _replace(self._path, text)


def _read(path: Path) -> list[Choices] | None:
    """What is kept; None where something is there, and cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            return None
        kept = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(kept, list):
        return None
    entries = [Choices.from_json(each) for each in kept]
    return [each for each in entries if each.target][:MOST]


def _replace(path: Path, text: str) -> None:
    """Write a file, 0600, that is whole at every moment."""
    number, name = tempfile.mkstemp(dir=str(path.parent), prefix=path.name)
    try:
        with open(number, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, str(path))
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
