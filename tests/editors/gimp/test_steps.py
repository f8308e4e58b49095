"""The amount: a slider through the steps there are, during a run and after it; and more steps."""

from __future__ import annotations

import json

from .served import SHADE, ServedEngine, by_step
from .window import UNTITLED, Window

PREVIEW = 90 // SHADE
"""The step whose colour is that of the engine's previews."""


def step_of(window: Window, layer: int) -> int:
    """The step that a layer shows."""
    return int(window.gimp.pixels(layer)[0, 0, 0]) // SHADE


def seen_step(window: Window) -> int:
    """The step that the dialog's picture shows; GTK rounds its colours down."""
    return round(window.picture()[0] / SHADE)


def begin(window: Window, engine: ServedEngine) -> None:
    """An edit that has made its first step of four."""
    engine.change = by_step
    engine.go_on.clear()
    engine.reached.clear()
    window.press("Return")
    window.wait_for(lambda: window.says().startswith("Step 1 of 4"))
    window.wait_for(lambda: seen_step(window) == PREVIEW)


def test_the_amount_goes_back_through_the_steps_and_continue_adds_some(
    window: Window, engine: ServedEngine
) -> None:
    engine.change = by_step
    made, layer = window.edited()

    assert step_of(window, layer) == 4
    window.press_alt("Amount", "Left", "Left")
    window.wait_for(lambda: step_of(window, layer) == 2)
    assert json.loads(window.gimp("facts", layer=layer)["recipe"])["step"] == 2
    window.wait_for(lambda: seen_step(window) == 2)
    window.press("Home")
    window.wait_for(lambda: step_of(window, layer) == 0)
    window.press_alt("Continue")
    window.wait_for(lambda: step_of(window, layer) == 44)
    assert window.results(made) == [layer]
    window.wait_for(lambda: window.field("slider", "Amount")["most"] == 44)
    assert window.field("slider", "Amount")["value"] == 44
    window.close_dialog()
    window.activate(UNTITLED)
    window.press("ctrl+z")
    window.wait_for(lambda: window.results(made) == [])


def test_during_a_run_the_amount_shows_the_steps_there_are_in_the_dialog_alone(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    before = window.gimp("state", image=made["image"])
    window.open_dialog()
    window.type("lemon")
    begin(window, engine)
    amount = window.field("slider", "Amount")
    assert (amount["value"], amount["most"], amount["sensitive"]) == (1, 1, True)
    assert not window.field("button", "Continue")["sensitive"]
    window.press_alt("Amount", "Left")
    window.wait_for(lambda: seen_step(window) == 0)
    window.press("Right")
    window.wait_for(lambda: seen_step(window) == 1)
    assert window.gimp("state", image=made["image"]) == before
    window.press("Left")
    engine.go_on.set()
    (layer,) = window.wait_for(lambda: window.results(made))
    assert step_of(window, layer) == 4
    window.wait_for(lambda: window.field("slider", "Amount")["most"] == 4)
    assert window.field("slider", "Amount")["value"] == 4
    window.wait_for(lambda: seen_step(window) == 4)
    window.close_dialog()


def test_after_a_cancel_the_amount_is_that_of_the_result_before(
    window: Window, engine: ServedEngine
) -> None:
    engine.change = by_step
    _, layer = window.edited()
    window.press_alt("Amount", "Left")
    window.wait_for(lambda: step_of(window, layer) == 3)
    begin(window, engine)
    window.press("Escape")
    window.wait_for(lambda: window.says() == "Stopped. Nothing was changed.")
    amount = window.field("slider", "Amount")
    assert (amount["value"], amount["most"]) == (3, 4)
    window.press_alt("Amount", "Left")
    window.wait_for(lambda: step_of(window, layer) == 2)
    window.close_dialog()


def test_a_step_of_a_layer_that_is_gone_is_said_in_a_sentence(
    window: Window, engine: ServedEngine
) -> None:
    engine.change = by_step
    _, layer = window.edited()
    window.gimp("remove", layer=layer)
    window.press_alt("Amount", "Left")
    words = "The layer of this edit is not in the picture any more. Run it again."
    window.wait_for(lambda: window.says() == words)
    window.close_dialog()


def begin_second(window: Window, engine: ServedEngine) -> None:
    """Three variants, of which the first is finished."""
    engine.go_on.clear()
    engine.quick = {"1"}
    window.open_dialog()
    window.type("lemon")
    window.press_alt("Details")
    window.wait_for(lambda: window.seen("spin-button", "Variants"))
    window.press_alt("Variants", "ctrl+a", "3", "Return")
    window.wait_for(lambda: window.says().startswith("Variant 2 of 3 · Step 1 of 4"))


def test_when_variants_are_cancelled_the_finished_ones_are_kept_in_one_undo_step(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    before = window.gimp("state", image=made["image"])
    begin_second(window, engine)
    window.press("Escape")
    window.wait_for(lambda: window.says().startswith("Stopped."))
    assert window.says() == "Stopped. Finished and kept: 1 of 3 variants."
    assert len(window.results(made)) == 1
    window.press_alt("Amount", "Left")
    window.wait_for(lambda: window.field("slider", "Amount")["value"] == 3)
    window.close_dialog()
    window.activate(UNTITLED)
    window.press("ctrl+z")
    window.wait_for(lambda: window.gimp("state", image=made["image"]) == before)


def test_when_a_variant_fails_the_finished_ones_are_kept(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    begin_second(window, engine)
    engine.failure = {"code": "device", "message": "It burns.", "hint": "Run.", "log": ""}
    engine.go_on.set()
    words = "It burns. Run. Finished and kept: 1 of 3 variants."
    window.wait_for(lambda: window.says() == words)
    assert len(window.results(made)) == 1
    window.close_dialog()


def test_when_more_steps_are_cancelled_each_variant_has_what_was_finished(
    window: Window, engine: ServedEngine
) -> None:
    engine.change = by_step
    made = window.new_image()
    window.open_dialog()
    window.type("lemon")
    window.press_alt("Details")
    window.wait_for(lambda: window.seen("spin-button", "Variants"))
    window.press_alt("Variants", "ctrl+a", "2")
    group = window.edit(made)
    first, second = window.gimp("facts", layer=group)["children"]
    engine.go_on.clear()
    engine.quick = {"1"}
    window.press_alt("Continue")
    window.wait_for(lambda: window.says().startswith("Variant 2 of 2 · Step 1 of 44"))
    window.press("Escape")
    words = "Stopped. Finished and kept: 1 of 2 variants."
    window.wait_for(lambda: window.says() == words)
    assert [step_of(window, layer) for layer in (first, second)] == [44, 4]
    window.press_alt("Amount", "Left")
    window.wait_for(lambda: step_of(window, first) == 43)
    window.close_dialog()
