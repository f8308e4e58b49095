"""What the dialog shows, what a screen reader says of it, and which keys lead where."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from flexit.model import use_language
from flexit.model.words import labels

from .served import ServedEngine
from .window import MESSAGE, REPEAT, TITLE, UNTITLED, Window

LANGUAGES = ["en", "de", "es", "fr", "ja", "zh_CN"]
PREVIEW = [90, 90, 90]
ROLES = {
    "text": ["source", "target"],
    "slider": ["strength", "context"],
    "combo-box": ["input", "preset", "profile", "source", "target"],
    "spin-button": ["steps", "seed", "variants", "feather"],
}
"""The fields by what a screen reader calls their kind."""


def unfold(window: Window) -> None:
    """Open the dialog, with all its fields."""
    window.new_image()
    window.open_dialog()
    (head,) = window.wait_for(lambda: window.seen("toggle-button"))
    window.press_alt(head["name"])
    window.wait_for(lambda: window.seen("spin-button"))


@pytest.fixture(params=LANGUAGES)
def spoken(window: Window, request: pytest.FixtureRequest) -> Iterator[Window]:
    """The dialog in a language, with all its fields."""
    window.speak(request.param)
    use_language(request.param)
    unfold(window)
    yield window
    use_language()
    window.close_dialog()


def test_20_every_field_has_a_name_and_a_letter_of_its_own_in_the_language_of_the_user(
    spoken: Window,
) -> None:
    for role, names in ROLES.items():
        said = [each["name"] for each in spoken.seen(role)]
        assert {labels()[name] for name in names} <= set(said)
        assert all(said), "one has no name"
    buttons = [each["name"] for each in (*spoken.seen("button"), *spoken.seen("toggle-button"))]
    assert all(buttons)
    lettered = [(each["letter"], each["name"]) for each in spoken.seen() if each.get("letter")]
    counted = Counter(letter for letter, _name in lettered)
    assert [each for each in lettered if counted[each[0]] > 1] == []
    plain = {name.partition("(")[0] for _letter, name in lettered}
    assert {label for label in labels().values() if label not in plain} == set()


def test_20_the_picture_shows_what_is_edited_then_how_it_changes_then_the_result(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    window.open_dialog()
    before = window.picture()
    window.type("lemon")
    engine.go_on.clear()
    window.press("Return")
    window.wait_for(lambda: window.picture() == PREVIEW)
    window.wait_for(lambda: window.says() == "Step 1 of 4 · 2 s left")
    engine.go_on.set()
    window.wait_for(lambda: window.picture() == before)
    (layer,) = window.results(made)
    name = window.gimp("facts", layer=layer)["name"]
    window.wait_for(lambda: window.says() == f"The result is the layer “{name}”.")
    window.close_dialog()


def test_16_the_texts_that_were_used_are_offered_newest_first(
    window: Window, engine: ServedEngine
) -> None:
    made = window.new_image()
    window.open_dialog()
    for text in ("lemon", "pear"):
        window.press_alt("What it should become", "ctrl+a")
        window.type(text)
        window.edit(made)
    offered = window.wait_for(lambda: window.field("combo-box", "What it should become")["rows"])
    assert offered == ["pear", "lemon"]
    window.close_dialog()
    window.open_dialog()
    assert window.field("combo-box", "What it should become")["rows"] == ["pear", "lemon"]
    assert window.field("text", "What it should become")["text"] == "pear"
    assert len(engine.sent) == 2
    window.close_dialog()


MISSING = (
    "The networks “paper” are not installed."
    " Choose others, or run `flexit models pull paper` in a terminal."
)


def test_networks_that_are_not_installed_are_marked_and_said_when_one_is_chosen(
    window: Window, engine: ServedEngine
) -> None:
    engine.missing = {"paper", "paper5"}
    unfold(window)

    def offered() -> list[str]:
        return list(window.field("combo-box", "Networks")["rows"])

    marked = ["mini", "paper (not installed)", "paper5 (not installed)"]
    window.wait_for(lambda: offered() == marked)
    assert window.says() == ""
    window.press_alt("Networks", "Down")
    window.wait_for(lambda: window.says() == MISSING)
    window.press_alt("Networks", "Up")
    window.wait_for(lambda: window.says() == "")
    engine.missing = {"paper5"}
    window.activate(UNTITLED)
    window.activate(TITLE)
    window.wait_for(lambda: offered() == ["mini", "paper", "paper5 (not installed)"])
    window.close_dialog()


def test_where_no_engine_runs_nothing_is_marked_and_none_is_started(window: Window) -> None:
    unfold(window)
    assert window.field("combo-box", "Networks")["rows"] == ["mini", "paper", "paper5"]
    assert window.says() == ""
    window.close_dialog()


def test_10_whoever_repeats_an_edit_that_fails_is_told_by_gimp(
    window: Window, engine: ServedEngine
) -> None:
    made, _ = window.edited()
    window.close_dialog()
    engine.failure = {"code": "device", "message": "It burns.", "hint": "Run.", "log": ""}
    window.activate(UNTITLED)
    window.press(REPEAT)
    window.wait_for(lambda: window.find(MESSAGE))
    window.dismiss_message()
    assert len(engine.sent) == 2
    assert len(window.results(made)) == 1
