"""Every form a picture can come in: outside the selection each sample comes back as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flexit_engine.canvas import Picture, read_picture, write_picture

from .conftest import QUICK
from .running import Pixels, Running, drawn, laid, left_half

STEPS = {**QUICK, "steps": 4}
BANDS = {"RGBA": 4, "RGB": 3, "BGRA": 4, "GRAY": 1, "GRAYA": 2}


def sampled(bands: int, depth: str) -> Pixels:
    """The drawn picture in a depth, with every sample's last bits used."""
    pixels = drawn(7, bands=bands)
    noise = np.random.default_rng(1)
    if depth == "uint16":
        pixels = pixels * np.uint16(257) ^ noise.integers(0, 256, pixels.shape, np.uint16)
    elif depth == "float32":
        pixels = ((pixels + noise.random(pixels.shape)) / 256).astype(np.float32)
    return pixels


def as_file(pixels: Pixels, path: Path) -> bytes:
    write_picture(Picture.from_array(pixels), path)
    return path.read_bytes()


def assert_edited_inside_only(result: Pixels, image: Pixels) -> None:
    assert (result.shape, result.dtype) == (image.shape, image.dtype)
    assert result[:, 32:].tobytes() == image[:, 32:].tobytes()
    colours = {1: 1, 2: 1}.get(image.shape[2], 3)
    assert (result[:, :32, :colours] != image[:, :32, :colours]).mean() > 0.3
    if image.shape[2] in (2, 4):
        assert np.array_equal(result[..., -1], image[..., -1])


def finished(engine: Running, *parts: Any, **request: Any) -> str:  # noqa: ANN401
    edit = engine.submit(*parts, settings=STEPS, **request)
    ended = engine.wait(edit)
    assert ended["state"] == "done", ended["error"]
    return edit


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
@pytest.mark.parametrize("channels", BANDS)
def test_raw_pixels_come_back_as_they_came(shared: Running, channels: str, depth: str) -> None:
    image = sampled(BANDS[channels], depth)
    form = {**laid(image), "channels": channels}
    edit = finished(shared, image, left_half(), image=form)
    answer = shared.picture(edit)
    assert (answer.headers["FlexIT-Channels"], answer.headers["FlexIT-Depth"]) == (channels, depth)
    assert_edited_inside_only(shared.pixels(edit), image)
    assert shared.edit(edit)["result"] == {"form": "raw", "step": 4, **form}


@pytest.mark.parametrize("form", ["png", "tiff", "webp", "jpeg", "gif"])
@pytest.mark.parametrize("raw_mask", [True, False])
def test_files_come_back_in_their_form(
    shared: Running, tmp_path: Path, form: str, raw_mask: bool
) -> None:
    file = as_file(sampled(3, "uint8"), tmp_path / f"image.{form}")
    mask = left_half() if raw_mask else as_file(left_half(), tmp_path / "mask.png")
    edit = finished(shared, file, mask)
    answer = shared.http.get(f"/v1/edits/{edit}/result")
    assert answer.headers["Content-Type"] == f"image/{form}"
    (tmp_path / f"result.{form}").write_bytes(answer.content)
    back = read_picture(tmp_path / f"result.{form}")
    before = read_picture(tmp_path / f"image.{form}")
    assert (back.height, back.width) == (before.height, before.width)
    if form in ("png", "tiff"):
        assert_edited_inside_only(back.pixels, before.pixels)
    raw = shared.pixels(edit)
    came = before.pixels if form != "gif" else raw
    assert np.array_equal(raw[:, 32:], came[:, 32:])


@pytest.mark.parametrize("depth", ["uint8", "uint16"])
def test_raw_pixels_and_a_file_of_them_give_the_same(
    shared: Running, tmp_path: Path, depth: str
) -> None:
    image = sampled(4, depth)
    raw = finished(shared, image, left_half())
    file = finished(shared, as_file(image, tmp_path / "image.png"), left_half())
    assert np.array_equal(shared.pixels(raw), shared.pixels(file))
    assert np.array_equal(shared.pixels(raw, 2), shared.pixels(file, 2))


def test_bgra_is_rgba_in_another_order(shared: Running) -> None:
    image = drawn(3)
    rgba = shared.pixels(finished(shared, image, left_half()))
    swapped = np.ascontiguousarray(image[..., [2, 1, 0, 3]])
    form = {**laid(image), "channels": "BGRA"}
    bgra = shared.pixels(finished(shared, swapped, left_half(), image=form))
    assert np.array_equal(rgba, bgra[..., [2, 1, 0, 3]])


@pytest.mark.parametrize("depth", ["uint8", "uint16", "float32"])
def test_a_mask_of_any_depth_selects_the_same(shared: Running, depth: str) -> None:
    selected = left_half() // 255
    full = {"uint8": 255, "uint16": 65535, "float32": 1}[depth]
    mask = (selected * np.dtype(depth).type(full)).astype(depth)
    edit = finished(shared, drawn(), mask)
    assert np.array_equal(
        shared.pixels(edit), shared.pixels(finished(shared, drawn(), left_half()))
    )


@pytest.mark.parametrize("form", ["png", "jpeg", "webp", "tiff", "gif"])
def test_a_raw_picture_comes_back_as_any_file_asked_for(shared: Running, form: str) -> None:
    edit = finished(shared, drawn(bands=3), left_half(), result=form)
    answer = shared.http.get(f"/v1/edits/{edit}/result")
    assert answer.headers["Content-Type"] == f"image/{form}"
    assert shared.picture(edit, 4, accept=f"image/{form}").content == answer.content
    assert answer.headers["FlexIT-Step"] == "4"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"image": {"width": 63, "height": 48, "channels": "RGBA"}}, "picture"),
        ({"mask": {"width": 48, "height": 64, "channels": "GRAY"}}, "mask"),
        ({"mask": {"width": 64, "height": 48, "channels": "RGBA"}}, "mask"),
        ({"image": None}, "picture"),
    ],
)
def test_pixels_that_are_not_what_was_said_are_refused_or_fail(
    shared: Running, change: dict[str, Any], code: str
) -> None:
    answer = shared.post(drawn(), left_half(), settings=STEPS, **change)
    if answer.status_code == 202:  # a file is only opened by the worker
        assert shared.wait(answer.json()["id"])["error"]["code"] == code
    else:
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
