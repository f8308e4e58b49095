"""The closed vocabulary of the embedded networks, asked in any of six languages."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache

from flexit_engine.errors import UnknownWords
from flexit_engine.vocabulary.bag import all_learned, split_words
from flexit_engine.vocabulary.dictionary import Dictionary, Reading
from flexit_engine.vocabulary.meaning import Meaning, Meanings
from flexit_engine.vocabulary.phrases import Phrase, Phrases
from flexit_engine.vocabulary.spelling import fold
from flexit_engine.vocabulary.suggestions import Suggestions
from flexit_engine.vocabulary.tables import LANGUAGES, REFUSED, Sense, Tables

MOST_CHARACTERS = 200
ALIKE = 150
"""A group of more classes than this does not say that its members are alike."""


class Vocabulary:
    """Finds what texts mean to the networks. Needs no torch and holds no state of its own.

    Languages are `en`, `de`, `fr`, `es`, `zh` and `ja`; texts are understood in all of them at
    once, whichever is asked for: that one only goes first, and names what is shown.
    """

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.dictionary = Dictionary(tables)
        self._phrases = Phrases(self.dictionary)
        self._meanings = Meanings(tables)
        self._suggestions = Suggestions(self.dictionary)

    @staticmethod
    @lru_cache(maxsize=1)
    def load() -> Vocabulary:
        """Read the package's own file, once."""
        return Vocabulary(Tables.load())

    def find(
        self, text: str, beside: str = "", language: str | None = None, sisters: bool = False
    ) -> Meaning:
        """What one text means.

        Args:
            text: one thing as a user types it; colours, articles and plurals are understood.
            beside: the other side's text; of two meanings the one that fits it is taken.
            language: the user's, to try first and to show what was understood in.
            sisters: whether mere neighbours (grapes → fruit) count as found.

        Raises:
            UnknownWords: no network knows the text, or anything near.
        """
        shown_in = spoken(language)
        seen = fold(text) or self.dictionary.emoji(text)
        if len(text) > MOST_CHARACTERS or not seen:
            raise UnknownWords(
                f"The text {text[:60]!r} names nothing that can be seen.",
                "Name one thing, such as: cat, red apple, blue circle.",
            )
        phrase = self._phrases.read(text, language and shown_in)
        if phrase.readings:
            chosen = self._choose(phrase, beside, language and shown_in)
            if not chosen.sense.is_colour:
                return self._meanings.of_reading(text, phrase, chosen, shown_in)
            phrase = Phrase((), (chosen.sense.key.removeprefix("c:"), *phrase.colours))
        if phrase.colours:
            return self._meanings.of_colours(text, phrase.colours, shown_in)
        if all_learned(text, self.tables.learned):
            words = " ".join(split_words(text))
            return Meaning(text, "", "en", "", words, "same", drawn=words, drawn_relation="same")
        readings = self.dictionary.readings(text, language and shown_in)
        if sisters and readings:
            found = Phrase(tuple(readings))
            meaning = self._meanings.of_reading(text, found, readings[0], shown_in, REFUSED + 1)
            if meaning.relation:
                return meaning
        raise self._unknown(text, beside, shown_in)

    def nearest(
        self, text: str, limit: int = 3, beside: str = "", language: str | None = None
    ) -> list[str]:
        """Names of known things nearest by meaning to an unknown text, in the user's language.

        Where its meaning is not known either: by spelling, then of the other side's kind.
        """
        return self._suggestions.nearest(text, beside, spoken(language), limit)

    def class_name(self, index: int, language: str = "en") -> str:
        """The label of an ImageNet class, which no other class has in that language."""
        return self.tables.classes[index][1 + LANGUAGES.index(spoken(language))]

    def complete(self, prefix: str, language: str | None = None, limit: int = 10) -> list[str]:
        """Words that begin so and are understood, the plainest first.

        Args:
            prefix: what was typed; an empty one gives nothing.
            language: whose words go first; English ones follow, then all others.
            limit: how many at most.
        """
        start = fold(prefix)
        first = [spoken(language), "en", *LANGUAGES] if language else LANGUAGES
        found: dict[str, None] = {}
        for each in dict.fromkeys(first):
            if start and len(found) < limit:
                found.update(dict.fromkeys(self._completions(start, each)))
        return list(found)[:limit]

    def words(self, prefix: str, language: str) -> list[str]:
        """All words of a language that begin so and are understood, sorted."""
        return sorted(self._completions(fold(prefix), spoken(language)))

    def _completions(self, start: str, language: str) -> list[str]:
        """Understood words of a language that begin so: common, plain and short ones first."""
        spelt = self._spelt[language]
        words = spelt[bisect_left(spelt, start) : bisect_left(spelt, start + chr(0x10FFFF))]
        written = self.tables.words[language].written
        common = self.tables.common[language]
        matches = []
        for word in words:
            readings = [each for each in self.dictionary.read(word, language) if each.known]
            if readings:
                form = written.get(word, word)
                rank = min(reading.rank for reading in readings)
                matches.append((word not in common, len(word.split()), rank, len(word), form))
        return [form for *_, form in sorted(matches)]

    @cached_property
    def _spelt(self) -> Mapping[str, Sequence[str]]:
        return {language: list(words.senses) for language, words in self.tables.words.items()}

    def _choose(self, phrase: Phrase, beside: str, language: str | None) -> Reading:
        """The likeliest reading, or the one that fits the other side's text."""
        first, *others = phrase.readings
        if not others or not beside:
            return first
        other = self._phrases.read(beside, language)
        senses = [reading.sense for reading in other.readings[:1]]
        senses += [self._colour(colour) for colour in other.colours if not other.readings]
        fitting = [
            reading
            for reading in phrase.readings
            if reading.rank <= first.rank + 1 and any(self._alike(reading.sense, s) for s in senses)
        ]
        return fitting[0] if fitting else first

    def _colour(self, colour: str) -> Sense:
        return Sense(f"c:{colour}", colour, "", "", "same", colour, (f"c:{colour}",))

    def _alike(self, one: Sense, other: Sense) -> bool:
        """Whether two senses are of one kind: in a narrow group, or in one cluster of drawings."""
        if self._kinds(one) & self._kinds(other):
            return True
        sides = [set(self.tables.members(sense.image_key)) for sense in (one, other)]
        if not all(sides):
            return False
        return any(
            sides[0] <= classes and sides[1] <= classes
            for _, classes in self.tables.neighbourhoods
            if len(classes) <= ALIKE
        )

    def _kinds(self, sense: Sense) -> frozenset[str]:
        return frozenset(kind for key in sense.drawn_keys for kind in self.tables.kinds[key])

    def _unknown(self, text: str, beside: str, language: str) -> UnknownWords:
        near = self.nearest(text, 3, beside, language)
        return UnknownWords(
            f"The embedded networks do not know {text[:40]!r}.",
            f"Nearest they know: {', '.join(near)}."
            if near
            else "Try a simpler or more common word.",
        )


def spoken(language: str | None) -> str:
    """One of `LANGUAGES` for any locale's name: `zh_CN` -> `zh`, `it` or none -> `en`."""
    code = (language or "en").replace("-", "_").partition("_")[0].lower()
    return code if code in LANGUAGES else "en"
