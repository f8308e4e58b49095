"""The new layer: where it is, what it covers, what it shows, what it remembers."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from tests.editors.engines import FakeEngine

from .host import DTYPES, Gimp, decoded
from .served import inverted

WIDTH, HEIGHT = 64, 48
SELECTION = {"left": 10, "top": 6, "width": 30, "height": 20}


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("precision", ["U8_NON_LINEAR", "U16_NON_LINEAR", "FLOAT_LINEAR"])
@pytest.mark.parametrize("feather", [0, 9])
def test_02_the_layer_covers_just_the_selection_and_its_mask_is_the_selection(
    gimp: Gimp, precision: str, feather: int
) -> None:
    made = gimp("image", precision=precision)
    gimp("select", image=made["image"], feather=feather, **SELECTION)
    selection = decoded(gimp("selection", image=made["image"]), "u1").reshape(HEIGHT, WIDTH)
    layer = gimp("edit", image=made["image"], layers=[made["layer"]])["layer"]
    rows, columns = (np.flatnonzero(selection.any(axis=axis)) for axis in (1, 0))
    left, top, width, height = gimp("facts", layer=layer)["bounds"]
    assert (left, top) == (columns[0], rows[0])
    assert (left + width - 1, top + height - 1) == (columns[-1], rows[-1])
    assert not gimp("facts", layer=layer)["edits_mask"]
    mask = gimp.mask(layer)
    assert mask is not None
    assert np.array_equal(mask, selection[top : top + height, left : left + width])
    assert feather == 0 or np.count_nonzero((mask > 0) & (mask < 255)) > 0


@pytest.mark.usefixtures("engine")
def test_02_the_selection_itself_stays(gimp: Gimp) -> None:
    made = gimp("image")
    gimp("select", image=made["image"], feather=5, **SELECTION)
    before = gimp("selection", image=made["image"])
    gimp("edit", image=made["image"], layers=[made["layer"]], feather=3)
    assert gimp("selection", image=made["image"]) == before


@pytest.mark.usefixtures("engine")
def test_02_a_layer_that_reaches_beyond_the_canvas_is_edited_where_it_is(gimp: Gimp) -> None:
    made = gimp("image")
    shifted = gimp("add_layer", image=made["image"], left=-10, top=-5, width=40, height=30)
    gimp("select", image=made["image"], left=0, top=0, width=20, height=60)
    layer = gimp("edit", image=made["image"], layers=[shifted])["layer"]
    assert gimp("facts", layer=layer)["bounds"] == [0, 0, 20, 25]
    source = gimp.pixels(shifted)[5:, 10:30]
    assert np.array_equal(gimp.pixels(layer), source)


def test_02_without_a_selection_the_whole_layer_is_edited_and_there_is_no_mask(
    gimp: Gimp, engine: FakeEngine
) -> None:
    engine.change = inverted
    made = gimp("image")
    shifted = gimp("add_layer", image=made["image"], left=-10, top=7, width=40, height=30)
    layer = gimp("edit", image=made["image"], layers=[shifted])["layer"]
    facts = gimp("facts", layer=layer)
    assert facts["bounds"] == [-10, 7, 40, 30]
    assert facts["mask"] is None
    assert engine.sent[0].mask is None
    assert np.array_equal(gimp.pixels(layer)[..., :3], 255 - gimp.pixels(shifted)[..., :3])


@pytest.mark.usefixtures("engine")
def test_02_the_layer_lies_in_the_same_group_just_above_the_edited_one(gimp: Gimp) -> None:
    made = gimp("image")
    group = gimp("add_group", image=made["image"])
    for _ in range(3):
        inside = gimp("add_layer", image=made["image"], group=group, position=1)
    layer = gimp("edit", image=made["image"], layers=[inside])["layer"]
    facts, below = gimp("facts", layer=layer), gimp("facts", layer=inside)
    assert facts["parent"] == group
    assert facts["position"] == below["position"] - 1
    assert gimp("selected", image=made["image"]) == [layer]


def test_02_nothing_changes_outside_the_selection(gimp: Gimp, engine: FakeEngine) -> None:
    engine.change = inverted
    made = gimp("image")
    before = decoded(gimp("composite", image=made["image"]), "u1").reshape(HEIGHT, WIDTH, 4)
    gimp("select_ellipse", image=made["image"], **SELECTION)
    mask = decoded(gimp("selection", image=made["image"]), "u1").reshape(HEIGHT, WIDTH)
    gimp("edit", image=made["image"], layers=[made["layer"]])
    after = decoded(gimp("composite", image=made["image"]), "u1").reshape(HEIGHT, WIDTH, 4)
    assert np.array_equal(after[mask == 0], before[mask == 0])
    inside = mask == 255
    assert np.array_equal(after[inside][..., :3], 255 - before[inside][..., :3])
    assert np.count_nonzero((mask > 0) & (mask < 255)) > 10


def test_02_a_soft_edge_fades_inwards(gimp: Gimp, engine: FakeEngine) -> None:
    made = gimp("image")
    gimp("select", image=made["image"], **SELECTION)
    layer = gimp("edit", image=made["image"], layers=[made["layer"]], feather=5)["layer"]
    sent = engine.sent[0].mask
    assert sent is not None
    assert sent.max() > 200
    middle = sent[sent.shape[0] // 2]
    soft = middle[(middle > 0) & (middle < 255)]
    assert len(np.unique(soft)) > 4
    assert soft[0] < 64
    left, top, width, height = gimp("facts", layer=layer)["bounds"]
    assert SELECTION["left"] <= left < left + width <= SELECTION["left"] + SELECTION["width"]
    assert SELECTION["top"] <= top < top + height <= SELECTION["top"] + SELECTION["height"]


PRECISIONS = ["U8", "U16", "HALF", "FLOAT"]
ENCODINGS = ["NON_LINEAR", "LINEAR", "PERCEPTUAL"]
PROFILES = [
    *(("RGB", ""), ("RGB", "rgb_adobe")),
    *(("GRAY", ""), ("GRAY", "d50_gray_lab_trc")),
]
"""AdobeRGB has no grey; another curve than sRGB's is what can go wrong there."""


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("depth", PRECISIONS)
@pytest.mark.parametrize(("mode", "profile"), PROFILES)
def test_08_pixels_that_do_not_change_come_back_as_they_were(
    gimp: Gimp, mode: str, profile: str, depth: str, encoding: str
) -> None:
    made = gimp("image", mode=mode, precision=f"{depth}_{encoding}", profile=profile)
    layer = gimp("edit", image=made["image"], layers=[made["layer"]])["layer"]
    before, after = (gimp.pixels(each, "float") for each in (made["layer"], layer))
    assert np.ptp(before) > 0.9
    assert np.abs(after - before).max() <= 1 / 255


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("precision", ["U8_NON_LINEAR", "U16_NON_LINEAR", "FLOAT_LINEAR"])
def test_08_colours_beyond_srgb_come_back_as_they_were(gimp: Gimp, precision: str) -> None:
    made = gimp("image", precision=precision, profile="rgb_adobe")
    green = np.zeros((HEIGHT, WIDTH, 4), np.float32)
    green[..., 0], green[..., 1], green[..., 3] = -0.5, 1.0, 1.0
    gimp(
        "paint",
        layer=made["layer"],
        data=base64.b64encode(green.tobytes()).decode(),
        form="R'G'B'A float",
    )
    before = gimp.pixels(made["layer"], "float")
    assert before[0, 0, 0] < -0.3
    layer = gimp("edit", image=made["image"], layers=[made["layer"]])["layer"]
    assert np.abs(gimp.pixels(layer, "float") - before).max() <= 1 / 255


@pytest.mark.parametrize(
    ("precision", "depth"),
    [("U8_NON_LINEAR", "u8"), ("U16_NON_LINEAR", "u16"), ("FLOAT_NON_LINEAR", "float")],
)
def test_08_the_engine_gets_as_many_bits_as_the_picture_has(
    gimp: Gimp, engine: FakeEngine, precision: str, depth: str
) -> None:
    made = gimp("image", precision=precision)
    gimp("edit", image=made["image"], layers=[made["layer"]])
    image = engine.sent[0].image
    assert image.dtype == np.dtype(DTYPES[depth])
    assert np.array_equal(image, gimp.pixels(made["layer"], depth))


def test_14_variants_are_siblings_in_a_group_named_by_texts_and_seed(
    gimp: Gimp, engine: FakeEngine
) -> None:
    made = gimp("image")
    group = gimp("edit", image=made["image"], layers=[made["layer"]], seed=7, variants=3)["layer"]
    children = [gimp("facts", layer=child) for child in gimp("facts", layer=group)["children"]]
    assert [child["name"] for child in children] == [f"cat → dog #{seed}" for seed in (7, 8, 9)]
    assert [child["visible"] for child in children] == [True, False, False]
    assert [sent.request["settings"]["seed"] for sent in engine.sent] == [7, 8, 9]


def test_14_without_a_seed_each_edit_has_another(gimp: Gimp, engine: FakeEngine) -> None:
    made = gimp("image")
    for _ in range(3):
        gimp("edit", image=made["image"], layers=[made["layer"]])
    assert len({sent.request["settings"]["seed"] for sent in engine.sent}) > 1


def test_15_a_layer_remembers_how_it_was_made_even_in_a_file(
    gimp: Gimp, engine: FakeEngine, tmp_path: Path
) -> None:
    engine.change = inverted
    made = gimp("image")
    gimp("select", image=made["image"], **SELECTION)
    texts = {"source": "rote Äpfel 🍎", "target": "lemon"}
    wanted = {**texts, "seed": 7, "strength": 0.8, "steps": 9, "context": 0.5}
    first = gimp("edit", image=made["image"], layers=[made["layer"]], **wanted)["layer"]
    before = gimp.pixels(first)
    recipe = json.loads(gimp("facts", layer=first)["recipe"])
    assert recipe["engine"] == recipe["plugin"] == "0.1.0"
    assert recipe["region"] == [0, 0, 55, 48]

    image = gimp("save_and_load", image=made["image"], path=str(tmp_path / "saved.xcf"))
    layer, source = gimp("layers", image=image)
    values = gimp("recall", image=image, layers=[layer])["values"]
    names = [name for name, *_ in gimp("arguments")[3:]]
    recalled = dict(zip(names, values, strict=True))
    assert {name: recalled[name] for name in wanted} == wanted
    again = gimp("edit", image=image, layers=[source], **recalled)["layer"]
    assert np.array_equal(gimp.pixels(again), before)
    assert engine.sent[1].request == engine.sent[0].request
    assert np.array_equal(engine.sent[1].image, engine.sent[0].image)
