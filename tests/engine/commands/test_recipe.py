"""A result carries its recipe, and `--again` repeats it to the byte."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from flexit_engine import __version__
from flexit_engine.canvas import read_picture, read_texts, write_picture
from flexit_engine.commands.failures import as_error
from flexit_engine.recipe import KEY, hash_of, parse_recipe

from .conftest import Flexit, draw

FAST = ("--to", "dog", "--steps", "2", "--resolution", "32", "--seed", "3")


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tiff"])
def test_again_repeats_to_the_byte(tiny: Flexit, cat: Path, tmp_path: Path, suffix: str) -> None:
    dog = tmp_path / f"dog{suffix}"
    assert tiny("edit", cat, dog, *FAST).code == 0
    assert tiny("edit", "--again", dog).code == 0
    assert (tmp_path / f"dog-again{suffix}").read_bytes() == dog.read_bytes()


def test_mini_repeats_variants_to_the_byte(
    flexit: Flexit, cat: Path, mask: Path, tmp_path: Path
) -> None:
    words = ("--mask", mask, "--from", "cat", "--variants", 3, *FAST)
    assert flexit("edit", cat, tmp_path / "dog.png", *words).code == 0
    for number in (1, 3):
        assert flexit("edit", tmp_path / f"dog-{number}.png", "--again").code == 0
        again = tmp_path / f"dog-{number}-again.png"
        assert again.read_bytes() == (tmp_path / f"dog-{number}.png").read_bytes()


def test_the_recipe_says_everything(tiny: Flexit, cat: Path, mask: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    dog = tmp_path / "out" / "dog.png"
    tiny("edit", cat, dog, "--from", "cat, animal", "--mask", mask, "--variants", 2, *FAST)
    second = dog.with_name("dog-2.png")
    recipe = parse_recipe(read_texts(second), second)
    assert recipe.version == __version__
    assert (recipe.profile, recipe.source, recipe.target) == ("mini", "cat, animal", "dog")
    assert (recipe.settings.seed, recipe.settings.steps, recipe.steps) == (4, 2, 2)
    assert (recipe.input.name, recipe.input.sha256) == ("../cat.png", hash_of(cat))
    assert recipe.mask is not None
    assert (recipe.mask.name, recipe.mask.sha256) == ("../mask.png", hash_of(mask))
    assert (recipe.batch.row, recipe.batch.size) == (1, 2)


def test_the_input_is_found_from_a_linked_folder(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    (tmp_path / "far" / "away").mkdir(parents=True)
    (tmp_path / "link").symlink_to(tmp_path / "far" / "away")
    dog = tmp_path / "link" / "dog.png"
    assert tiny("edit", cat, dog, *FAST).code == 0
    assert tiny("edit", "--again", dog).code == 0


def test_an_input_that_is_gone_can_be_pointed_at(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    dog = tmp_path / "dog.png"
    tiny("edit", cat, dog, *FAST)
    moved = cat.rename(tmp_path / "moved.png")
    answer = tiny("edit", "--again", dog)
    assert answer.code == 3
    assert "is gone" in answer.err
    assert "--in" in answer.err
    assert tiny("edit", "--again", dog, "--in", moved).code == 0
    assert (tmp_path / "dog-again.png").read_bytes() == dog.read_bytes()


@pytest.mark.parametrize("which", ["cat", "mask"])
def test_a_changed_input_is_noticed(
    tiny: Flexit, cat: Path, mask: Path, tmp_path: Path, which: str
) -> None:
    dog = tmp_path / "dog.png"
    tiny("edit", cat, dog, "--mask", mask, *FAST)
    draw(tmp_path / f"{which}.png", seed=1)
    answer = tiny("edit", "--again", dog)
    assert answer.code == 3
    assert "has changed" in answer.err
    assert not (tmp_path / "dog-again.png").exists()


def test_again_replaces_neither_result_nor_input(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    dog = tmp_path / "dog.png"
    tiny("edit", cat, dog, *FAST)
    for precious in (dog, cat):
        before = precious.read_bytes()
        assert tiny("edit", "--again", dog, precious, "--force").code == 6
        assert precious.read_bytes() == before


@pytest.mark.parametrize(
    "texts",
    [
        {},
        {KEY: ""},
        {KEY: "not json"},
        {KEY: "[]"},
        {KEY: '{"version": "9"}'},
        {KEY: "[" * 50_000},
        {"other": "x"},
    ],
)
def test_a_picture_without_a_recipe_is_refused(
    tiny: Flexit, cat: Path, tmp_path: Path, texts: dict[str, str]
) -> None:
    write_picture(read_picture(cat), tmp_path / "dog.png", texts=texts)
    answer = tiny("edit", "--again", tmp_path / "dog.png")
    assert answer.code == 3
    assert "recipe" in answer.err


def test_settings_cannot_be_changed_on_the_way(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    tiny("edit", cat, tmp_path / "dog.png", *FAST)
    assert tiny("edit", "--again", tmp_path / "dog.png", "--steps", "9").code == 2


def test_names_that_are_not_unicode_are_survived(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    odd = cat.rename(tmp_path / os.fsdecode(b"c\xe4t.png"))
    dog = tmp_path / "dog.png"
    assert tiny("edit", odd, dog, *FAST).code == 0
    assert tiny("edit", "--again", dog, "--in", odd).code == 0


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        ("steps", 10**30, "steps"),
        ("steps", float("inf"), "steps"),
        ("settings.steps", 10**30, "settings.steps"),
        ("settings.learning_rate", float("inf"), "settings.learning_rate"),
        ("settings.image_weight", float("nan"), "settings.image_weight"),
        ("batch.row", 1, "there is no row 1 of 1"),
        ("batch.row", 10**30, "there is no row"),
        ("batch.size", float("inf"), "batch.size"),
    ],
)
def test_numbers_that_no_edit_has_are_refused_in_words(
    tiny: Flexit, cat: Path, tmp_path: Path, place: str, value: float, named: str
) -> None:
    dog = tmp_path / "dog.png"
    assert tiny("edit", cat, dog, *FAST).code == 0
    facts = json.loads(read_texts(dog)[KEY])
    *outer, last = place.split(".")
    inner = facts[outer[0]] if outer else facts
    inner[last] = value
    write_picture(read_picture(dog), dog, texts={KEY: json.dumps(facts)})
    answer = tiny("edit", "--again", dog)
    assert answer.code == 3
    assert "is damaged or from another version" in answer.err
    assert named in answer.err
    assert "unexpected" not in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ("logs", "-n", 10**30),
        ("serve", "--keep-alive", "Infinity"),
        ("serve", "--keep-alive", "nan"),
        ("serve", "--exit-when-idle", "Infinity"),
        ("serve", "--exit-when-idle", "1e300"),
    ],
)
def test_numbers_without_end_are_refused_on_the_command_line(
    flexit: Flexit, words: tuple[object, ...]
) -> None:
    answer = flexit(*words)
    assert answer.code == 2
    assert f"{words[1]} cannot be" in answer.err


def test_a_number_that_only_a_machine_finds_too_large_is_said() -> None:
    assert "too large" in as_error(OverflowError("int too large to convert")).message
