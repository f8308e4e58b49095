"""How many of the words that ordinary people would try are understood rightly."""

from __future__ import annotations

import pytest

from flexit_engine.vocabulary.tables import LANGUAGES

from .shares import shares, trials

FLOORS = {
    "words.tsv": dict.fromkeys(LANGUAGES, 0.95),
    "heldout.tsv": {**dict.fromkeys(LANGUAGES, 0.8), "en": 0.85},
}
"""The held-out list was written before the first run, and nothing was tuned to it."""


@pytest.mark.parametrize("name", FLOORS)
def test_enough_words_are_understood_rightly(name: str) -> None:
    found = shares(name)
    assert {language: found[language] >= FLOORS[name][language] for language in LANGUAGES} == (
        dict.fromkeys(LANGUAGES, True)
    ), found


def test_the_lists_are_long_enough() -> None:
    tuned, heldout = list(trials("words.tsv")), list(trials("heldout.tsv"))
    assert len(tuned) >= 150 * len(LANGUAGES)
    assert len(heldout) == 60 * len(LANGUAGES)
    assert not {(trial.language, trial.word) for trial in tuned} & {
        (trial.language, trial.word) for trial in heldout
    }
