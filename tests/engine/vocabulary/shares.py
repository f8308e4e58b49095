"""Share of the words in a list that are understood rightly, by language.

python -m tests.engine.vocabulary.shares words.tsv
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from flexit_engine.errors import UnknownWords
from flexit_engine.vocabulary import Meaning, Vocabulary
from flexit_engine.vocabulary.spelling import dictionary_forms, fold
from flexit_engine.vocabulary.tables import LANGUAGES

HERE = Path(__file__).parent


class Trial(NamedTuple):
    """A word somebody types, and the English names that it may come to."""

    language: str
    word: str
    colours: tuple[str, ...]
    names: frozenset[str]

    def right(self, vocabulary: Vocabulary) -> bool:
        """Whether it is understood, and neither side takes it for something else."""
        meaning = understood(vocabulary, self.word, self.language)
        if meaning is None or meaning.colours != self.colours:
            return False
        right = {form for name in self.names for form in numbers(name)}
        return all(numbers(name) & right for name in came_to(meaning))


def trials(name: str) -> Iterator[Trial]:
    """All words of a list, language by language."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines[1:]]
    for place, language in enumerate(LANGUAGES, 1):
        for row in rows:
            colour, plus, names = row[0].rpartition("+")
            alternatives = frozenset(names.split("|")) if names else frozenset()
            yield Trial(language, row[place], (colour,) if plus else (), alternatives)


def understood(vocabulary: Vocabulary, word: str, language: str) -> Meaning | None:
    """What a word means, if anything."""
    try:
        return vocabulary.find(word, language=language)
    except UnknownWords:
        return None


def came_to(meaning: Meaning) -> frozenset[str]:
    """English names on both sides, colours left out; none for a mere colour."""
    drawn = " ".join(word for word in meaning.drawn.split() if word not in meaning.colours)
    photographed = meaning.name if meaning.classes else ""
    return frozenset({drawn, photographed} - {""})


def numbers(name: str) -> frozenset[str]:
    """A name whatever its case, and what it may be the plural of."""
    return frozenset({fold(name), *dictionary_forms(fold(name), "en")})


def shares(name: str) -> dict[str, float]:
    """By language."""
    vocabulary = Vocabulary.load()
    results: dict[str, list[bool]] = {language: [] for language in LANGUAGES}
    for trial in trials(name):
        results[trial.language].append(trial.right(vocabulary))
    return {language: sum(right) / len(right) for language, right in results.items()}


def main() -> None:
    """Print what was not understood, and the shares."""
    vocabulary = Vocabulary.load()
    for trial in trials(sys.argv[1]):
        if not trial.right(vocabulary):
            meaning = understood(vocabulary, trial.word, trial.language)
            got = meaning and (
                meaning.name,
                meaning.drawn,
                meaning.colours,
                meaning.key,
                meaning.relation,
            )
            sys.stdout.write(f"{trial.language} {trial.word} -> {got} not {sorted(trial.names)}\n")
    sys.stdout.write(f"{shares(sys.argv[1])}\n")


if __name__ == "__main__":
    main()
