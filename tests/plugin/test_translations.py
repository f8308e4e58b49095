"""Requirement 24: every text in every language, and none that nobody uses."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from flexit.client import OutOfMemory
from flexit.model import RunProgress, use_language
from flexit.model.words import error_words, progress_words

PLUGIN = Path(__file__).parents[2] / "plugin" / "flexit"
LANGUAGES = ["de", "es", "fr", "ja", "zh_CN"]
PLACEHOLDER = re.compile(r"\{\w*\}")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    use_language()


def catalog(language: str) -> Catalog:
    with (PLUGIN / "locale" / language / "LC_MESSAGES" / "flexit.po").open("rb") as file:
        return read_po(file, locale=language)


def texts(message: str | tuple[str, ...] | list[str]) -> list[str]:
    return [message] if isinstance(message, str) else list(message)


@pytest.fixture(scope="module")
def used() -> set[Any]:
    """The texts in the code."""
    found = extract_from_dir(str(PLUGIN), keywords={"_": None, "counted": (1, 2)})
    return {text for _, _, text, _, _ in found}


def test_these_are_the_languages() -> None:
    assert sorted(path.name for path in (PLUGIN / "locale").iterdir()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_left_over(language: str, used: set[Any]) -> None:
    translated = {message.id: message.string for message in catalog(language) if message.id}
    assert translated.keys() == used
    assert all(all(texts(string)) for string in translated.values())
    assert not any(message.fuzzy for message in catalog(language) if message.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_mnemonics_are_those_of_the_original(language: str) -> None:
    for message in catalog(language):
        if not message.id:
            continue
        wanted = set(PLACEHOLDER.findall(texts(message.id)[-1]))
        for string in texts(message.string):
            assert set(PLACEHOLDER.findall(string)) == wanted, string
            assert string.count("_") == texts(message.id)[0].count("_"), string


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_plugins_read_is_what_was_translated(language: str) -> None:
    read = gettext.translation("flexit", str(PLUGIN / "locale"), [language])
    for message in catalog(language):
        if isinstance(message.id, str) and message.id:
            assert read.gettext(message.id) == message.string


def test_texts_come_in_the_language_that_is_chosen_last() -> None:
    progress = RunProgress("step", step=3, steps=8, seconds_left=5)
    assert progress_words(progress) == "Step 3 of 8 · 5 s left"
    use_language("de_AT", "fr")
    assert progress_words(progress) == "Schritt 3 von 8 · noch 5 s"
    use_language("tlh")
    assert progress_words(progress) == "Step 3 of 8 · 5 s left"


@pytest.mark.parametrize(
    ("position", "words"),
    [(1, "Warten auf 1 andere Bearbeitung"), (3, "Warten auf 3 andere Bearbeitungen")],
)
def test_numbers_have_their_own_forms(position: int, words: str) -> None:
    use_language("de")
    assert progress_words(RunProgress("queued", position=position)) == words


def test_errors_are_the_engines_words_in_english_and_a_translation_elsewhere() -> None:
    error = OutOfMemory("4 GB are too little for 8192 × 8192.", "Select less.")
    assert error_words(error) == (error.message, error.hint)
    use_language("fr")
    assert error_words(error)[0] == "Il y a trop peu de mémoire pour cette modification."
