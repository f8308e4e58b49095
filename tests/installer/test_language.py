"""The window's texts, in every language that the plug-ins speak."""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import flexit
from flexit_installer.language import DOMAIN, LOCALE, use_language
from flexit_installer.wizard import words

LANGUAGES = sorted(path.name for path in Path(flexit.__file__).with_name("locale").iterdir())
PLACEHOLDER = re.compile(r"\{\w*\}")


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    yield
    use_language(())


def catalog(language: str) -> Catalog:
    with (LOCALE / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return read_po(file, locale=language)


def translated(language: str) -> dict[str, str]:
    return {str(each.id): str(each.string) for each in catalog(language) if each.id}


@pytest.fixture(scope="module")
def used() -> set[str]:
    """The texts in the code."""
    return {text for _, _, text, _, _ in extract_from_dir(str(LOCALE.parent), keywords={"_": None})}  # type: ignore[misc]


def test_the_window_speaks_what_the_plugins_speak() -> None:
    assert sorted(path.name for path in LOCALE.iterdir()) == LANGUAGES


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_left_over(language: str, used: set[str]) -> None:
    assert translated(language).keys() == used
    assert all(translated(language).values())


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_mnemonics_are_those_of_the_original(language: str) -> None:
    for text, string in translated(language).items():
        assert sorted(PLACEHOLDER.findall(string)) == sorted(PLACEHOLDER.findall(text)), string
        assert string.count("&") == text.count("&"), string


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_is_what_was_translated(language: str) -> None:
    read = gettext.translation(DOMAIN, str(LOCALE), [language])
    assert {text: read.gettext(text) for text in translated(language)} == translated(language)


def test_texts_come_in_the_language_that_is_preferred() -> None:
    assert words.time_left(200) == "about 3 minutes left"
    use_language(("de_AT", "fr"))
    assert words.time_left(200) == "noch etwa 3 Minuten"
    use_language(("tlh",))
    assert words.time_left(200) == "about 3 minutes left"
