"""Letters that lead to a field by Alt: found for any language, so that no two are the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import ascii_lowercase


def with_letters(labels: Mapping[str, str], taken: Iterable[str]) -> dict[str, str]:
    """Labels with an underscore before a letter of their own, as GTK wants them.

    As many as can be get a letter they contain, if possible the first of a word. Where a label has
    none, as in Chinese, it follows in brackets, as is the custom there: `强度(_S)`.

    Args:
        labels: what is read, by an English name for it, whose letters are taken for the brackets.
        taken: labels that have a letter already.
    """
    wishes = {name: _wishes(name, label) for name, label in labels.items()}
    holders = dict.fromkeys(map(letter_of, taken))
    for name in labels:
        _find_letter(name, wishes, holders, set())
    letters = {name: letter for letter, name in holders.items() if name is not None}
    return {name: _marked(label, letters.get(name, "")) for name, label in labels.items()}


def letter_of(label: str) -> str:
    """The letter after the underscore, small; empty where there is none."""
    place = label.replace("__", "  ").find("_") + 1
    return label[place : place + 1].lower() if place else ""


def _find_letter(
    name: str, wishes: Mapping[str, str], holders: dict[str, str | None], asked: set[str]
) -> bool:
    """Give one its best letter; whoever has it looks for another (an augmenting path).

    Args:
        name: who looks for a letter.
        wishes: the letters that would do, the best first.
        holders: who has which letter, None: GIMP. Changed only where one is found.
        asked: letters that were asked for on the way here.
    """
    free = [letter for letter in wishes[name] if letter not in holders]
    if free:
        holders[free[0]] = name
        return True
    for letter in wishes[name]:
        holder = holders[letter]
        if holder is None or letter in asked:
            continue
        asked.add(letter)
        if _find_letter(holder, wishes, holders, asked):
            holders[letter] = name
            return True
    return False


def _wishes(name: str, label: str) -> str:
    starts = re.findall(r"\b[A-Za-z]", label)
    others = re.findall(r"[A-Za-z]", label)
    letters = [*starts, *others] or [*name, *ascii_lowercase]
    return "".join(dict.fromkeys(letter.lower() for letter in letters))


def _marked(label: str, letter: str) -> str:
    escaped = label.replace("_", "__")
    if not letter:
        return escaped
    found = re.search(rf"\b{letter}", escaped, re.IGNORECASE) or re.search(
        letter, escaped, re.IGNORECASE
    )
    if found is None:
        return f"{escaped}(_{letter.upper()})"
    return f"{escaped[: found.start()]}_{escaped[found.start() :]}"
