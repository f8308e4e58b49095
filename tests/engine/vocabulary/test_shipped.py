"""The file in the package: what is in it, and that the networks know it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import flexit_engine
from flexit_engine.vocabulary import Vocabulary
from flexit_engine.vocabulary.bag import all_learned, split_words
from flexit_engine.vocabulary.tables import LANGUAGES, Tables

PACKAGE = Path(flexit_engine.__file__).parent
WEIGHTS = PACKAGE / "networks" / "weights" / "mini"


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
