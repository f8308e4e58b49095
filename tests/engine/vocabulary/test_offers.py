"""What is offered: completions, and the nearest of what is unknown."""

from __future__ import annotations

import pytest

from flexit_engine.errors import UnknownWords
from flexit_engine.vocabulary import Vocabulary

CATS = (281, 282, 283, 284, 285)


def test_a_neighbour_is_offered_and_taken_only_when_asked(vocabulary: Vocabulary) -> None:
    with pytest.raises(UnknownWords) as refused:
        vocabulary.find("quokka")
    near = vocabulary.nearest("quokka")
    assert near[0] == "kangaroo"
    assert ", ".join(near) in refused.value.hint
    assert vocabulary.find("quokka", sisters=True).relation == "sister"


@pytest.mark.parametrize(
    ("text", "language"),
    [("quokka", "de"), ("cheese", "en"), ("Käse", "de"), ("fromage", "fr"), ("钥匙", "zh")],
)
def test_three_names_are_offered_that_can_be_taken(
    vocabulary: Vocabulary, text: str, language: str
) -> None:
    near = vocabulary.nearest(text, language=language)
    assert len(near) == len(set(near)) == 3
    for name in near:
        meaning = vocabulary.find(name, language=language)
        assert meaning.classes or meaning.drawn


def test_a_slip_of_the_finger_and_the_other_text_help_to_suggest(vocabulary: Vocabulary) -> None:
    assert vocabulary.nearest("kiten")[0] == "kitten"
    animals = vocabulary.nearest("xyzzy", beside="Siamese cat")
    assert animals
    assert set(CATS) & set(vocabulary.find(animals[0]).classes)
    assert vocabulary.nearest("xyzzy") == []


@pytest.mark.parametrize(
    ("prefix", "language", "word"),
    [
        ("kit", None, "kitten"),
        ("Kit", "en", "kitten"),
        ("zit", "de", "Zitrone"),
        ("lö", "de", "Löwe"),
        ("citr", "fr", "citron"),
        ("れも", "ja", "レモン"),
        ("猫", "zh", "猫头鹰"),
        ("red ap", None, "red apple"),
    ],
)
def test_words_are_completed(
    vocabulary: Vocabulary, prefix: str, language: str | None, word: str
) -> None:
    words = vocabulary.complete(prefix, language)
    assert word in words
    assert len(words) == len(set(words)) <= 10


def test_nothing_typed_is_not_completed(vocabulary: Vocabulary) -> None:
    assert vocabulary.complete("") == vocabulary.complete("\u00ad") == []
    assert len(vocabulary.complete("a", limit=3)) == 3
