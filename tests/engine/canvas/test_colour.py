from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from numpy.typing import NDArray
from PIL import Image, ImageCms

from flexit_engine.canvas import Kind, Picture, read_picture, write_picture
from flexit_engine.canvas.colour import fitting_profile
from tests.engine.canvas.samples import KINDS, noise, wide_profile

PRIMARIES = np.array(
    [[0.8224621, 0.1775380, 0], [0.0331941, 0.9668058, 0], [0.0170827, 0.0723974, 0.9105199]]
)
"""Linear sRGB to linear Display P3, from the chromaticities."""

MILD = np.array([[0.6, 0.5, 0.4], [0.3, 0.5, 0.6], [0.9, 0.8, 0.2], [0.1, 0.1, 0.1], [1, 1, 1]])


def light(coded: NDArray[Any]) -> NDArray[Any]:
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def coded(light: NDArray[Any]) -> NDArray[Any]:
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def in_p3(srgb: NDArray[Any]) -> NDArray[Any]:
    return coded(light(srgb) @ PRIMARIES.T)


def everywhere(picture: Picture, rgb: NDArray[Any]) -> Picture:
    shape = (picture.height, picture.width)
    return picture.with_srgb(picture.box, rgb.astype(np.float32), np.ones(shape, np.bool_))


@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (16, np.uint16)])
def test_a_wide_picture_is_seen_in_srgb(bits: int, dtype: type) -> None:
    top = np.iinfo(dtype).max
    pixels = np.rint(in_p3(MILD) * top).astype(dtype)[None]
    picture = Picture(pixels, Kind("rgb", bits, profile=wide_profile()))
    assert np.abs(picture.srgb(picture.box)[0] - MILD).max() < 1 / 255


@pytest.mark.parametrize(("bits", "dtype"), [(8, np.uint8), (16, np.uint16)])
def test_an_edit_of_a_wide_picture_is_written_in_its_own_space(bits: int, dtype: type) -> None:
    start = Picture(np.zeros((1, 5, 3), dtype), Kind("rgb", bits, profile=wide_profile()))
    result = everywhere(start, MILD[None])
    expected = in_p3(MILD) * np.iinfo(dtype).max
    assert np.abs(result.pixels[0] - expected).max() <= np.iinfo(dtype).max / 255
    assert result.kind.profile == wide_profile()


def test_a_profile_in_a_file(tmp_path: Path) -> None:
    """Another program's reading of our file, by Pillow's own binding of lcms."""
    Image.fromarray(np.zeros((1, 5, 3), np.uint8)).save(
        tmp_path / "a.png", icc_profile=wide_profile()
    )
    write_picture(everywhere(read_picture(tmp_path / "a.png"), MILD[None]), tmp_path / "b.png")
    with Image.open(tmp_path / "b.png") as image:
        profile = ImageCms.getOpenProfile(BytesIO(image.info["icc_profile"]))
        seen = ImageCms.profileToProfile(image, profile, ImageCms.createProfile("sRGB"))
    assert seen is not None
    assert np.abs(np.asarray(seen)[0] - MILD * 255).max() <= 1.01


def test_colours_outside_srgb_stay_where_hardly_anything_changes() -> None:
    green = np.array([[[0, 65535, 0]]], np.uint16)  # of P3; sRGB has none as strong
    picture = Picture(green, Kind("rgb", 16, profile=wide_profile()))
    seen = picture.srgb(picture.box)
    assert np.array_equal(everywhere(picture, seen).pixels, green)
    nudged = everywhere(picture, np.clip(seen + np.array([0.01, -0.01, 0.01]), 0, 1))
    assert np.abs(nudged.pixels.astype(int) - green).max() < 0.05 * 65535
    replaced = everywhere(picture, np.full((1, 1, 3), 0.5))
    assert np.abs(replaced.srgb(picture.box) - 0.5).max() < 1 / 255


def test_light_above_white_stays_where_hardly_anything_changes() -> None:
    picture = Picture(np.full((1, 1, 3), 4, np.float32), Kind("rgb", 32, linear=True))
    assert np.allclose(picture.srgb(picture.box), 1)
    assert np.allclose(everywhere(picture, np.ones((1, 1, 3))).pixels, 4)
    assert np.allclose(everywhere(picture, np.full((1, 1, 3), 0.5)).pixels, light(np.array(0.5)))


def test_floats_that_are_no_numbers() -> None:
    pixels = np.array([[[np.nan, np.inf, -np.inf]]], np.float32)
    picture = Picture(pixels, Kind("rgb", 32, linear=True))
    assert np.allclose(picture.srgb(picture.box), [[[0, 1, 0]]])
    assert np.isfinite(everywhere(picture, np.full((1, 1, 3), 0.5)).pixels).all()


def test_ink_is_seen_as_paper_and_black() -> None:
    pixels = np.array([[[0, 0, 0, 0], [255, 255, 255, 255], [0, 255, 255, 0]]], np.uint8)
    picture = Picture(pixels, Kind("cmyk", 8))
    paper, black, red = picture.srgb(picture.box)[0]
    assert paper.min() > 0.97
    assert black.max() < 0.15
    assert red[0] > 0.7
    assert red[1:].max() < 0.3


@pytest.mark.parametrize("name", ["cmyk-8", "cmyk-16"])
def test_an_edit_in_ink_reads_back_as_asked(name: str) -> None:
    picture = KINDS[name](np.random.default_rng(0), 1, 4)
    wanted = np.array([[[0.6, 0.6, 0.6], [0.7, 0.5, 0.4], [0.3, 0.4, 0.5], [0.8, 0.8, 0.6]]])
    result = everywhere(picture, wanted)
    assert np.abs(result.srgb(result.box) - wanted).max() < 3 / 255


def test_grey_takes_the_luma_of_a_colour() -> None:
    picture = Picture.from_array(np.zeros((1, 1), np.uint8))
    assert everywhere(picture, np.array([[[1.0, 0, 0]]])).pixels[0, 0, 0] == round(0.2126 * 255)


@pytest.mark.parametrize("name", sorted(KINDS))
def test_a_picture_given_its_own_colours_stays(name: str) -> None:
    picture = KINDS[name](np.random.default_rng(5), 16, 16)
    same = everywhere(picture, picture.srgb(picture.box))
    if picture.kind.bits == 32:
        assert np.allclose(same.pixels, picture.pixels, atol=1e-5)
    elif picture.kind.model == "palette":
        assert np.abs(same.srgb(same.box) - picture.srgb(picture.box)).max() < 2.1 / 255
    else:
        assert np.array_equal(same.pixels, picture.pixels)


def test_profiles_that_do_not_fit_are_left_out() -> None:
    gray, rgb = Kind("gray", 8), Kind("rgb", 8)
    assert fitting_profile(wide_profile(), rgb) == wide_profile()
    assert fitting_profile(wide_profile(), gray) is None
    assert fitting_profile(b"no profile" * 50, rgb) is None
    assert fitting_profile(wide_profile()[:200], rgb) is None
    no_space = wide_profile()[:16] + b"\xff" * 4 + wide_profile()[20:]
    assert fitting_profile(no_space, rgb) is None
    assert fitting_profile(None, rgb) is None


def test_a_damaged_profile_does_not_stop_the_picture(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pixels = noise(np.random.default_rng(0), (4, 4, 3), 8)
    image = pyvips.Image.new_from_array(pixels, interpretation="srgb").copy()
    image.set_type(pyvips.GValue.blob_type, "icc-profile-data", wide_profile()[:200])
    image.tiffsave(str(tmp_path / "a.tif"))
    picture = read_picture(tmp_path / "a.tif")
    assert picture.kind.profile is None
    assert np.allclose(picture.srgb(picture.box) * 255, pixels, atol=1e-3)
    assert capfd.readouterr().err == ""
