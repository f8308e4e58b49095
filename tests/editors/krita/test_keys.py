"""Requirements 5, 12 and 22: keys and actions."""

from __future__ import annotations

import pytest

from .host import Krita
from .watched import WatchedEngine


@pytest.mark.parametrize("field", ["source", "target"])
@pytest.mark.usefixtures("engine")
def test_5_no_key_in_a_text_field_reaches_the_picture(krita: Krita, field: str) -> None:
    found = krita.run("keys:typed", field=field)
    assert found["words"] == ["red apple", "red "]
    assert found["after"] == found["before"]


@pytest.mark.parametrize(("key", "control"), [("Key_Return", False), ("Key_Return", True)])
def test_12_return_runs_and_escape_cancels(
    krita: Krita, engine: WatchedEngine, key: str, control: bool
) -> None:
    engine.go_on.clear()
    found = krita.run("keys:run_by_key", key=key, control=control)
    assert found == {"busy": False, "layers": 1, "focus": True}
    krita.run("steps:wait_until_idle")
    assert engine.cancelled == ["1"]


def test_22_shortcuts_collide_with_none_of_kritas(krita: Krita) -> None:
    found = krita.run("keys:shortcuts")
    assert [name for name, _, _, _ in found] == [
        *("flexit_cancel", "flexit_edit", "flexit_recall"),
        *("flexit_repeat", "flexit_run", "flexit_toggle"),
    ]
    for name, text, keys, others in found:
        assert text.startswith("FlexIT: "), name
        assert keys, name
        assert not others, f"{name}: {keys}"


def test_22_all_is_in_the_menu_of_scripts(krita: Krita) -> None:
    assert sorted(krita.run("keys:menu")) == [
        "FlexIT: cancel",
        "FlexIT: edit by text…",
        "FlexIT: repeat last edit",
        "FlexIT: run",
        "FlexIT: show/hide result",
        "FlexIT: use a layer's settings",
    ]


@pytest.mark.usefixtures("engine")
def test_22_all_can_be_done_by_actions(krita: Krita) -> None:
    assert krita.run("keys:by_actions") == [2, False, True, 3, False, 3]


@pytest.mark.usefixtures("engine")
def test_22_tab_reaches_everything_and_everything_has_a_name(krita: Krita) -> None:
    reached = krita.run("keys:tab_order")
    assert reached[:2] == ["What is there", "What it should become"]
    assert "" not in reached
    wanted = {"Edit", "Strength", "Settings", "Preset", "Networks", "Steps", "Seed", "Variants"}
    assert wanted | {"Surroundings", "Soft edge"} <= set(reached)
