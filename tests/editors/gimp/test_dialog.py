"""The dialog, pressed as a user presses it."""

from __future__ import annotations

import json
import os
import signal

import numpy as np
import psutil
import pytest

from .served import ServedEngine, inverted
from .window import RECALL, REPEAT, UNTITLED, Window

OUT_OF_MEMORY = {"code": "out_of_memory", "message": "Too small.", "hint": "Try less.", "log": ""}


def select(window: Window, image: int) -> None:
    window.gimp("select", image=image, left=10, top=8, width=20, height=20)


def history(window: Window) -> list[dict[str, object]]:
    """The texts that were kept."""
    path = window.gimp.profile / "flexit" / "history.json"
    return json.loads(path.read_text()) if path.exists() else []


def test_04_the_dialog_opens_without_an_engine_and_says_so_when_one_is_needed(
    window: Window,
) -> None:
    made = window.new_image()
    window.open_dialog()
    pid = window.gimp.plugin_pid()
    assert pid is not None
    # Of its own: what else the machine does is none of its fault.
    assert sum(psutil.Process(pid).cpu_times()[:2]) < 1
    window.type("lemon")
    window.press("Return")
    window.wait_for(lambda: window.says().startswith("FlexIT's engine is not installed"))
    assert history(window)[0]["target"] == "lemon"
    assert window.results(made) == []
    window.close_dialog()


def test_14_one_can_edit_again_and_again_from_the_same_source(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    select(window, made["image"])
    window.open_dialog()
    window.type("red apple")
    window.edit(made)
    window.edit(made)
    first, second = engine.sent
    assert first.request["target"] == second.request["target"] == "red apple"
    assert first.request["settings"]["seed"] != second.request["settings"]["seed"]
    assert np.array_equal(first.image, second.image)
    window.close_dialog()


def test_01_and_05_an_edit_is_one_undo_step_and_a_cancelled_one_none(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    select(window, made["image"])
    window.gimp("move", layer=made["layer"], left=1, top=1)
    before = window.gimp("state", image=made["image"])
    window.open_dialog()
    window.type("lemon")
    engine.go_on.clear()
    window.press("Return")
    assert engine.reached.wait(20)
    window.press("Escape")
    window.wait_for(lambda: window.says() == "Stopped. Nothing was changed.")
    assert window.gimp("state", image=made["image"]) == before
    engine.go_on.set()
    window.edit(made)
    window.close_dialog()
    (layer,) = window.results(made)
    recipe = window.gimp("facts", layer=layer)["recipe"]
    window.activate(UNTITLED)
    window.press("ctrl+z")
    window.wait_for(lambda: window.results(made) == [])
    assert window.gimp("state", image=made["image"]) == before
    window.press("ctrl+z")  # the move: nothing of ours lies between
    window.wait_for(lambda: window.gimp("facts", layer=made["layer"])["bounds"][:2] == [0, 0])
    window.press("ctrl+y")
    window.press("ctrl+y")
    window.wait_for(lambda: window.results(made) == [layer])
    assert window.gimp("facts", layer=layer)["recipe"] == recipe


@pytest.mark.parametrize("key", ["Escape", "alt+c", "alt+F4"])
def test_04_cancelling_frees_the_engine_and_keeps_the_dialog_and_its_text(
    window: Window, engine: ServedEngine, key: str
) -> None:
    made = window.new_image()
    window.open_dialog()
    window.type("lemon")
    engine.go_on.clear()
    window.press("Return")
    assert engine.reached.wait(20)
    window.press(key)
    assert engine.left.wait(20)
    window.wait_for(lambda: window.says() == "Stopped. Nothing was changed.")
    engine.go_on.set()
    window.edit(made)
    assert engine.sent[1].request["target"] == "lemon"
    window.close_dialog()


def test_16_a_text_is_kept_after_a_cancel_an_error_and_a_crash(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    engine.failure = OUT_OF_MEMORY
    engine.go_on.clear()
    window.open_dialog()
    window.type("a lemon tree")
    window.press("Return")
    assert engine.reached.wait(20)
    pid = window.gimp.plugin_pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    window.wait_for(lambda: window.gimp.plugin_pid() is None)
    assert history(window)[0]["target"] == "a lemon tree"
    engine.go_on.set()
    window.dismiss_message()
    window.open_dialog()
    window.press("Return")
    window.wait_for(lambda: window.says() == "Too small. Try less.")
    engine.failure = None
    window.edit(made)
    assert {sent.request["target"] for sent in engine.sent} == {"a lemon tree"}
    window.close_dialog()


def test_a_text_that_is_refused_can_be_typed_anew_at_once(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    engine.refusal = 400, {"code": "unknown_words", "message": "What?", "hint": "Else.", "log": ""}
    window.open_dialog()
    window.type("blorp")
    window.press("Return")
    window.wait_for(lambda: window.says() == "What? Else.")
    engine.refusal = None
    window.type("lemon")
    window.edit(made)
    window.type("lime")
    window.edit(made)
    assert [sent.request["target"] for sent in engine.sent] == ["lemon", "lime"]
    window.close_dialog()


def test_12_gimps_own_repeat_key_makes_the_last_edit_again(
    window: Window, engine: ServedEngine
) -> None:
    made, _ = window.edited()
    window.close_dialog()
    window.gimp("choose", image=made["image"], layers=[made["layer"]])
    window.activate(UNTITLED)
    window.press("ctrl+f")
    window.wait_for(lambda: len(window.results(made)) == 2)
    assert [sent.request["target"] for sent in engine.sent] == ["lemon", "lemon"]


def test_12_repeating_edits_the_same_source_once_more(window: Window, engine: ServedEngine) -> None:
    engine.change = inverted
    made, _ = window.edited()
    window.close_dialog()
    window.activate(UNTITLED)
    window.press(REPEAT)
    window.wait_for(lambda: len(window.results(made)) == 2)
    first, second = engine.sent
    assert second.request["target"] == "lemon"
    assert np.array_equal(first.image, second.image)


def test_17_the_result_follows_a_picture_that_changes_meanwhile(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    select(window, made["image"])
    other = window.gimp("add_layer", image=made["image"], position=1)
    window.gimp("choose", image=made["image"], layers=[made["layer"]])
    engine.go_on.clear()
    window.open_dialog()
    window.type("lemon")

    def meanwhile(change: str, **values: object) -> list[int]:
        engine.reached.clear()
        engine.go_on.clear()
        window.press("Return")
        assert engine.reached.wait(20)
        before = set(window.results(made))
        window.gimp(change, **values)
        engine.go_on.set()
        window.wait_for(lambda: set(window.results(made)) - before)
        return [layer for layer in window.results(made) if layer not in before]

    (moved,) = meanwhile("move", layer=made["layer"], left=5, top=-3)
    assert window.gimp("facts", layer=moved)["bounds"] == [15, 5, 20, 20]
    (selected,) = meanwhile("select_nothing", image=made["image"])
    assert window.gimp.mask(selected) is not None
    select(window, made["image"])
    (orphan,) = meanwhile("remove", layer=made["layer"])
    assert window.gimp("layers", image=made["image"])[0] == orphan
    assert other in window.gimp("layers", image=made["image"])
    window.close_dialog()


@pytest.mark.parametrize("change", ["make_indexed", "close"])
def test_17_the_result_becomes_a_new_picture_where_it_cannot_be_added_to_the_old_one(
    window: Window, engine: ServedEngine, change: str
) -> None:
    made = window.new_image()
    select(window, made["image"])
    engine.go_on.clear()
    window.open_dialog()
    window.type("lemon")
    window.press("Return")
    assert engine.reached.wait(20)
    before = set(window.gimp("images"))
    window.gimp(change, image=made["image"])
    engine.go_on.set()
    (new,) = window.wait_for(lambda: set(window.gimp("images")) - before)
    (layer,) = window.wait_for(lambda: window.gimp("layers", image=new))
    sent = engine.sent[-1].image
    assert window.gimp("mode_of", image=new) == "rgb"
    assert np.array_equal(window.gimp.pixels(layer), sent[5:25, 5:25])
    window.close_dialog()


def test_15_the_settings_of_a_result_come_back_into_the_dialog(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    values = {"target": "lemon", "source": "red apple", "seed": 77, "strength": 0.75, "variants": 1}
    window.gimp("edit", image=made["image"], layers=[made["layer"]], **values)
    window.open_dialog(RECALL)
    edit_again = len(engine.sent)
    window.press("Return")
    window.wait_for(lambda: len(window.results(made)) == 2)
    assert engine.sent[edit_again].request == {**engine.sent[0].request}
    assert np.array_equal(engine.sent[1].image, engine.sent[0].image)
    window.close_dialog()
