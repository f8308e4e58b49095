"""Requirements 9 and 11: results go where they belong, inputs are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from .host import Krita
from .watched import WatchedEngine

NEW = "cat → dog #7"


@pytest.mark.parametrize(
    ("meanwhile", "first", "layer"),
    [
        ("other tab", [NEW, "Background"], [8, 8, 16, 16]),
        ("delete the layer", [NEW], [8, 8, 16, 16]),
        ("add a layer", ["above", NEW, "Background"], [8, 8, 16, 16]),
        ("grow the canvas", [NEW, "Background"], [28, 18, 16, 16]),
        ("crop the canvas", [NEW, "Background"], [4, 4, 16, 16]),
    ],
)
def test_9_a_result_goes_to_the_picture_and_place_it_came_from(
    krita: Krita, engine: WatchedEngine, meanwhile: str, first: list[str], layer: list[int]
) -> None:
    engine.go_on.clear()
    krita.run("places:begin")
    krita.run("places:meanwhile", name=meanwhile)
    engine.go_on.set()
    found = krita.run("places:end")
    assert found["error"] is None
    assert found["documents"]["first"] == first
    assert found["layer"] == layer
    assert found["documents"].get("other", ["Background"]) == ["Background"]


def test_9_a_result_of_a_closed_picture_waits_in_the_list(
    krita: Krita, engine: WatchedEngine
) -> None:
    engine.go_on.clear()
    krita.run("places:begin")
    krita.run("places:meanwhile", name="close")
    engine.go_on.set()
    found = krita.run("places:end")
    assert found["outcomes"] == 1
    assert found["error"] == (
        "The picture of this edit was closed.\n"
        "The result stays in the list: it can be added to another picture."
    )
    krita.run("places:open_other")
    assert krita.run("places:add_again") == [NEW, "Background"]


def test_11_the_layer_alone_is_sent_or_the_picture_as_it_is_seen(
    krita: Krita, engine: WatchedEngine
) -> None:
    found = krita.run("inputs:both")
    alone, seen = engine.sent
    left, top, width, height = found["bounds"]
    assert [left, top] == [0, 0], "a part of the layer lies left and above of the canvas"
    assert alone.image.shape == (height, width, 4)
    assert (alone.image == np.array([30, 20, 10, 128], np.uint8)).all()
    assert seen.image.shape == (48, 64, 4)
    assert seen.image.tobytes() == bytes.fromhex(found["seen"])
    assert found["inputs"] == ["This layer", "Visible image"]


def test_11_a_layers_own_masks_belong_to_it(krita: Krita, engine: WatchedEngine) -> None:
    krita.run("inputs:masked")
    opacity = engine.sent[0].image[..., 3]
    assert set(np.unique(opacity)) == {0, 255}
    assert (opacity == 255).sum() == 100


def test_11_the_selection_and_its_surroundings_are_sent(
    krita: Krita, engine: WatchedEngine
) -> None:
    krita.run("inputs:selected", selection=[20, 20, 8, 8], context=0.5)
    (sent,) = engine.sent
    assert sent.image.shape == (16, 16, 4)
    assert sent.mask is not None
    assert sent.mask.sum() == 255 * 64
    assert sent.request["settings"]["context"] == 0.5
