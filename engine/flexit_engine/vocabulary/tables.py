"""The vocabulary's tables, as `scripts/make_vocabulary.py` wrote them into one compressed file."""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from importlib.resources import files
from itertools import chain
from typing import NamedTuple

from flexit_engine.vocabulary.spelling import plain, written_out

LANGUAGES = ("en", "de", "fr", "es", "zh", "ja")
COST = {"same": 0, "group": 0, "kind of": 0, "near": 1, "sister": 2, "": 2}
"""How far a relation is from what was said; from 2 on it is only suggested."""

REFUSED = 2


class Sense(NamedTuple):
    """One meaning of a word, and what it comes to on both sides."""

    key: str
    name: str
    image_relation: str
    image_key: str
    drawn_relation: str
    drawn: str
    drawn_keys: tuple[str, ...]

    @property
    def cost(self) -> int:
        """0 for what is meant, 1 for what is near, 2 for what neither side knows."""
        return min(COST[self.image_relation], COST[self.drawn_relation])

    @property
    def is_colour(self) -> bool:
        """Whether this is a colour and not a thing."""
        return self.key.startswith("c:")


class Group(NamedTuple):
    """Classes under one name."""

    classes: tuple[int, ...]
    typical: tuple[int, ...]
    wide: bool


class Words(NamedTuple):
    """The words of one language, sorted by their folded spelling."""

    senses: Mapping[str, str]
    """Word -> numbers of its senses, likeliest first, as `12,40`."""

    written: Mapping[str, str]
    """Word -> how it is written, where that differs."""


class Tables:
    """Everything in the file; what is needed rarely is prepared when it is first asked for."""

    def __init__(self, text: str) -> None:
        self._sections = dict(_section(part) for part in text.split("\n[")[1:])
        self.words = {
            language: Words(
                dict(zip(self._rows(language), self._rows(f"{language} senses"), strict=True)),
                dict(_pair(row) for row in self._rows(f"{language} written")),
            )
            for language in LANGUAGES
        }
        self._senses = self._rows("senses")

    def _rows(self, section: str) -> list[str]:
        return self._sections[section].split("\n")

    @cached_property
    def classes(self) -> Sequence[Sequence[str]]:
        """By class index: its WordNet id, and its label in each of `LANGUAGES`."""
        return [row.split("\t") for row in self._rows("classes")]

    @cached_property
    def class_of(self) -> Mapping[str, int]:
        """WordNet id -> class index."""
        return {cells[0]: index for index, cells in enumerate(self.classes)}

    @cached_property
    def groups(self) -> Mapping[str, Group]:
        """Key -> group."""
        return dict(_group(row) for row in self._rows("groups"))

    @cached_property
    def names(self) -> Mapping[str, Sequence[str]]:
        """Key of a class, group, drawn concept or colour -> name in each of `LANGUAGES`."""
        return {key: names for key, *names in map(_cells, self._rows("names"))}

    @cached_property
    def kinds(self) -> Mapping[str, Sequence[str]]:
        """Key of a drawn concept -> what it is one of, the closest kin first."""
        return {key: kinds for key, *kinds in map(_cells, self._rows("kinds"))}

    @cached_property
    def phrases(self) -> frozenset[str]:
        """What the drawn encoders have learned as the name of one thing, as `bag` makes it."""
        return frozenset(self._rows("phrases"))

    @cached_property
    def common(self) -> Mapping[str, frozenset[str]]:
        """By language: words that people use, and that are offered first."""
        return {language: frozenset(self._rows(f"{language} common")) for language in LANGUAGES}

    @cached_property
    def learned(self) -> frozenset[str]:
        """The English words that the drawn encoders have learned."""
        return frozenset(self._rows("learned"))

    @staticmethod
    @lru_cache(maxsize=1)
    def load() -> Tables:
        """Read the package's own file, once."""
        packed = files("flexit_engine.vocabulary").joinpath("words.tsv.gz").read_bytes()
        return Tables(gzip.decompress(packed).decode())

    def senses(self, word: str, language: str) -> list[Sense]:
        """What a folded word means in a language, likeliest first; none where it is unknown."""
        numbers = self.words[language].senses.get(word)
        return (
            [_sense(self._senses[int(number)]) for number in numbers.split(",")] if numbers else []
        )

    def concept(self, key: str) -> Sense | None:
        """The sense that is a drawn concept itself; none where there is no such concept."""
        number = self._concepts.get(key)
        return _sense(self._senses[number]) if number is not None else None

    @cached_property
    def _concepts(self) -> Mapping[str, int]:
        rows = reversed([*enumerate(self._senses)])
        return {row.partition("\t")[0]: number for number, row in rows if row.startswith("e:")}

    def members(self, key: str) -> tuple[int, ...]:
        """Class indexes of a class or group; none for anything else."""
        if key in self.class_of:
            return (self.class_of[key],)
        return self.groups[key].classes if key in self.groups else ()

    def typical(self, key: str) -> tuple[int, ...]:
        """Those members that stand for a group, best first."""
        return self.groups[key].typical if key in self.groups else self.members(key)

    @cached_property
    def unaccented(self) -> Mapping[str, Mapping[str, str]]:
        """By language: a word's accents left out -> the word as it stands in the table."""
        result: dict[str, dict[str, str]] = {}
        for language in ("en", "de", "fr", "es"):
            words = [word for word in self.words[language].senses if not word.isascii()]
            found = {plain(word): word for word in reversed(words)}
            if language == "de":
                found.update((written_out(word), word) for word in words)
            result[language] = found
        return result

    @cached_property
    def closed_up(self) -> Mapping[str, Mapping[str, str]]:
        """By language: a word's spaces left out -> the word, for `tshirt` and `seahorse`."""
        return {
            language: {word.replace(" ", ""): word for word in words.senses if " " in word}
            for language, words in self.words.items()
        }

    @cached_property
    def neighbourhoods(self) -> Sequence[tuple[str, frozenset[int]]]:
        """Groups narrow enough to say that their members are alike, narrowest first."""
        groups = [(key, frozenset(g.classes)) for key, g in self.groups.items() if not g.wide]
        return sorted(groups, key=lambda group: len(group[1]))


def _section(part: str) -> tuple[str, str]:
    name, _, body = part.partition("]\n")
    return name, body.rstrip("\n")


def _pair(row: str) -> tuple[str, str]:
    word, _, form = row.partition("\t")
    return word, form


def _cells(row: str) -> list[str]:
    return row.split("\t")


def _group(row: str) -> tuple[str, Group]:
    key, classes, typical, wide = row.split("\t")
    return key, Group(_numbers(classes), _numbers(typical), bool(wide))


def _numbers(text: str) -> tuple[int, ...]:
    """`1-3,7` -> 1 2 3 7."""
    ends = [tuple(map(int, part.split("-"))) for part in text.split(",")]
    return tuple(chain.from_iterable(range(end[0], end[-1] + 1) for end in ends))


def _sense(row: str) -> Sense:
    key, name, image_relation, image_key, drawn_relation, drawn, keys = row.split("\t")
    drawn_keys = tuple(keys.split(",")) if keys else ()
    return Sense(key, name, image_relation, image_key, drawn_relation, drawn, drawn_keys)
