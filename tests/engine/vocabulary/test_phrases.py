"""Texts of several words: colours, things, and words that are passed over."""

from __future__ import annotations

import random

import pytest

from flexit_engine.errors import UnknownWords
from flexit_engine.vocabulary import Vocabulary
from flexit_engine.vocabulary.tables import LANGUAGES

BLACK_BEAR, BROWN_BEAR, RED_FOX, GREEN_MAMBA = 295, 294, 277, 64
GOLDFISH = 1


@pytest.mark.parametrize(
    ("text", "colour", "thing"),
    [
        ("red apple", "red", "apple"),
        ("roter Apfel", "red", "apple"),
        ("einen roten Apfel", "red", "apple"),
        ("pomme rouge", "red", "apple"),
        ("pommes rouges", "red", "apple"),
        ("manzana roja", "red", "apple"),
        ("红苹果", "red", "apple"),
        ("红色的苹果", "red", "apple"),
        ("赤いりんご", "red", "apple"),
        ("rotes Auto", "red", "car"),
        ("une voiture rouge", "red", "car"),
        ("coches rojos", "red", "car"),
        ("dunkelblaues Auto", "blue", "car"),
        ("voiture bleu foncé", "blue", "car"),
        ("un gros chat noir", "black", "cat"),
        ("black cat", "black", "cat"),
        ("yellow heart", "yellow", "heart"),
        ("grey square", "gray", "square"),
        ("小さい赤い車", "red", "car"),
        ("a beautiful red car driving down the road in the sunset", "red", "car"),
    ],
)
def test_a_colour_beside_a_thing_is_to_be_painted(
    vocabulary: Vocabulary, text: str, colour: str, thing: str
) -> None:
    meaning = vocabulary.find(text)
    assert meaning.colours == (colour,)
    assert meaning.classes == vocabulary.find(thing).classes
    assert sorted(meaning.drawn.replace("grey", "gray").split()) == sorted([colour, thing])


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("black bear", BLACK_BEAR),
        ("brown bear", BROWN_BEAR),
        ("Braunbär", BROWN_BEAR),
        ("oso negro", BLACK_BEAR),
        ("黑熊", BLACK_BEAR),
        ("red fox", RED_FOX),
        ("green mamba", GREEN_MAMBA),
        ("poisson rouge", GOLDFISH),
        ("金鱼", GOLDFISH),
    ],
)
def test_a_colour_in_a_class_name_paints_nothing(
    vocabulary: Vocabulary, text: str, index: int
) -> None:
    meaning = vocabulary.find(text)
    assert meaning.classes == (index,)
    assert meaning.colours == ()


@pytest.mark.parametrize(
    ("text", "colours"),
    [
        ("red", ("red",)),
        ("rot", ("red",)),
        ("grün", ("green",)),
        ("赤い", ("red",)),
        ("蓝色", ("blue",)),
        ("rouge foncé", ("red",)),
        ("red and blue", ("red", "blue")),
    ],
)
def test_a_text_may_be_only_colours(
    vocabulary: Vocabulary, text: str, colours: tuple[str, ...]
) -> None:
    meaning = vocabulary.find(text)
    assert meaning.colours == colours
    assert meaning.classes == ()
    assert meaning.drawn == " ".join(colours)


@pytest.mark.parametrize(
    ("text", "thing", "ignored"),
    [
        ("fluffy cat", "cat", ("fluffy",)),
        ("my old dog", "dog", ("old",)),
        ("mein süßer alter Hund", "dog", ("süsser", "alter")),
        ("un chien mignon", "dog", ("mignon",)),
        ("可爱的猫", "cat", ("可爱的",)),
        ("かわいい犬", "dog", ("かわいい",)),
        ("a photo of a dog", "dog", ("a", "photo")),
        ("a cat sitting on a sofa", "cat", ("sitting", "on", "a", "sofa")),
        ("a dog wearing sunglasses", "dog", ("wearing", "sunglasses")),
        ("cat 🐱", "cat", ("🐱", "cat")),
    ],
)
def test_words_that_say_something_of_a_known_thing_are_passed_over_and_named(
    vocabulary: Vocabulary, text: str, thing: str, ignored: tuple[str, ...]
) -> None:
    meaning = vocabulary.find(text)
    assert meaning.classes == vocabulary.find(thing).classes
    assert set(meaning.ignored) <= set(ignored)
    assert all(word in meaning.note for word in meaning.ignored)


def test_a_word_with_a_hyphen_is_one_word(vocabulary: Vocabulary) -> None:
    """Only a whole word is passed over: xyzzy-souris is no souris, blue-eyed paints nothing."""
    with pytest.raises(UnknownWords):
        vocabulary.find("xyzzy-souris", language="fr")
    cat = vocabulary.find("blue-eyed cat")
    assert (cat.colours, cat.ignored) == ((), ("blue-eyed",))
    assert vocabulary.find("light-blue car").colours == ("blue",)
    assert vocabulary.find("T\u2011shirt").classes == vocabulary.find("tee-shirt").classes


def test_whatever_is_typed_is_understood_or_refused(vocabulary: Vocabulary) -> None:
    dice = random.Random(19)  # noqa: S311
    letters = "abe äßœ'-:red cat的猫いの赤🍋\u200d\u3000\u00ad\ufe0f\u0301\ud800\x00"
    understood = 0
    for _ in range(600):
        text = "".join(dice.choices(letters, k=dice.randrange(12)))
        try:
            meaning = vocabulary.find(text, beside=text[::-1], language=dice.choice(LANGUAGES))
        except UnknownWords:
            continue
        assert meaning.classes or meaning.drawn, text
        understood += 1
    assert understood > 20
