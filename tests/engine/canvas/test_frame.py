import numpy as np
import pytest
import torch

from flexit_engine.canvas import (
    Box,
    Picture,
    choose_frame,
    mask_to_working,
    to_working,
)
from flexit_engine.errors import MaskError


def selection(height: int, width: int, box: Box) -> np.ndarray:
    mask = np.zeros((height, width), np.float32)
    mask[box.rows, box.columns] = 1
    return mask


@pytest.mark.parametrize(
    ("height", "width", "expected"),
    [
        (300, 400, (256, 336)),
        (400, 300, (336, 256)),
        (512, 512, (288, 288)),
        (1, 1, (288, 288)),
        (1, 4096, (32, 2592)),
        (4096, 1, (2592, 32)),
    ],
)
def test_working_size(height: int, width: int, expected: tuple[int, int]) -> None:
    frame = choose_frame(height, width, None, 288, 16, 0.25)
    assert (frame.height, frame.width) == expected
    assert frame.box == Box(0, 0, width, height)


def test_working_size_is_never_below_two_cells() -> None:
    frame = choose_frame(10, 1000, None, 16, 16, 0.25)
    assert (frame.height, frame.width) == (32, 32)


@pytest.mark.parametrize(
    ("selected", "context", "expected"),
    [
        (Box(100, 100, 40, 40), 0.25, Box(90, 90, 60, 60)),
        (Box(100, 100, 40, 20), 0.0, Box(100, 90, 40, 40)),  # towards a square
        (Box(0, 0, 40, 20), 0.0, Box(0, 0, 40, 40)),  # moved inside at the corner
        (Box(280, 170, 20, 30), 0.0, Box(270, 170, 30, 30)),
        (Box(0, 50, 300, 20), 0.0, Box(0, 0, 300, 200)),  # as far as the picture goes
        (Box(120, 80, 1, 1), 0.0, Box(120, 80, 1, 1)),
        (Box(0, 0, 300, 200), 4.0, Box(0, 0, 300, 200)),
    ],
)
def test_box_around_a_selection(selected: Box, context: float, expected: Box) -> None:
    frame = choose_frame(200, 300, selection(200, 300, selected), 96, 16, context)
    assert frame.box == expected


def test_a_mask_that_selects_nothing() -> None:
    with pytest.raises(MaskError, match="selects nothing"):
        choose_frame(8, 8, np.zeros((8, 8), np.float32), 96, 16, 0.25)


def test_to_working_is_antialiased_and_over_white() -> None:
    pixels = np.zeros((1100, 1300, 4), np.uint8)
    pixels[::2, :, :3] = 255  # finer than the working size: must come out grey
    pixels[..., 3] = 255
    pixels[:, 650:, 3] = 0
    picture = Picture.from_array(pixels)
    frame = choose_frame(1100, 1300, None, 64, 8, 0)
    seen = to_working(picture, frame)
    assert seen.dtype == torch.float32
    assert (seen[..., 4:-4, : frame.width // 2 - 3] - 0.5).abs().max() < 0.02
    assert (seen[..., frame.width // 2 + 3 :] > 0.99999).all()


def test_to_working_is_torchs_own_resize() -> None:
    rng = np.random.default_rng(3)
    pixels = rng.integers(0, 256, (1201, 997, 3)).astype(np.uint8)
    picture = Picture.from_array(pixels)
    frame = choose_frame(1201, 997, None, 96, 16, 0)
    whole = torch.from_numpy(pixels.astype(np.float32) / 255).movedim(-1, 0)[None]
    expected = torch.nn.functional.interpolate(
        whole, size=(frame.height, frame.width), mode="bicubic", antialias=True
    )
    assert (to_working(picture, frame) - expected.clamp(0, 1)).abs().max() < 1e-5


def test_mask_to_working_keeps_the_share_selected() -> None:
    mask = selection(200, 300, Box(30, 20, 100, 50))
    frame = choose_frame(200, 300, None, 96, 16, 0)
    small = mask_to_working(mask, frame)
    assert small.mean().item() == pytest.approx(mask.mean(), rel=0.02)
    assert small.max() == pytest.approx(1)
