"""Letters that lead to a field by Alt: found for any language, so that no two are the same."""

from __future__ import annotations

import re
from collections.abc import Iterable


class Mnemonics:
    """Gives each label a letter of its own.

    Args:
        taken: labels that have one already.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = {letter_of(label) for label in taken}

    def add(self, label: str) -> str:
        """A label with an underscore before its letter; as it is where none is free."""
        escaped = label.replace("_", "__")
        starts = [found.start() for found in re.finditer(r"\b[A-Za-z]", escaped)]
        others = [found.start() for found in re.finditer(r"[A-Za-z]", escaped)]
        for place in (*starts, *others):
            letter = escaped[place].lower()
            if letter not in self._taken:
                self._taken.add(letter)
                return f"{escaped[:place]}_{escaped[place:]}"
        return escaped


def letter_of(label: str) -> str:
    """The letter after the underscore, small; empty where there is none."""
    place = label.replace("__", "  ").find("_") + 1
    return label[place : place + 1].lower() if place else ""
