"""What a user chooses stays in range, survives files, and becomes requests."""

from __future__ import annotations

from dataclasses import fields

import pytest

from flexit.client import PixelFormat
from flexit.model import Choices, requests_of
from flexit.model.choices import LARGEST_SEED
from flexit_engine.service.protocol import EditRequest
from flexit_engine.settings import make_settings

LAYOUT = PixelFormat(4, 3, "BGRA")


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("strength", 7, 1.0),
        ("strength", -1, 0.0),
        ("strength", float("nan"), 0.5),
        ("strength", "half", 0.5),
        ("variants", 0, 1),
        ("variants", 99, 8),
        ("steps", 0, 1),
        ("steps", True, None),
        ("seed", -5, 0),
        ("context", float("inf"), 1.0),
        ("feather", 1e9, 200),
        ("input", "clipboard", "layer"),
        ("preset", None, "standard"),
        ("profile", "", "mini"),
        ("target", " two\n words\t", "two words"),
        ("source", ["cat"], ""),
    ],
)
def test_what_is_out_of_range_is_moved_into_it(name: str, value: object, wanted: object) -> None:
    assert Choices.from_json({name: value}).as_json()[name] == wanted


def test_choices_come_back_from_json_as_they_were() -> None:
    choices = Choices("dog", "cat", "visible", 0.7, "draft", "paper", 40, 7, 3, 0.5, 12)
    assert Choices.from_json(choices.as_json()) == choices
    assert len(choices.as_json()) == len(fields(Choices))


@pytest.mark.parametrize("kept", [None, 3, "cat", [], {"strength": {}, "unknown": 1}])
def test_damaged_choices_become_the_defaults(kept: object) -> None:
    assert Choices.from_json(kept) == Choices()


def test_each_variant_has_a_seed_of_its_own() -> None:
    seeds = [
        request.settings["seed"]
        for request in requests_of(
            Choices("dog", seed=LARGEST_SEED, variants=3), LAYOUT, masked=False, client="t"
        )
    ]
    assert seeds == [LARGEST_SEED, 0, 1]


def test_without_a_seed_each_run_has_another() -> None:
    seeds = {
        requests_of(Choices("dog"), LAYOUT, masked=False, client="t")[0].settings["seed"]
        for _ in range(20)
    }
    assert len(seeds) > 10


@pytest.mark.parametrize("masked", [True, False])
def test_the_engine_accepts_what_is_asked_for(masked: bool) -> None:
    choices = Choices("dog", "cat", steps=5, seed=1, context=0.5, strength=0.6)
    (request,) = requests_of(choices, LAYOUT, masked=masked, client="krita")
    read = EditRequest.model_validate(request.as_json())
    settings = make_settings(read.settings)
    assert (settings.steps, settings.seed, settings.context) == (5, 1, 0.5)
    # what the engine finds where nothing is selected it has to apply itself
    assert settings.mask_composition is not masked
    assert (read.mask is not None) == masked
    assert (read.result, read.strength) == ("raw", 0.6)
