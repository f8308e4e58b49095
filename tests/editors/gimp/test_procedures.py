"""The procedures, as scripts call them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.editors.engines import FakeEngine

from .host import PROJECT, SUITE, Gimp

EXAMPLES = PROJECT / "docs" / "examples"
SETTINGS = {
    "target": ["gchararray", None, None],
    "source": ["gchararray", None, None],
    "input": ["gchararray", None, None],
    "strength": ["gdouble", 0.0, 1.0],
    "preset": ["gchararray", None, None],
    "profile": ["gchararray", None, None],
    "steps": ["gint", 0, 1000],
    "seed": ["gint", -1, 99_999],
    "variants": ["gint", 1, 8],
    "context": ["gdouble", 0.0, 1.0],
    "feather": ["gint", 0, 200],
}


def test_13_this_is_the_gimp_that_is_asked_for(gimp: Gimp) -> None:
    """The same tests run in both: `FLEXIT_GIMP=sid`."""
    assert gimp("version").startswith({"trixie": "3.0.", "sid": "3.2."}[SUITE])


def test_12_every_setting_is_a_typed_argument_with_a_range_and_a_sentence(gimp: Gimp) -> None:
    given = gimp("arguments")[3:]
    assert {name: kind for name, *kind, _blurb in given} == SETTINGS
    assert all(blurb.endswith(".") for *_rest, blurb in given)


@pytest.mark.parametrize(
    ("name", "label"),
    [("edit", "edit by _text…"), ("repeat", "_repeat the last"), ("recall", "re_call a layer's")],
)
def test_20_the_procedures_are_in_the_menus_for_every_picture(
    gimp: Gimp, name: str, label: str
) -> None:
    facts = gimp("procedure_facts", name=f"plug-in-flexit-{name}")
    assert facts["label"].startswith(f"FlexIT: {label}")
    assert facts["menus"] == ["<Image>/Filters/AI", "<Layers>/Layers Menu"]
    assert facts["types"] == "*"
    assert len(facts["blurb"]) > 20


def test_12_the_settings_reach_the_engine(gimp: Gimp, engine: FakeEngine) -> None:
    made = gimp("image")
    gimp("select", image=made["image"], left=20, top=20, width=8, height=8)
    wanted = {"target": "lemon", "source": "red apple", "strength": 0.25, "preset": "draft"}
    settings = {"steps": 12, "seed": 3, "context": 1.0}
    gimp("edit", image=made["image"], layers=[made["layer"]], **wanted, **settings)
    request = engine.sent[0].request
    assert wanted.items() <= request.items()
    assert settings.items() <= request["settings"].items()
    assert request["settings"]["mask_composition"] is False
    assert request["on_disconnect"] == "cancel"
    assert engine.sent[0].image.shape == (24, 24, 4)


def test_12_no_value_of_the_preset_is_sent_that_was_not_chosen(
    gimp: Gimp, engine: FakeEngine
) -> None:
    made = gimp("image")
    gimp("edit", image=made["image"], layers=[made["layer"]], preset="draft")
    assert set(engine.sent[0].request["settings"]) == {
        *("context", "seed"),
        "steps",  # the stand-in's own
    }


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("mode", ["NONINTERACTIVE", "WITH_LAST_VALS"])
def test_12_only_scripts_are_given_the_layer(gimp: Gimp, mode: str) -> None:
    made = gimp("image")
    answer = gimp("edit", image=made["image"], layers=[made["layer"]], target="lemon", mode=mode)
    assert answer["status"] == "success"
    (layer, _source) = gimp("layers", image=made["image"])
    # GIMP would hold it after our end, and crash where the image is closed meanwhile
    assert answer["layer"] == (layer if mode == "NONINTERACTIVE" else None)


@pytest.mark.usefixtures("engine")
def test_12_the_python_example_runs(gimp: Gimp, tmp_path: Path) -> None:
    made = gimp("image")
    script = tmp_path / "example.py"
    script.write_bytes((EXAMPLES / "gimp_edit.py").read_bytes())
    layer = gimp("run_python", path=str(script), **made, source="red apple", target="lemon")
    assert gimp("facts", layer=layer)["name"] == "red apple → lemon #7"
    assert np.array_equal(gimp.pixels(layer), gimp.pixels(made["layer"]))


@pytest.mark.usefixtures("engine")
def test_12_the_script_fu_example_runs(gimp: Gimp) -> None:
    made = gimp("image")
    script = (EXAMPLES / "gimp_edit.scm").read_text()
    call = f'(flexit-example {made["image"]} {made["layer"]} "red apple" "lemon")'
    status, words = gimp("run_script_fu", text=f"(begin {without_comments(script)} {call})")
    assert status == "success", words
    (layer, _source) = gimp("layers", image=made["image"])
    assert gimp("facts", layer=layer)["name"] == "red apple → lemon #7"


@pytest.mark.usefixtures("engine")
def test_12_repeating_needs_an_edit_to_repeat(gimp: Gimp) -> None:
    made = gimp("image")
    answer = gimp("repeat", image=made["image"], layers=[made["layer"]])
    assert answer["words"].startswith("There is no edit to repeat yet. Make one with")


@pytest.mark.usefixtures("engine")
def test_12_recalling_needs_a_result(gimp: Gimp) -> None:
    made = gimp("image")
    answer = gimp("recall", image=made["image"], layers=[made["layer"]])
    assert answer["words"].startswith("This layer was not made by FlexIT")
    for layers in ([], [gimp("add_channel", image=made["image"])]):
        assert gimp("recall", image=made["image"], layers=layers)["status"] == "execution-error"


@pytest.mark.usefixtures("engine")
def test_15_a_damaged_recipe_is_no_recipe(gimp: Gimp) -> None:
    made = gimp("image")
    gimp("attach", layer=made["layer"], name="flexit-edit", text='{"flexit": 1}')
    answer = gimp("recall", image=made["image"], layers=[made["layer"]])
    assert answer["words"].startswith("This layer was not made by FlexIT")


def without_comments(script: str) -> str:
    return "\n".join(line for line in script.splitlines() if not line.startswith(";"))
