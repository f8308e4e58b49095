"""The words of a text as the drawn encoders read them: English, their order ignored."""

from __future__ import annotations

import re
from collections.abc import Container

SILENT = frozenset({"a", "an", "the", "of", "with", "in", "on", "and", "picture", "photo"})
"""Words that say nothing about what is seen, and are skipped."""


def split_words(text: str) -> list[str]:
    """Lower-case words of a text, silent ones left out: `A red-brown Fox` -> red brown fox."""
    words = re.findall(r"[^\W_]+", text.lower().replace("’", "").replace("'", ""))
    return [word for word in words if word not in SILENT]


def bag(text: str) -> str:
    """One spelling for all texts of the same words: `racket and ball` -> ball racket."""
    return " ".join(sorted(split_words(text)))


def singulars(word: str) -> list[str]:
    """What an English plural may be the plural of, best guess first."""
    guesses = []
    if word.endswith("ies"):
        guesses.append(word[:-3] + "y")
    if word.endswith("ves"):
        guesses += [word[:-3] + "f", word[:-3] + "fe"]
    if word.endswith("es"):
        guesses.append(word[:-2])
    if word.endswith("s"):
        guesses.append(word[:-1])
    return guesses


def learned_form(word: str, learned: Container[str]) -> str | None:
    """The learned form of a word: itself, its singular or its plural."""
    forms = [word, *singulars(word), word + "s", word + "es"]
    return next((form for form in forms if form in learned), None)


def all_learned(text: str, learned: Container[str]) -> bool:
    """Whether a text has words, and each of them was learned."""
    words = split_words(text)
    return bool(words) and all(learned_form(word, learned) is not None for word in words)
