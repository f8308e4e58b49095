from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from flexit_engine.canvas import Picture, check_mask, read_mask
from flexit_engine.errors import MaskError

PICTURE = Picture.from_array(np.zeros((6, 9, 3), np.uint8))


def saved(folder: Path, image: Image.Image) -> Path:
    image.save(folder / "mask.png")
    return folder / "mask.png"


def test_grey_levels_are_fractions(tmp_path: Path) -> None:
    levels = np.arange(54, dtype=np.uint8).reshape(6, 9) * 4
    mask = read_mask(saved(tmp_path, Image.fromarray(levels)), PICTURE)
    assert mask.dtype == np.float32
    assert np.allclose(mask, levels / 255, atol=1e-6)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "RGB", "RGBA", "P", "I;16"])
def test_black_and_white_in_any_mode(tmp_path: Path, mode: str) -> None:
    drawn = np.zeros((6, 9), np.uint8)
    drawn[2:4, 3:8] = 255
    image = Image.fromarray(drawn)
    deep = Image.fromarray(drawn.astype(np.uint16) * 257)
    image = deep if mode == "I;16" else image.convert(mode)
    assert np.array_equal(read_mask(saved(tmp_path, image), PICTURE), drawn / 255)


def test_transparency_selects_nothing(tmp_path: Path) -> None:
    drawn = np.full((6, 9, 4), 255, np.uint8)
    drawn[:, 4:, 3] = 0
    mask = read_mask(saved(tmp_path, Image.fromarray(drawn)), PICTURE)
    assert (mask[:, :4] == 1).all()
    assert (mask[:, 4:] == 0).all()


@pytest.mark.parametrize(
    ("mask", "says"),
    [
        (np.full((9, 6), 255, np.uint8), "6 × 9 pixels, the picture 9 × 6"),
        (np.zeros((6, 9), np.uint8), "selects nothing"),
    ],
)
def test_masks_that_do_not_fit(tmp_path: Path, mask: np.ndarray, says: str) -> None:
    with pytest.raises(MaskError, match=says):
        read_mask(saved(tmp_path, Image.fromarray(mask)), PICTURE)


def test_a_mask_of_transparent_pixels_only() -> None:
    pixels = np.full((6, 9, 4), 255, np.uint8)
    pixels[:3, :, 3] = 0
    mask = np.zeros((6, 9), np.float32)
    mask[:3] = 1
    with pytest.raises(MaskError, match="nothing of the picture"):
        check_mask(mask, Picture.from_array(pixels))
    mask[3, 0] = 0.01
    check_mask(mask, Picture.from_array(pixels))


@pytest.mark.parametrize("value", [np.nan, -0.1, 1.1])
def test_values_that_are_no_fractions(value: float) -> None:
    mask = np.full((6, 9), value, np.float32)
    with pytest.raises(MaskError, match="outside"):
        check_mask(mask, PICTURE)


def test_a_mask_that_is_no_picture(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_bytes(b"")
    with pytest.raises(MaskError, match="is empty"):
        read_mask(tmp_path / "mask.png", PICTURE)
    with pytest.raises(MaskError, match="no file"):
        read_mask(tmp_path / "other.png", PICTURE)
