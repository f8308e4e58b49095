"""What to offer for a text that no network knows: the nearest by meaning, then by spelling."""

from __future__ import annotations

from collections.abc import Iterator

from flexit_engine.vocabulary.colours import Colours
from flexit_engine.vocabulary.dictionary import Dictionary
from flexit_engine.vocabulary.spelling import clean, is_unspaced
from flexit_engine.vocabulary.tables import LANGUAGES, REFUSED, Sense

LETTERS = "abcdefghijklmnopqrstuvwxyzäöüßéèêàâçñíóúœ"
SHORTEST = 4
"""Words shorter than this have too many neighbours by spelling."""


class Suggestions:
    """Finds names to offer, each of which can be looked up again."""

    def __init__(self, dictionary: Dictionary) -> None:
        self.dictionary = dictionary
        self.tables = dictionary.tables
        self.colours = Colours(dictionary)

    def nearest(self, text: str, beside: str, language: str, limit: int) -> list[str]:
        """Names of known things, nearest first; fewer than the limit where nothing is near."""
        found: dict[str, None] = {}
        for name in self._names(text, beside, language):
            if self.dictionary.known(name, language) and clean(name) != clean(text):
                found.setdefault(name)
            if len(found) == limit:
                break
        return list(found)

    def _names(self, text: str, beside: str, language: str) -> Iterator[str]:
        cleaned = clean(text)
        parts = [cleaned, *(coloured.rest for coloured in self.colours.split(cleaned))]
        for part in parts:
            for reading in self.dictionary.readings(part, language):
                yield from self._of_sense(reading.sense, language)
                yield from self._around(reading.sense, language)
        for word in reversed(cleaned.split()):
            for reading in self.dictionary.known(word, language)[:1]:
                yield from self._of_sense(reading.sense, language)
        yield from self._misspelt(cleaned, language)
        for reading in self.dictionary.known(beside, language)[:1]:
            yield from self._around(reading.sense, language)

    def _of_sense(self, sense: Sense, language: str) -> Iterator[str]:
        """Neighbours of a sense: what is drawn, the group, and what stands for the group."""
        place = LANGUAGES.index(language)
        drawn = [self.tables.names[key][place] for key in sense.drawn_keys]
        image = [self.tables.names[sense.image_key][place]] if sense.image_key else []
        members = [
            self.tables.classes[index][place + 1] for index in self.tables.typical(sense.image_key)
        ]
        yield from (image + drawn + members) if sense.cost < REFUSED else (drawn + members + image)

    def _around(self, sense: Sense, language: str) -> Iterator[str]:
        """What is of one kind with the other side's text."""
        place = LANGUAGES.index(language)
        members = set(self.tables.members(sense.image_key))
        for key, classes in self.tables.neighbourhoods:
            if members and members < classes:
                for index in self.tables.typical(key):
                    yield self.tables.classes[index][place + 1]
        for kind in [kind for key in sense.drawn_keys for kind in self.tables.kinds[key]]:
            alike = [key for key, kinds in self.tables.kinds.items() if kind in kinds]
            yield from (self.tables.names[key][place] for key in alike)

    def _misspelt(self, text: str, language: str) -> Iterator[str]:
        """Words one slip away: a letter too many, too few, wrong, or two swapped."""
        if len(text) < SHORTEST or is_unspaced(text):
            return
        for each in sorted(LANGUAGES[:4], key=lambda other: other != language):
            words = self.tables.words[each]
            for word in _slips(text):
                if word in words.senses:
                    yield words.written.get(word, word)


def _slips(word: str) -> Iterator[str]:
    for place in range(len(word) + 1):
        before, after = word[:place], word[place:]
        if after:
            yield before + after[1:]
        if len(after) > 1:
            yield before + after[1] + after[0] + after[2:]
        for letter in LETTERS:
            yield before + letter + after
            if after:
                yield before + letter + after[1:]
