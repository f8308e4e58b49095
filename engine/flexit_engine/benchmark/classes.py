"""ImageNet's thousand classes and the words that people type for several of them, as labels.

A class has its own number as id; a word such as `cat`, which names all five, follows after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from flexit_engine.benchmark.imagenet import read_table
from flexit_engine.benchmark.queries import Label

CLASSES = Path(__file__).with_name("classes.csv")
GROUPS = Path(__file__).with_name("groups.csv")
COUNT = 1000
WORDNET = "WordNet: "
"""Begins the names of its clusters."""
WORDS = "words: "
"""Begins the names of clusters of words for several classes."""


@lru_cache
def class_names() -> tuple[str, ...]:
    """What each class is called."""
    return tuple(row["name"] for row in read_table(CLASSES))


def read_labels() -> dict[int, Label]:
    """All classes by number, then the words for several of them.

    A class is in the paper's clusters, where it is one of its 273, and in small groups of WordNet;
    a word is in a cluster of such words.
    """
    paper = {int(row["id"]): row for row in read_table()}
    labels = {}
    for row in read_table(CLASSES):
        number = int(row["id"])
        known = paper.get(number, {"clusters": "", "group": "others"})
        near = (WORDNET + name for name in _parts(row["near"]))
        clusters = (*_parts(known["clusters"]), *near)
        labels[number] = Label(number, row["name"], clusters, known["group"])
    for number, row in enumerate(read_table(GROUPS), start=COUNT):
        members = tuple(_numbers(row["classes"]))
        clusters = (WORDS + row["cluster"],)
        labels[number] = Label(number, row["name"], clusters, "words", members)
    return labels


@lru_cache
def class_words() -> Mapping[str, int]:
    """Label of each name of a class, folded; of two with one name the one the paper means."""
    paper = {folded(row["name"]): int(row["id"]) for row in read_table()}
    return _words(enumerate(read_table(CLASSES))) | paper


@lru_cache
def group_words() -> Mapping[str, int]:
    """Label of each word for several classes, and of what else tables of pictures call them."""
    return _words(enumerate(read_table(GROUPS), start=COUNT))


def folded(word: str) -> str:
    """A name however it is written: `Maine_Coon` and `maine coon` are one."""
    return word.replace("_", " ").strip().casefold()


def _words(rows: Iterable[tuple[int, dict[str, str]]]) -> dict[str, int]:
    known = list(rows)
    found = {folded(row["name"]): number for number, row in known}
    for number, row in known:
        for word in _parts(row["also"]):
            found.setdefault(folded(word), number)
    return found


def _parts(text: str) -> list[str]:
    return text.split(";") if text else []


def _numbers(text: str) -> list[int]:
    """`3 5-7` as 3, 5, 6, 7."""
    spans = [span.split("-") for span in text.split()]
    return [number for span in spans for number in range(int(span[0]), int(span[-1]) + 1)]
