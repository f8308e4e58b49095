"""Nothing outside the selection changes, whatever the picture is; step 0 is the source."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from flexit_engine.canvas import choose_frame, compose, mask_to_working, to_working
from flexit_engine.canvas.colour import RESIDUAL_FADE
from flexit_engine.settings import Composition
from tests.engine.canvas.samples import KINDS, native

Floats = NDArray[np.float32]


def soft(rng: np.random.Generator, height: int, width: int) -> Floats:
    mask = rng.random((height, width), np.float32)
    mask[rng.random((height, width)) < 0.4] = 0
    return mask


def hard(rng: np.random.Generator, height: int, width: int) -> Floats:
    return (rng.random((height, width)) < 0.5).astype(np.float32)


def one_pixel(rng: np.random.Generator, height: int, width: int) -> Floats:
    mask = np.zeros((height, width), np.float32)
    mask[rng.integers(height), rng.integers(width)] = 1
    return mask


def edge(rng: np.random.Generator, height: int, width: int) -> Floats:
    mask = np.zeros((height, width), np.float32)
    mask[:, -1 - rng.integers(0, (width + 1) // 2) :] = 0.7
    return mask


def everything(_: np.random.Generator, height: int, width: int) -> Floats:
    return np.ones((height, width), np.float32)


CHEAP = [name for name in sorted(KINDS) if "cmyk" not in name and "wide" not in name]
NAMES = sorted(KINDS) + 3 * CHEAP  # lcms takes a hundred times as long as arithmetic

MASKS = [soft, hard, one_pixel, edge, everything]


@settings(max_examples=1000, deadline=None, derandomize=True)
@given(
    name=st.sampled_from(NAMES),
    make_mask=st.sampled_from(MASKS),
    height=st.integers(1, 64),
    width=st.integers(1, 64),
    composition=st.sampled_from(["detail", "decoded"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_outside_the_mask_every_sample_stays(
    name: str, make_mask: object, height: int, width: int, composition: Composition, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    picture = KINDS[name](rng, height, width)
    mask = make_mask(rng, height, width)  # type: ignore[operator]
    if not mask.any():
        mask[0, 0] = 1
    before = picture.pixels.tobytes()

    frame = choose_frame(height, width, mask, resolution=32, stride=8, context=0.25)
    first = to_working(picture, frame)
    assert first.shape == (1, 3, frame.height, frame.width)
    assert first.min() >= 0
    assert first.max() <= 1
    assert mask_to_working(mask, frame).shape == (1, 1, frame.height, frame.width)

    start = compose(picture, frame, mask, first, first, "detail")
    assert start.pixels.tobytes() == before
    assert start.kind == picture.kind

    decoded = torch.from_numpy(rng.random(tuple(first.shape), np.float32))
    result = compose(picture, frame, mask, first, decoded, composition)
    outside = mask == 0
    assert native(result)[outside].tobytes() == native(picture)[outside].tobytes()
    assert np.array_equal(result.alpha(result.box), picture.alpha(picture.box))
    assert result.pixels.dtype == picture.pixels.dtype
    assert picture.pixels.tobytes() == before


@pytest.mark.parametrize("name", sorted(KINDS))
def test_inside_the_mask_the_picture_takes_the_new_colours(name: str) -> None:
    rng = np.random.default_rng(7)
    picture = KINDS[name](rng, 32, 32)
    mask = np.zeros((32, 32), np.float32)
    mask[8:24, 8:24] = 1
    frame = choose_frame(32, 32, mask, resolution=16, stride=8, context=0)
    grey = torch.full((1, 3, frame.height, frame.width), 0.6)
    result = compose(picture, frame, mask, to_working(picture, frame), grey, "decoded")

    seen = (mask > 0) & (picture.alpha(picture.box) == 1)
    if name == "palette-full":  # no entry is free: the nearest there is
        before = np.abs(picture.srgb(picture.box)[seen] - 0.6).max()
        assert np.abs(result.srgb(result.box)[seen] - 0.6).max() < before / 2
        return
    # Nearer ones keep some of what sRGB cannot express, see `recolour`.
    seen &= np.abs(picture.srgb(picture.box) - 0.6).max(axis=-1) > RESIDUAL_FADE
    levels = (1 << min(picture.kind.bits, 8)) - 1
    tables = 0.01 if picture.kind.model == "cmyk" else 0.003
    assert seen.any()
    assert np.abs(result.srgb(result.box)[seen] - 0.6).max() <= 0.5 / levels + tables
