"""The encoders of photographs, and who is listened to: on a real photograph and a drawing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, interpolate, pad

from flexit_engine.canvas import Picture, read_picture
from flexit_engine.editor import Editor
from flexit_engine.errors import UnknownWords
from flexit_engine.flexit.objective import open_source, read
from flexit_engine.flexit.query import Reading, parse_query
from flexit_engine.networks.mini.photographs import PhotographEncoder, SameConv
from flexit_engine.settings import Settings

IMAGES = Path(__file__).parents[3] / "docs" / "images"
SHOWN_WHOLE = Settings(augmentations=0)


@pytest.fixture(scope="module")
def editor() -> Editor:
    return Editor.load("mini", "cpu", "float32")


def seen(name: str, side: int = 160) -> Tensor:
    """A picture of the documentation as networks see it, `1×3×side×side`."""
    picture = read_picture(IMAGES / name)
    image = torch.from_numpy(picture.srgb(picture.box).copy()).movedim(-1, 0)[None]
    return interpolate(image, (side, side), mode="bilinear", antialias=True)


def reading(editor: Editor, name: str, source: str, target: str, member: int = 0) -> Reading:
    opened = open_source(seen(name), editor.networks, SHOWN_WHOLE)
    return read([parse_query(source, target)], opened, editor.networks, member)[0]


def share(editor: Editor, found: Reading, *, photographs: bool) -> float:
    """The weight of one kind of encoders."""
    return sum(
        weight
        for encoder, weight in zip(editor.networks.encoders, found.weights, strict=True)
        if isinstance(encoder, PhotographEncoder) == photographs
    )


def test_every_encoder_recognises_the_cat(editor: Editor) -> None:
    encoders = [e for e in editor.networks.encoders if isinstance(e, PhotographEncoder)]
    assert [encoder.name for encoder in encoders] == ["lite0", "lite1", "lite2"]
    for encoder in encoders:
        with torch.no_grad():
            embedding = encoder.encode_image(seen("tabby.jpg"))[0]
        likely = encoder.recognise(embedding)
        assert likely[281:286].sum() > 0.8  # the five cats


def test_strided_convolutions_pad_on_the_right_and_below() -> None:
    layer = SameConv(2, 3, 5, 2)
    picture = torch.rand(1, 2, 8, 8)
    with torch.no_grad():
        expected = conv2d(pad(picture, (1, 2, 1, 2)), layer.weight, layer.bias, stride=2)
        assert torch.equal(layer(picture), expected)


def test_a_class_vector_is_its_row_less_what_all_share(editor: Editor) -> None:
    encoder = editor.networks.encoders[0]
    assert isinstance(encoder, PhotographEncoder)
    rows = encoder.classifier.weight
    lemon = list(encoder.labels).index("lemon")
    expected = rows[lemon] - rows.mean(0)
    torch.testing.assert_close(encoder.encode_text(["lemon"])[0], expected / expected.norm())
    with pytest.raises(UnknownWords):
        encoder.encode_text(["unicorn"])


def test_a_photograph_is_left_to_those_who_know_photographs(editor: Editor) -> None:
    found = reading(editor, "tabby.jpg", "cat", "dog")
    assert share(editor, found, photographs=True) > 0.9
    assert sum(found.weights) == pytest.approx(1)


def test_a_drawing_is_left_to_those_who_know_drawings(editor: Editor) -> None:
    found = reading(editor, "cat.png", "cat face", "dog face")
    assert share(editor, found, photographs=False) > 0.8
    assert found.understood == []  # no breed is named that nobody paints


def test_who_does_not_know_the_target_stays_out(editor: Editor) -> None:
    found = reading(editor, "tabby.jpg", "cat", "unicorn")
    assert share(editor, found, photographs=True) == 0
    assert sum(found.weights) == pytest.approx(1)


def test_who_does_not_know_the_source_goes_without_it(editor: Editor) -> None:
    found = reading(editor, "tabby.jpg", "unicorn", "dog")
    assert found.queries[0] is not None
    assert found.queries[0].source == []


def test_a_group_is_its_member_nearest_to_the_picture(editor: Editor) -> None:
    found = reading(editor, "tabby.jpg", "cat", "dog")
    assert found.queries[0] is not None
    source, target = found.queries[0].source[0].text, found.queries[0].target[0].text
    assert source in ("tabby cat", "tiger cat", "Egyptian Mau")
    assert f"dog → {target}" in found.understood
    another = reading(editor, "tabby.jpg", "cat", "dog", member=1).queries[0]
    assert another is not None
    assert another.source[0].text == source
    assert another.target[0].text != target


def test_a_colour_is_asked_of_the_encoder_of_colours(editor: Editor) -> None:
    *others, colours = reading(editor, "tabby.jpg", "cat", "black cat").weights
    assert colours == pytest.approx(0.4)
    assert sum(others) == pytest.approx(0.6)
    assert reading(editor, "tabby.jpg", "cat", "black").weights[-1] > 0
    assert reading(editor, "tabby.jpg", "black cat", "dog").weights[-1] == 0


def test_the_cat_is_found_where_it_is(editor: Editor) -> None:
    """A small cat in the corner of a plain wall: nothing is selected far away from it."""
    cat = read_picture(IMAGES / "tabby.jpg")
    wall = np.full((600, 900, 3), 180, np.uint8)
    small = (cat.srgb(cat.box)[::2, ::2] * 255).astype(np.uint8)
    wall[30 : 30 + small.shape[0], 40 : 40 + small.shape[1]] = small
    found = editor.where(Picture.from_array(wall), "cat")
    assert found is not None
    assert found.shape == (600, 900)
    assert found[60:160, 80:220].mean() > 0.7
    assert not found[450:, 600:].any()


def test_what_is_not_there_is_nowhere(editor: Editor) -> None:
    assert editor.where(read_picture(IMAGES / "tabby.jpg"), "school bus") is None


def test_outside_of_what_was_found_every_sample_stays(editor: Editor) -> None:
    cat = read_picture(IMAGES / "tabby.jpg")
    wall = np.full((400, 600, 3), 150, np.uint8)
    small = (cat.srgb(cat.box)[::2, ::2] * 255).astype(np.uint8)
    wall[20 : 20 + small.shape[0], 30 : 30 + small.shape[1]] = small
    picture = Picture.from_array(wall)
    settings = editor.settings(steps=2, resolution=96)
    opened = editor.open(picture, None, settings, "cat")
    assert opened.mask is not None
    *_, last = opened.edit("cat", "dog", settings)
    changed = (last.picture.pixels != wall).any(axis=-1)
    assert changed.any()
    assert not changed[opened.mask == 0].any()
    assert any(told.startswith("dog → ") for told in last.understood)
