"""What texts mean to the embedded networks."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

import flexit_engine
from flexit_engine.errors import UnknownWords
from flexit_engine.vocabulary import Meaning, Vocabulary
from flexit_engine.vocabulary.bag import all_learned, split_words
from flexit_engine.vocabulary.tables import LANGUAGES, Tables

PACKAGE = Path(flexit_engine.__file__).parent
WEIGHTS = PACKAGE / "networks" / "weights" / "mini"
CATS = (281, 282, 283, 284, 285)
LEMON, GRANNY_SMITH, BLACK_BEAR, BROWN_BEAR, RED_FOX, GREEN_MAMBA = 951, 948, 295, 294, 277, 64
GOLDFISH, COMPUTER_MOUSE, CRANE_BIRD = 1, 673, 134


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()


def learned_by(encoder: str) -> list[str]:
    """The words in the head of an encoder's weight file."""
    with (WEIGHTS / f"{encoder}.safetensors").open("rb") as file:
        head = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return sorted(json.loads(head["__metadata__"]["vocabulary"]))


@pytest.mark.parametrize("encoder", ["fire", "lite", "residual"])
def test_the_learned_words_are_those_of_the_shipped_encoders(encoder: str) -> None:
    assert learned_by(encoder) == sorted(Tables.load().learned), "run scripts/make_vocabulary.py"


def test_it_is_small_and_loaded_without_torch() -> None:
    assert (PACKAGE / "vocabulary" / "words.tsv.gz").stat().st_size <= 2_000_000
    code = (
        "import sys; from flexit_engine.vocabulary import Vocabulary;"
        "assert Vocabulary.load() is Vocabulary.load(); Vocabulary.load().find('cat');"
        "assert not {'torch', 'numpy'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


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


def test_a_word_with_a_hyphen_is_one_word(vocabulary: Vocabulary) -> None:
    """Only a whole word is passed over: xyzzy-souris is no souris, blue-eyed paints nothing."""
    with pytest.raises(UnknownWords):
        vocabulary.find("xyzzy-souris", language="fr")
    cat = vocabulary.find("blue-eyed cat")
    assert (cat.colours, cat.ignored) == ((), ("blue-eyed",))
    assert vocabulary.find("light-blue car").colours == ("blue",)
    assert vocabulary.find("T\u2011shirt").classes == vocabulary.find("tee-shirt").classes


@pytest.mark.parametrize("text", ["xyzzy", "blarg dog frobnicate", "red xyzzy"])
def test_a_thing_nobody_knows_is_refused(vocabulary: Vocabulary, text: str) -> None:
    with pytest.raises(UnknownWords):
        vocabulary.find(text)


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


@pytest.mark.parametrize("language", LANGUAGES)
def test_class_names_are_unique_and_understood(vocabulary: Vocabulary, language: str) -> None:
    names = [vocabulary.class_name(index, language) for index in range(1000)]
    assert len(set(names)) == 1000
    assert all(names)


@pytest.mark.parametrize(
    ("lemma", "index"),
    [
        ("Carassius auratus", 1),
        ("man-eating shark", 2),
        ("ice bear", 296),
        ("Thalarctos maritimus", 296),
        ("hare", 331),
        ("sorrel", 339),
        ("espresso maker", 550),
        ("chime", 494),
        ("lesser panda", 387),
    ],
)
def test_the_names_of_a_class_in_wordnet_are_its_names(
    vocabulary: Vocabulary, lemma: str, index: int
) -> None:
    assert vocabulary.find(lemma).classes == (index,)


def test_every_label_of_a_class_can_mean_it(vocabulary: Vocabulary) -> None:
    tables = vocabulary.tables
    for index in range(1000):
        label = vocabulary.class_name(index)
        found = {
            number
            for reading in vocabulary.dictionary.readings(label)
            for number in tables.members(reading.sense.image_key)
        }
        assert index in found, label


def test_all_that_the_drawn_encoders_learned_is_handed_to_them_as_it_is(
    vocabulary: Vocabulary,
) -> None:
    tables = vocabulary.tables
    assert len(tables.phrases) > 500
    for text in [*tables.phrases, *tables.learned]:
        if split_words(text):
            meaning = vocabulary.find(text)
            assert sorted(meaning.drawn.split()) == sorted(split_words(text)), text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_listed_word_is_understood(vocabulary: Vocabulary, language: str) -> None:
    words = vocabulary.words("", language)
    assert len(words) > 1500
    for word in words[::5]:
        meaning = vocabulary.find(word, language=language)
        assert meaning.classes or meaning.drawn, word
        assert not meaning.drawn or all_learned(meaning.drawn, vocabulary.tables.learned), word
        assert set(meaning.typical) <= set(meaning.classes), word


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


def test_a_meaning_says_all_in_plain_values(vocabulary: Vocabulary) -> None:
    meaning = vocabulary.find("kitten")
    assert Meaning(**json.loads(json.dumps(meaning._asdict()))).shown == meaning.shown
