"""The library's front door, on the embedded networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from flexit_engine.canvas import read_picture
from flexit_engine.editor import Editor
from flexit_engine.errors import SettingsError, TextError, UnknownWords

APPLE = Path(__file__).parents[2] / "docs" / "images" / "red-apple.png"


@pytest.fixture(scope="module")
def editor() -> Editor:
    return Editor.load("mini", device="cpu")


def test_a_picture_is_opened_once_and_edited_often(editor: Editor) -> None:
    opened = editor.open(read_picture(APPLE))
    settings = editor.settings(steps=3)
    lemon, banana, again = (
        list(opened.edit("red apple", target, settings))[-1]
        for target in ("lemon", "banana", "lemon")
    )
    assert torch.equal(lemon.latent, again.latent)
    assert not torch.equal(lemon.latent, banana.latent)
    assert lemon.losses["total"] < next(opened.edit("red apple", "lemon", settings)).losses["total"]


def test_step_0_is_the_source_and_outside_the_mask_it_stays(editor: Editor) -> None:
    picture = read_picture(APPLE)
    mask = np.zeros((picture.height, picture.width), np.float32)
    mask[200:330, 150:300] = 1
    opened = editor.open(picture, mask)
    first, *_, last = opened.edit("red apple", "lemon", editor.settings(steps=4))
    assert np.array_equal(first.picture.pixels, picture.pixels)
    changed = (last.picture.pixels != picture.pixels).any(axis=-1)
    assert changed[mask == 1].mean() > 0.5
    assert not changed[mask == 0].any()


def test_an_edit_goes_on_from_a_kept_latent(editor: Editor) -> None:
    opened = editor.open(read_picture(APPLE))
    query = [("red apple", "lemon")]
    settings = editor.settings(steps=4)
    whole = [rows[0] for rows in editor.edit([opened], query, settings)]
    rest = list(editor.edit([opened], query, settings, starts=[whole[2].latent], first=2))
    assert torch.equal(rest[-1][0].latent, whole[4].latent)
    assert np.array_equal(rest[-1][0].picture.pixels, whole[4].picture.pixels)


def test_a_step_is_revisited_from_its_latent_alone(editor: Editor) -> None:
    opened = editor.open(read_picture(APPLE))
    settings = editor.settings(steps=4)
    for step in opened.edit("red apple", "lemon", settings):
        again = opened.at(step.latent, settings)
        assert np.array_equal(again.pixels, step.picture.pixels)


@pytest.mark.parametrize(
    "other", [{"resolution": 64}, {"context": 1.0}, {"space": "pixels"}], ids=str
)
def test_settings_a_picture_was_not_opened_with_are_refused(
    editor: Editor, other: dict[str, object]
) -> None:
    opened = editor.open(read_picture(APPLE))
    with pytest.raises(SettingsError, match="was opened with"):
        next(opened.edit("red apple", "lemon", editor.settings(steps=1, **other)))


def test_texts_are_checked_before_any_step(editor: Editor) -> None:
    opened = editor.open(read_picture(APPLE))
    with pytest.raises(TextError, match="become"):
        next(opened.edit("red apple", ""))
    with pytest.raises(UnknownWords, match="zebrra") as caught:
        next(opened.edit("red apple", "zebrra"))
    assert "zebra" in caught.value.hint


def test_presets_are_the_profiles_own() -> None:
    editor = Editor.load("mini", device="cpu")
    assert editor.settings().augmentations == 1
    assert editor.settings("draft").steps == 16
    assert editor.settings("draft", steps=5).steps == 5
    with pytest.raises(SettingsError, match="no preset"):
        editor.settings("fast")
