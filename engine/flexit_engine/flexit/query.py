"""What is there and what it should become: weighted texts. Imports no torch."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from flexit_engine.errors import TextError

MAX_CHARACTERS = 1000
MAX_WEIGHT = 1000.0
SEPARATORS = re.compile("[,，、]")
"""Commas, Chinese and Japanese ones too."""

JOINERS = "\u200c\u200d"
"""They hold emoji and some scripts' letters together."""

WEIGHTED = re.compile(r"^(?P<text>.*\S)\s*[:：]\s*(?P<weight>\d+(\.\d*)?|\.\d+)$", re.DOTALL)


class WeightedText(NamedTuple):
    """One of the texts on a side of the query, and its share."""

    text: str
    weight: float


class Query(NamedTuple):
    """What is there and what it should become; no source texts mean λ_S = 0."""

    source: Sequence[WeightedText]
    target: Sequence[WeightedText]


class Reading(NamedTuple):
    """A query in each network's own words.

    A network that does not know what is asked for stays out: no query, no weight.
    """

    queries: Sequence[Query | None]
    """One for each network."""
    weights: Sequence[float]
    """The networks' shares in the mean of Eq. 2; they add up to 1."""
    understood: Sequence[str] = ()
    """What texts were taken for where that is worth saying, as `dog → Chihuahua`."""


def read_alike(query: Query, count: int) -> Reading:
    """The same texts for each of `count` networks, which all count the same."""
    return Reading([query] * count, [1 / count] * count)


def parse_query(source: str, target: str) -> Query:
    """Read both sides of a query.

    Raises:
        TextError: as `parse_texts`, or there is no target.
    """
    query = Query(parse_texts(source), parse_texts(target))
    if not query.target:
        raise TextError("It is not said what the picture should become.", "Type a target text.")
    return query


def parse_texts(query: str) -> list[WeightedText]:
    """Read `cat`, `cat, animal`, `猫、犬` or `dog:0.7, wolf:0.3`; nothing gives an empty list.

    No-break and ideographic spaces are spaces; soft hyphens and other unseen marks are dropped.

    Raises:
        TextError: the query is too long, holds control characters, or its weights are out of range.
    """
    if len(query) > MAX_CHARACTERS:
        raise TextError(
            f"The text has {len(query)} characters, more than {MAX_CHARACTERS}.",
            "Say it in a few words.",
        )
    query = "".join(map(_as_typed, query))
    if not all(character.isprintable() or character in JOINERS for character in query):
        raise TextError("The text holds control characters.", "Type it again without them.")
    parts = [" ".join(part.split()) for part in SEPARATORS.split(query)]
    texts = [_parse_weight(part) for part in parts if part]
    if not all(0 < item.weight <= MAX_WEIGHT for item in texts):
        raise TextError(
            f"A text's weight must be above 0 and at most {MAX_WEIGHT:.0f}.",
            "Write it as in «dog:0.7, wolf:0.3».",
        )
    return texts


def _as_typed(character: str) -> str:
    """A character as the user sees it: whatever space it is, a space; unseen marks are nothing."""
    if character in "\t\n" or unicodedata.category(character) in ("Zs", "Zl", "Zp"):
        return " "
    unseen = unicodedata.category(character) == "Cf" and character not in JOINERS
    return "" if unseen else character


def _parse_weight(part: str) -> WeightedText:
    match = WEIGHTED.match(part)
    if match is None:
        return WeightedText(part, 1.0)
    return WeightedText(match["text"], float(match["weight"]))
