"""A recipe stays with its layer, and makes the same edit again."""

from __future__ import annotations

import json

import pytest

from flexit.client import PixelFormat
from flexit.model import Choices, Recipe, Region

RECIPE = Recipe(
    Choices("Löwe 🦁", "cat", seed=7),
    {"steps": 40, "seed": 7, "mask_composition": False},
    Region(-3, 4, 50, 60),
    edit="abc",
    step=32,
    engine="0.1.0",
)


def test_a_recipe_comes_back_as_it_was() -> None:
    text = RECIPE.as_json()
    assert text.isascii()
    assert Recipe.from_json(text) == RECIPE
    assert Recipe.from_json(text.encode()) == RECIPE


@pytest.mark.parametrize(
    "change",
    [
        {"flexit": 2},
        {"settings": None},
        {"region": [1, 2]},
        {"region": ["a", 1, 2, 3]},
        {"region": [float("inf"), 1, 2, 3]},
        {"region": [float("nan"), 1, 2, 3]},
        {"region": [0, 0, 10**30, 3]},
        {"step": "x"},
        {"step": float("-inf")},
        {"step": 10**30},
    ],
)
def test_a_damaged_recipe_is_none(change: dict[str, object]) -> None:
    assert Recipe.from_json(json.dumps({**json.loads(RECIPE.as_json()), **change})) is None


@pytest.mark.parametrize("text", ["", "[", "3", "[]", "{}", b"\xff", "[" * 100_000])
def test_what_is_no_recipe_is_none(text: str | bytes) -> None:
    assert Recipe.from_json(text) is None


def test_a_recipe_asks_for_exactly_the_settings_that_were_used() -> None:
    request = RECIPE.request(PixelFormat(50, 60, "BGRA"), masked=True, client="krita")
    assert (request.target, request.source) == ("Löwe 🦁", "cat")
    assert request.settings == RECIPE.settings
    assert request.strength is None
