"""What a text means to the embedded networks."""

from __future__ import annotations

import json

import pytest

from flexit_engine.errors import UnknownWords
from flexit_engine.vocabulary import Meaning, Vocabulary
from flexit_engine.vocabulary.bag import split_words

CATS = (281, 282, 283, 284, 285)
LEMON = 951
COMPUTER_MOUSE, CRANE_BIRD = 673, 134


@pytest.mark.parametrize(
    "text",
    [
        "kitten",
        "Kätzchen",
        "KAETZCHEN",
        "Katzchen",
        "chaton",
        "un gatito",
        "小猫",
        "子猫",
        "こねこ",
    ],
)
def test_young_and_kinds_come_to_what_they_are(vocabulary: Vocabulary, text: str) -> None:
    meaning = vocabulary.find(text)
    assert meaning.relation == "kind of"
    assert meaning.classes == CATS
    assert meaning.typical[0] in CATS
    assert meaning.drawn == "cat"
    assert meaning.shown == f"{text} → cat"


def test_a_group_has_all_its_members_and_nothing_needs_to_be_said(vocabulary: Vocabulary) -> None:
    dog = vocabulary.find("dog")
    assert dog.relation == "group"
    assert dog.classes == tuple(range(151, 269))
    assert set(dog.typical) < set(dog.classes)
    assert dog.shown == dog.note == ""


@pytest.mark.parametrize(
    "text",
    [
        *(
            "lemon",
            "Lemons",
            "a lemon",
            "the\u00a0lemon",
            "le\u00admon",
            "ｌｅｍｏｎ",
            "🍋",
            "🍋\ufe0f",
        ),
        *("Zitrone", "die Zitrone", "Zitronen", "citron", "un citron", "le citron", "citrons"),
        *(
            "limón",
            "limon",
            "los limones",
            "レモン",
            "ﾚﾓﾝ",
            "れもん",
            "柠檬",
            "一个柠檬",
            "一个\u3000柠檬",
        ),
    ],
)
def test_spellings_articles_and_numbers_make_no_difference(
    vocabulary: Vocabulary, text: str
) -> None:
    meaning = vocabulary.find(text)
    assert meaning.classes == (LEMON,)
    assert split_words(meaning.drawn)[0].rstrip("s") == "lemon"
    assert meaning.colours == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("l'éléphant", "elephant"),
        ("elephants", "elephant"),
        ("Löwen", "lion"),
        ("Loewe", "lion"),
        ("Äpfel", "apple"),
        ("chevaux", "horse"),
        ("gafas", "glasses"),
        ("peces", "fish"),
        ("arbol", "tree"),
        ("mice", "mouse"),
        ("wolves", "wolf"),
        ("tshirt", "t-shirt"),
        ("T-Shirt", "t-shirt"),
        ("aeroplane", "airplane"),
        ("お茶", "tea"),
        ("猫ちゃん", "cat"),
        ("👩🏽‍🚀", "astronaut"),
    ],
)
def test_inflected_and_foreign_forms_are_known(
    vocabulary: Vocabulary, text: str, word: str
) -> None:
    expected = vocabulary.find(word)
    found = vocabulary.find(text)
    assert found.classes == expected.classes
    assert found.classes or found.drawn == expected.drawn


@pytest.mark.parametrize(
    ("text", "beside", "index"),
    [
        ("mouse", "keyboard", COMPUTER_MOUSE),
        ("souris", "clavier", COMPUTER_MOUSE),
        ("crane", "flamingo", CRANE_BIRD),
    ],
)
def test_of_two_meanings_the_one_that_fits_the_other_text_is_taken(
    vocabulary: Vocabulary, text: str, beside: str, index: int
) -> None:
    assert vocabulary.find(text, beside).classes == (index,)


def test_which_meaning_was_taken_is_said_where_it_is_not_the_usual_one(
    vocabulary: Vocabulary,
) -> None:
    assert vocabulary.find("orange").colours == ()
    assert vocabulary.find("orange", "blue").colours == ("orange",)
    assert "computer mouse" in vocabulary.find("mouse", "keyboard").note
    assert vocabulary.find("mouse", "cat").note == ""


def test_what_is_near_is_told(vocabulary: Vocabulary) -> None:
    trousers = vocabulary.find("trousers")
    assert trousers.image_relation == trousers.relation == "near"
    assert trousers.drawn == "trousers"
    assert trousers.shown == "trousers → jeans"
    assert vocabulary.find("Apfelkuchen", language="de").relation == "near"


def test_what_was_understood_is_shown_in_the_language_of_the_user(vocabulary: Vocabulary) -> None:
    assert vocabulary.find("Zitrone", language="de").shown == ""
    assert vocabulary.find("Zitrone").shown == "Zitrone → lemon"
    assert vocabulary.find("lemon", language="de_DE").shown == "lemon → Zitrone"
    assert vocabulary.find("rotes Auto").shown == "rotes Auto → red car"
    assert vocabulary.find("Dackel", language="de").shown == "Dackel → Hund"


def test_the_language_of_the_user_goes_first(vocabulary: Vocabulary) -> None:
    assert vocabulary.find("Boot").drawn == "boot"
    assert vocabulary.find("Boot", language="de").classes == vocabulary.find("boat").classes


@pytest.mark.parametrize("text", ["", "  ", "...", "\u200d\u00ad", "x" * 300])
def test_a_text_without_words_is_refused(vocabulary: Vocabulary, text: str) -> None:
    with pytest.raises(UnknownWords, match="nothing that can be seen"):
        vocabulary.find(text)


@pytest.mark.parametrize("text", ["xyzzy", "blarg dog frobnicate", "red xyzzy"])
def test_a_thing_nobody_knows_is_refused(vocabulary: Vocabulary, text: str) -> None:
    with pytest.raises(UnknownWords):
        vocabulary.find(text)


def test_a_meaning_says_all_in_plain_values(vocabulary: Vocabulary) -> None:
    meaning = vocabulary.find("kitten")
    assert Meaning(**json.loads(json.dumps(meaning._asdict()))).shown == meaning.shown
