"""What is edited: what the user sees of one layer, which itself is never touched."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import numpy as np
import pytest

from tests.editors.engines import FakeEngine

from .host import Gimp
from .window import Window

OUT_OF_MEMORY = {"code": "out_of_memory", "message": "Too small.", "hint": "Try less.", "log": ""}
Made = dict[str, int]


def prepared(gimp: Gimp) -> Made:
    """An image whose layer has everything that can be lost."""
    made = gimp("image")
    gimp("add_mask", layer=made["layer"])
    gimp("add_filter", layer=made["layer"])
    gimp("move", layer=made["layer"], left=3, top=2)
    gimp("select", image=made["image"], left=10, top=8, width=20, height=20, feather=5)
    return made


def in_background(gimp: Gimp, made: Made) -> tuple[threading.Thread, list[Any]]:
    """An edit that goes on while the test does something else."""
    answers: list[Any] = []

    def run() -> None:
        answers.append(gimp("edit", image=made["image"], layers=[made["layer"]]))

    thread = threading.Thread(target=run)
    thread.start()
    return thread, answers


@pytest.mark.usefixtures("engine")
def test_01_the_source_is_untouched_after_success(gimp: Gimp) -> None:
    made = prepared(gimp)
    before = gimp("state", image=made["image"])
    assert gimp("edit", image=made["image"], layers=[made["layer"]])["status"] == "success"
    after = gimp("state", image=made["image"])
    assert [each for each in after if each in before] == before
    assert len(after) == len(before) + 1


@pytest.mark.parametrize("happens", ["failed", "refused", "killed"])
def test_01_the_whole_picture_is_untouched_after_an_edit_that_did_not_succeed(
    gimp: Gimp, engine: FakeEngine, happens: str
) -> None:
    made = prepared(gimp)
    before = gimp("state", image=made["image"])
    if happens == "failed":
        engine.failure = OUT_OF_MEMORY
    if happens == "refused":
        engine.refusal = 429, {**OUT_OF_MEMORY, "code": "busy"}
    if happens == "killed":
        engine.go_on.clear()
    thread, answers = in_background(gimp, made)
    if happens == "killed":
        assert engine.reached.wait(20)
        pid = Window.wait_for(gimp.plugin_pid)
        os.kill(pid, signal.SIGKILL)
    thread.join(20)
    assert answers[0]["status"] == ("calling-error" if happens == "killed" else "execution-error")
    assert gimp("state", image=made["image"]) == before


def test_09_filters_are_seen_by_the_engine(gimp: Gimp, engine: FakeEngine) -> None:
    made = gimp("image")
    plain = gimp.pixels(made["layer"])
    gimp("add_filter", layer=made["layer"])
    gimp("edit", image=made["image"], layers=[made["layer"]])
    assert np.array_equal(engine.sent[0].image[..., :3], 255 - plain[..., :3])


def test_09_a_layers_mask_is_seen_by_the_engine(gimp: Gimp, engine: FakeEngine) -> None:
    made = gimp("image")
    gimp("add_mask", layer=made["layer"])
    mask = gimp.mask(made["layer"])
    assert mask is not None
    gimp("edit", image=made["image"], layers=[made["layer"]])
    assert np.abs(engine.sent[0].image[..., 3].astype(int) - mask).max() <= 1


@pytest.mark.usefixtures("engine")
def test_09_where_a_mask_is_edited_its_layer_is_the_source(gimp: Gimp) -> None:
    made = gimp("image")
    mask = gimp("add_mask", layer=made["layer"])
    answer = gimp("edit", image=made["image"], layers=[mask])
    assert answer["status"] == "success"
    first = gimp("facts", layer=answer["layer"])
    assert first["position"] == gimp("facts", layer=made["layer"])["position"] - 1
    assert not first["edits_mask"]


def test_09_a_group_is_edited_as_it_looks(gimp: Gimp, engine: FakeEngine) -> None:
    made = gimp("image")
    group = gimp("add_group", image=made["image"])
    inside = gimp("add_layer", image=made["image"], group=group)
    gimp("add_filter", layer=group)
    gimp("edit", image=made["image"], layers=[group])
    assert np.array_equal(engine.sent[0].image[..., :3], 255 - gimp.pixels(inside)[..., :3])


def test_09_a_text_layer_is_edited_as_it_looks(gimp: Gimp, engine: FakeEngine) -> None:
    made = gimp("image")
    text = gimp("add_text", image=made["image"])
    assert gimp("edit", image=made["image"], layers=[text])["status"] == "success"
    assert np.array_equal(engine.sent[0].image, gimp.pixels(text))


def test_09_the_visible_image_needs_no_layer(gimp: Gimp, engine: FakeEngine) -> None:
    made = gimp("image")
    above = gimp("add_layer", image=made["image"], left=20, top=20, width=10, height=10)
    seen = gimp.pixels(made["layer"])
    seen = seen.copy()
    seen[20:30, 20:30] = gimp.pixels(above)
    both = [made["layer"], above]
    for layers in ([], both):
        answer = gimp("edit", image=made["image"], layers=layers, input="visible")
        assert answer["status"] == "success"
        assert np.array_equal(engine.sent[-1].image, seen)
    assert engine.sent[0].request["client"] == "gimp"


def test_09_what_cannot_be_edited_is_said_in_a_sentence_with_the_way_out(
    gimp: Gimp, engine: FakeEngine
) -> None:
    made = gimp("image")
    other, channel = (
        gimp("add_layer", image=made["image"]),
        gimp("add_channel", image=made["image"]),
    )
    away = gimp("add_layer", image=made["image"], left=40, top=0, width=5, height=5)
    gimp("select", image=made["image"], left=0, top=0, width=10, height=10)

    def words(layers: list[int]) -> str:
        answer = gimp("edit", image=made["image"], layers=layers)
        assert answer["status"] == "execution-error"
        return str(answer["words"])

    assert words([]).startswith("No layer is selected. Select one")
    assert words([made["layer"], other]).startswith("Several layers are selected. Select just one")
    assert words([channel]) == "A channel cannot be edited. Click a layer in the Layers dialog."
    assert words([away]).startswith("The selection lies beside the layer. Select a part of")
    gimp("make_indexed", image=made["image"])
    assert words([made["layer"]]).endswith("Choose Image ▸ Mode ▸ RGB first.")
    assert engine.sent == []
