"""Requirements 7, 12, 13, 19 and 20: progress, cancel, errors, results."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.editors.engines import Pixels

from .host import Krita
from .watched import WatchedEngine

FAILURE = {
    "code": "out_of_memory",
    "message": "The device has too little memory.",
    "hint": "Select less.",
    "log": "",
}


@pytest.mark.usefixtures("engine")
def test_13_progress_says_stage_step_and_time_and_ends_full(krita: Krita) -> None:
    found = krita.run("session:progress")
    told = [(words, value) for words, value, _ in found["told"]]
    assert told == [
        ("Reading the layer", None),
        ("Connecting to the engine", None),
        ("Sending the picture", None),
        ("Loading the networks", None),
        ("Looking at the picture · 2 s left", None),
        ("Step 1 of 4 · 2 s left", 250),
        ("Receiving the result", 1000),
    ]
    assert {button for _, _, button in found["told"]} == {"Cancel"}
    assert (found["after"], found["bar"]) == ("Edit", False)


def test_12_cancel_is_always_there_and_leaves_nothing(krita: Krita, engine: WatchedEngine) -> None:
    engine.go_on.clear()
    before = krita.run("session:begin")
    found = krita.run("session:cancel")
    assert (found["visible"], found["text"], found["busy"]) == (True, "Cancel", False)
    assert found["state"] == before
    krita.run("steps:wait_until_idle")
    assert engine.cancelled == ["1"]
    engine.go_on.set()
    assert krita.run("session:progress")["after"] == "Edit"


def test_20_an_error_is_a_sentence_a_way_out_and_details_to_copy(
    krita: Krita, engine: WatchedEngine
) -> None:
    engine.failure = FAILURE
    found = krita.run("session:fail_an_edit")
    assert found["sentence"] == "The device has too little memory.\nSelect less."
    assert "(out_of_memory)" in found["copied"]
    assert "(out_of_memory)" in found["details"]
    assert found["closed"]
    assert not found["dialog"]
    assert found["layers"] == ["Background"]


@pytest.mark.usefixtures("engine")
def test_20_a_fault_in_any_slot_opens_no_dialog(krita: Krita) -> None:
    for name, said in krita.run("session:faults").items():
        assert said == (
            f"The plug-in has a fault: ZeroDivisionError: {name}.\nPlease report it."
        ), name


def test_7_the_death_of_the_engine_is_told_and_the_edit_goes_on_after_a_restart(
    krita: Krita, engine: WatchedEngine, data: Path
) -> None:
    engine.go_on.clear()
    before = krita.run("session:begin")
    log = data / "logs" / "engine.jsonl"
    log.parent.mkdir(exist_ok=True)
    log.write_text(json.dumps({"message": "the last words"}) + "\n")
    engine.stand_in.stop()
    found = krita.run("session:error")
    assert "the last words" in found["text"]
    assert found["restart"]
    assert found["state"] == before
    with WatchedEngine(data) as next_engine:
        next_engine.sent = list(engine.sent)
        ended = krita.run("session:press_restart")
        assert ended["error"] is None
        assert len(ended["layers"]) == 2
        assert len(next_engine.sent) == 1, "what had begun is not asked for twice"


def by_step(pixels: Pixels, step: int) -> Pixels:
    """As grey as the edit has steps."""
    return np.broadcast_to(np.array([step, step, step, 255], np.uint8), pixels.shape)


def test_19_the_amount_can_be_changed_during_the_edit(krita: Krita, engine: WatchedEngine) -> None:
    engine.change = by_step
    engine.go_on.clear()
    krita.run("session:begin")
    found = krita.run("session:scrub")
    pixel = engine.sent[0].image[3, 3, 2::-1]
    was = "#" + bytes(pixel).hex()
    assert found == {"steps": 1, "more": False, "at 0": "#000000", "at 1": "#010101", "before": was}
    engine.go_on.set()
    krita.run("steps:wait_until_idle")
    assert krita.run("session:compare") == [was, "#040404"]


def test_19_the_amount_can_be_changed_after_the_edit(krita: Krita, engine: WatchedEngine) -> None:
    engine.change = by_step
    found = krita.run("session:amount")
    assert found["images"] == ["#000000", "#020202", "#040404"]
    name = "cat → dog #3"
    assert found["layers"] == [name, name, name, "Background"]
    assert sorted(found["values"]) == ["020202ff", "040404ff"]
    assert found["range"] == [4, 44]
    assert found["outcomes"] == 2
    assert found["listed"] == ["#3", "#3"]
    assert found["named"] == name


@pytest.mark.usefixtures("engine")
def test_19_the_recipe_stays_with_the_layer(krita: Krita) -> None:
    found = krita.run("session:recipe")
    assert found["same"]
    assert found["choices"]["strength"] == 0.8
    assert found["choices"]["seed"] == 5
    assert found["recalled"] == found["choices"]
    assert found["refused"].startswith("This layer was not made by FlexIT")
    assert found["region"] == [0, 0, 64, 48]
    assert found["step"] == 4
    assert not found["modified"]


@pytest.mark.usefixtures("engine")
def test_19_a_results_settings_can_be_used_again(krita: Krita) -> None:
    assert krita.run("session:reuse") == ["lemon", 0.8, 5]
