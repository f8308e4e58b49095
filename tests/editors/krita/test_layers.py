"""Requirements 1, 2, 10, 19: what an edit does to the layers, in the real Krita."""

from __future__ import annotations

import pytest

from tests.editors.engines import Pixels

from .host import Krita
from .watched import WatchedEngine


def inverted(pixels: Pixels, _: int) -> Pixels:
    """All but the opacity."""
    pixels[..., :3] = 255 - pixels[..., :3]
    return pixels


@pytest.mark.parametrize(("variants", "selected"), [(1, False), (3, False), (1, True)])
def test_1_one_edit_is_one_undo(
    krita: Krita, engine: WatchedEngine, variants: int, selected: bool
) -> None:
    engine.change = inverted
    found = krita.run("layers:undo_and_redo", variants=variants, selected=selected)
    before, after = found["before"], found["after"]
    assert found["undone"] == before
    assert selected or not before["modified"]
    assert after["layers"] != before["layers"]
    assert after["pixels"] != before["pixels"]
    assert found["redone"] == after


def test_19_variants_are_siblings_in_one_group_and_one_is_shown(
    krita: Krita, engine: WatchedEngine
) -> None:
    found = krita.run("layers:undo_and_redo", variants=3, selected=False)
    names = ["cat → dog #7", "cat → dog #8", "cat → dog #9"]
    assert found["after"]["layers"] == [["cat → dog #7", *names], "Background"]
    assert len(engine.sent) == 3


@pytest.mark.parametrize(
    ("size", "selection", "soft", "feather"),
    [
        ([64, 48], [10, 10, 20, 20], 0, 0),
        ([64, 48], [10, 10, 20, 20], 4, 0),
        ([61, 47], [0, 0, 61, 47], 0, 0),
        ([61, 47], [30, 20, 1, 1], 0, 0),
        ([61, 47], [-20, -20, 40, 40], 3, 0),
        ([61, 47], [50, 40, 40, 40], 5, 0),
        ([64, 48], [8, 8, 40, 30], 0, 4),
        ([1, 1], [0, 0, 1, 1], 0, 0),
    ],
)
def test_2_outside_the_selection_nothing_changes(
    krita: Krita,
    engine: WatchedEngine,
    size: list[int],
    selection: list[int],
    soft: int,
    feather: int,
) -> None:
    engine.change = inverted
    found = krita.run("layers:outside", size=size, selection=selection, soft=soft, feather=feather)
    before, after = bytes.fromhex(found["before"]), bytes.fromhex(found["after"])
    mask, alpha = bytes.fromhex(found["mask"]), bytes.fromhex(found["alpha"])
    for place, selected in enumerate(mask):
        pixel = slice(4 * place, 4 * place + 4)
        if selected == 0:
            assert alpha[place] == 0
            assert after[pixel] == before[pixel]
        elif not feather:
            assert alpha[place] == selected
        else:
            assert alpha[place] <= selected
    if feather:
        assert {0, 255} < set(alpha)
    else:
        whole = [place for place, selected in enumerate(mask) if selected == 255]
        for place in whole:
            pixel = slice(4 * place, 4 * place + 3)
            assert after[pixel] == bytes(255 - value for value in before[pixel])
    assert found["undo"] == "Undo Add Layer"
    assert found["selected"]
    assert "cat → dog #" in found["name"]


NOTHING = "Choose another layer, or edit the visible image."


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("empty", f"The layer “X” is empty.\n{NOTHING}"),
        ("pass-through", f"The layer “group” has no picture of its own.\n{NOTHING}"),
        ("filter", f"The layer “filter” has no picture of its own.\n{NOTHING}"),
        ("hidden", "The layer “paint” is hidden.\nShow it, or choose another layer."),
        (
            "in a hidden group",
            "The layer lies in a hidden group.\nShow the group “group” first.",
        ),
        (
            "in a locked group",
            "The layer lies in a locked group.\nUnlock the group “group” first.",
        ),
    ],
)
def test_10_what_cannot_be_edited_is_refused_in_a_sentence(
    krita: Krita, engine: WatchedEngine, kind: str, said: str
) -> None:
    told, before, after = krita.run("layers:kind", name=kind)
    assert told == said
    assert after == before
    assert not engine.sent


@pytest.mark.parametrize(
    "kind",
    [
        *("paint", "locked", "animated", "group", "vector", "clone", "fill"),
        *("transparency mask", "selection mask"),
    ],
)
def test_10_every_kind_of_layer_with_a_picture_is_edited(
    krita: Krita, engine: WatchedEngine, kind: str
) -> None:
    told, before, after = krita.run("layers:kind", name=kind)
    assert told is None
    assert after[1:] == before
    assert after[0].startswith("cat → dog #")
    assert len(engine.sent) == 1


def test_10_in_a_group_the_result_is_in_the_group(krita: Krita, engine: WatchedEngine) -> None:
    told, before, after = krita.run("layers:kind", name="in a group")
    assert told is None
    assert before == [["group", "paint"], "Background"]
    assert [after[0][0], after[0][2], after[1]] == ["group", "paint", "Background"]
    assert after[0][1].startswith("cat → dog #")
    assert engine.sent[0].image.shape == (20, 20, 4)
