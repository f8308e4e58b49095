"""Colour words in a text, and what is left of it without them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from flexit_engine.vocabulary.dictionary import Dictionary
from flexit_engine.vocabulary.spelling import is_unspaced

LONGEST = 3
"""Words in the name of a colour: `bleu très clair`."""

DECLINED = ("em", "en", "er", "es", "e")
JOINING = ("色の", "色的", "色い", "い", "の", "的", "色", "")
"""What stands between a Chinese or Japanese colour and its thing."""

COLOUR_ITSELF = frozenset({"colour", "color", "coloured", "colored", "farbe", "couleur", "de"})


class Coloured(NamedTuple):
    """A text without one colour, and the language that the colour is said in."""

    colour: str
    rest: str
    language: str


class Colours:
    """Finds colour words by the tables."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self.name = lru_cache(maxsize=4096)(self._name)

    def _name(self, text: str, preferred: str | None = None) -> tuple[str, str]:
        """The basic colour term a clean text says and its language; empty where it is none."""
        for language in self.dictionary.order(text, preferred):
            endings = DECLINED if language == "de" else ()
            forms = [text, *(text[: -len(end)] for end in endings if text.endswith(end))]
            for form in forms:
                for reading in self.dictionary.read(form, language):
                    if reading.sense.is_colour:
                        return reading.sense.key.removeprefix("c:"), language
        return "", ""

    def split(self, text: str, preferred: str | None = None) -> Iterator[Coloured]:
        """Every way to take one colour off a clean text: from its front, its end, its middle."""
        if is_unspaced(text):
            yield from self._split_unspaced(text.replace(" ", ""), preferred)
            return
        words = text.split()
        for length in range(min(LONGEST, len(words) - 1), 0, -1):
            places = range(len(words) - length + 1)
            for place in sorted(places, key=lambda place: (place > 0, -place)):
                part = " ".join(words[place : place + length])
                colour, language = self.name(part, preferred)
                if colour:
                    rest = words[:place] + words[place + length :]
                    rest = [word for word in rest if word not in COLOUR_ITSELF] or rest
                    yield Coloured(colour, " ".join(rest), language)

    def _split_unspaced(self, text: str, preferred: str | None) -> Iterator[Coloured]:
        for length in range(min(len(text) - 1, 8), 0, -1):
            colour, language = self.name(text[:length], preferred)
            if colour:
                rest = text[length:]
                for joining in JOINING:
                    if rest.startswith(joining) and len(rest) > len(joining):
                        yield Coloured(colour, rest[len(joining) :], language)
                        break
