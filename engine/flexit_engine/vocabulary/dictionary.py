"""Looking up one word or phrase: the senses it can have in any language, likeliest first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from flexit_engine.vocabulary.spelling import (
    clean,
    dictionary_forms,
    fold,
    has_kana,
    is_unspaced,
    plain,
    without_determiner,
)
from flexit_engine.vocabulary.tables import LANGUAGES, REFUSED, Sense, Tables

TONES = range(0x1F3FB, 0x1F400)
SELECTOR = 0xFE0F
LATIN = LANGUAGES[:4]


class Reading(NamedTuple):
    """One sense of a text, in the language that has it, and how far it is from what was typed."""

    sense: Sense
    language: str
    word: str
    distance: int
    other: bool = False
    """Whether it is another meaning than the first of its word, which must fit well."""

    @property
    def known(self) -> bool:
        """Whether a network knows it, or something near."""
        return self.sense.cost + self.other < REFUSED

    @property
    def rank(self) -> int:
        """The lower the likelier: the spelling's distance and the sense's."""
        return self.distance + self.other + self.sense.cost


class Dictionary:
    """The tables, asked for texts as they were typed."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def readings(self, text: str, language: str | None = None) -> list[Reading]:
        """All senses of a text as a whole, known to a network or not, the likeliest first.

        Args:
            text: one thing, as typed.
            language: the language to try first, before English and the others.
        """
        emoji = self.emoji(text)
        if emoji is not None:
            return [Reading(emoji, "", text, 0)]
        cleaned = clean(text)
        found = [
            reading
            for each in self.order(cleaned, language)
            for reading in self.read(cleaned, each)
        ]
        return ranked(found, language)

    def order(self, text: str, language: str | None) -> list[str]:
        """Languages a clean text can be in, the likeliest first; kana and Han are not Latin."""
        possible = [*LATIN]
        if is_unspaced(text):
            possible = ["ja", "zh"] if has_kana(text) else ["zh", "ja"]
        return sorted(possible, key=lambda each: each != language)

    def read(self, text: str, language: str) -> list[Reading]:
        """Senses of a clean text in one language, by the form that is nearest to what was typed."""
        for word, distance in self.forms(text, language):
            senses = self.tables.senses(word, language)
            if senses:
                return [
                    Reading(sense, language, word, distance, place > 0)
                    for place, sense in enumerate(senses)
                ]
        return []

    def forms(self, text: str, language: str) -> Iterator[tuple[str, int]]:
        """Spellings under which a language may have a clean text, and their distance."""
        whole, bare = fold(text), fold(without_determiner(text))
        yield whole, 0
        yield bare, 0
        for form in dictionary_forms(bare, language):
            yield form, 1
        closed = bare.replace(" ", "")
        yield closed, 1
        yield self.tables.closed_up[language].get(closed, ""), 1
        if language in self.tables.unaccented:
            unaccented = self.tables.unaccented[language]
            yield unaccented.get(plain(bare), plain(bare)), 2
            for form in dictionary_forms(bare, language):
                yield unaccented.get(plain(form), ""), 2

    def emoji(self, text: str) -> Sense | None:
        """What an emoji shows, whatever its skin's tone; nothing for other texts."""
        codes = [ord(letter) for letter in text.strip()]
        codes = [code for code in codes if code not in TONES and code != SELECTOR]
        if not codes or any(code < 0x2000 for code in codes[:1]):
            return None
        for length in (len(codes), 1):
            key = "e:" + "-".join(f"{code:x}" for code in codes[:length])
            sense = self.tables.concept(key)
            if sense is not None:
                return sense
        return None

    def known(self, text: str, language: str | None = None) -> list[Reading]:
        """Those readings that a network knows, or something near.

        A single word that the drawn encoders have learned is known, whatever the tables say.
        """
        readings = self.readings(text, language)
        found = [reading for reading in readings if reading.known]
        word = fold(text)
        if word not in self.tables.learned or any(reading.language == "en" for reading in found):
            return found
        learned = Reading(Sense("", word, "", "", "same", word, ()), "en", word, 0)
        readings = [learned, *found] if language in (None, "en") else [*found, learned]
        return ranked(readings, language)


def ranked(readings: list[Reading], language: str | None) -> list[Reading]:
    """Readings, the likeliest first: what is said in the preferred language counts for more."""
    return sorted(readings, key=lambda each: each.rank - (each.language == language))
