"""Texts of several words: colours, the thing that is meant, and words that are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from flexit_engine.vocabulary.colours import Colours
from flexit_engine.vocabulary.dictionary import Dictionary, Reading
from flexit_engine.vocabulary.spelling import DETERMINERS, clean, is_unspaced, telling
from flexit_engine.vocabulary.tables import COST

HEAD_LAST = ("en", "de")
"""Languages whose describing words stand before the thing; elsewhere on either side."""

_LINKS = "with in on at under near without mit im auf avec sur dans con en sobre"
LINKS = frozenset(_LINKS.split())
"""The thing stands before them, as before what it does: `a cat sitting`."""

CONTENTS = frozenset({"of", "von"})
"""The thing stands after them: `a cup of coffee`, `a photo of a dog`."""

UNTOLD = DETERMINERS | LINKS | CONTENTS
SHORT_ADJECTIVES = frozenset("小大老新旧胖")
JOINED = re.compile(r" (?:and|und|et|y) |と|和")
MOST_WORDS = 12
SHORTEST_PART = 4
"""Letters of the German noun in which a compound may end."""


class Phrase(NamedTuple):
    """What was found in a text: the head's readings, colours, and the words passed over."""

    readings: tuple[Reading, ...]
    colours: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    compound: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was found."""
        return not (self.readings or self.colours)


class Phrases:
    """Takes texts apart until something is known."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self.colours = Colours(dictionary)

    def read(self, text: str, language: str | None = None) -> Phrase:
        """The whole, or colours and a thing, or a thing with words that say something of it."""
        language = language or telling(text)
        whole = self._whole(text, language)
        if not whole.empty:
            return whole
        cleaned = " ".join(clean(text).split()[:MOST_WORDS])
        for part in (self._all_colours, self._coloured, self._described, self._compound):
            found = part(cleaned, language)
            if not found.empty:
                return found
        return Phrase(())

    def _whole(self, text: str, language: str | None) -> Phrase:
        """A text that stands in the tables, with the colour that it names, if it is one to paint.

        `Black bear` is an animal, `poisson rouge` a goldfish; `red apple` is an apple that is red.
        """
        readings = tuple(self.dictionary.known(text, language))
        things = [reading for reading in readings if not reading.sense.is_colour]
        if things and not any(_is_one_word(reading) for reading in things):
            for coloured in self.colours.split(clean(text), language):
                rest = self._things(coloured.rest, coloured.language)
                if rest:
                    return Phrase(rest, (coloured.colour,))
        return Phrase(readings)

    def _things(self, text: str, language: str | None) -> tuple[Reading, ...]:
        known = self.dictionary.known(text, language)
        if known and known[0].sense.is_colour:
            # Red is a net in Spanish, which nobody means who says it first in English.
            known = [reading for reading in known if reading.language == known[0].language]
        return tuple(reading for reading in known if not reading.sense.is_colour)

    def _coloured(self, text: str, language: str | None, depth: int = 0) -> Phrase:
        """`rotes Auto`, `petit chat noir`: the rest may be described or coloured again."""
        for coloured in self.colours.split(text, language):
            rest = self._things(coloured.rest, coloured.language)
            found = Phrase(rest)
            if found.empty and depth < 2:
                found = self._coloured(coloured.rest, coloured.language, depth + 1)
            if found.empty:
                found = self._described(coloured.rest, coloured.language)
            if found.readings:
                return found._replace(colours=(coloured.colour, *found.colours))
        return Phrase(())

    def _all_colours(self, text: str, language: str | None) -> Phrase:
        """`red and blue`, `dunkelrotes`: nothing but colours."""
        words = [word.strip() for word in JOINED.split(text)]
        names = [self.colours.name(word, language)[0] for word in words]
        return Phrase((), tuple(names)) if all(names) else Phrase(())

    def _described(self, text: str, language: str | None) -> Phrase:
        """A thing with words of which only it is known; the longest part that is known counts."""
        if is_unspaced(text):
            return self._described_unspaced(text.replace(" ", ""), language)
        words = text.split()
        parts = [*_parts(words)]
        if language in HEAD_LAST:
            # What stands last is the thing, however little of the text it is.
            parts.sort(key=lambda part: not _is_last(part[2]))
        for part, before, after in parts:
            rest = self._things(" ".join(part), language)
            fitting = tuple(r for r in rest if _is_last(after) or r.language not in HEAD_LAST)
            if fitting:
                ignored = [word for word in (*before, *after) if word not in UNTOLD]
                return Phrase(fitting, (), tuple(ignored))
        return Phrase(())

    def _described_unspaced(self, text: str, language: str | None) -> Phrase:
        """`可爱的猫`, `大きい犬`: the thing stands last, behind what describes it."""
        for place in range(1, len(text)):
            described, thing = text[:place], text[place:]
            ends = described[-1] in "的之いなの" or described in SHORT_ADJECTIVES
            if ends or len(thing) > 2:
                found = Phrase(self._things(thing, language))
                if ends and found.empty:
                    found = self._coloured(thing, language)
                if found.readings:
                    return found._replace(ignored=(described, *found.ignored))
        return Phrase(())

    def _compound(self, text: str, _language: str | None) -> Phrase:
        """`Apfelkuchen` is a cake: a German compound is a kind of what it ends in."""
        first, _, word = text.rpartition(" ")
        if first and not set(first.split()) <= DETERMINERS:
            return Phrase(())
        for place in range(3, len(word) - SHORTEST_PART + 1):
            readings = [r for r in self.dictionary.read(word[place:], "de") if r.sense.cost == 0]
            things = tuple(r for r in readings if not r.sense.is_colour and r.distance < 2)
            if things:
                return Phrase(things, compound=True)
        return Phrase(())


def _is_one_word(reading: Reading) -> bool:
    """Whether a text names one thing whatever it is made of: black bear, poisson rouge, 青蛙."""
    sense = reading.sense
    foreign = reading.language not in ("en", "") and COST[sense.image_relation] == 0
    return sense.key.startswith("n") and (foreign or sense.image_relation == "same")


def _parts(words: list[str]) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Runs of words to try as the thing, with those before and after them; the likeliest first."""
    for place, word in enumerate(words[:-1]):
        if place and _ends_thing(word):
            front, back = words[:place], words[place:]
            if word in CONTENTS:
                for part, before, after in _parts(back[1:]):
                    yield part, [*front, word, *before], after
            for part, before, after in _parts(front):
                yield part, before, [*after, *back]
            if not _is_doing(word):
                return
    for length in range(len(words), 0, -1):
        for start in (len(words) - length, 0):
            yield words[start : start + length], words[:start], words[start + length :]


def _is_last(after: list[str]) -> bool:
    """Whether the name of a thing ends before these words."""
    return not after or _ends_thing(after[0])


def _ends_thing(word: str) -> bool:
    """Whether a word ends the name of a thing before it."""
    return word in LINKS or word in CONTENTS or _is_doing(word)


def _is_doing(word: str) -> bool:
    """Whether a word says what a thing does, as sitting; it may be part of a name, as running."""
    return word.endswith("ing") and len(word) > len("spring")
