"""Every kind of file: read, edited, written, the same kind out."""

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image

from flexit_engine.canvas import Box, Picture, read_picture, read_texts, write_picture
from tests.engine.canvas.samples import noise, wide_profile

RNG = np.random.default_rng(11)
RGB = noise(RNG, (12, 17, 3), 8)


def pillow(folder: Path, name: str, image: Image.Image, **options: Any) -> Path:  # noqa: ANN401
    image.save(folder / name, **options)
    return folder / name


def vips(folder: Path, name: str, pixels: np.ndarray, interpretation: str) -> Path:
    image = pyvips.Image.new_from_array(pixels, interpretation=interpretation)
    image.write_to_file(str(folder / name))
    return folder / name


def make(folder: Path, case: str) -> Path:
    image = Image.fromarray(RGB)
    name = case.split()[0]
    match case:
        case "rgb.png" | "rgb.tif" | "rgb.webp":
            return pillow(folder, name, image, lossless=True)
        case "rgba.png" | "rgba.tif" | "rgba.webp":
            return vips(folder, name, noise(RNG, (12, 17, 4), 8), "srgb")
        case "gray.png" | "gray.tif":
            return pillow(folder, name, image.convert("L"))
        case "gray-alpha.png":
            return pillow(folder, name, image.convert("LA"))
        case "bits.png" | "bits.tif":
            return pillow(folder, name, image.convert("1"))
        case "two-bits.png":
            data = pyvips.Image.new_from_array(noise(RNG, (12, 17), 2), interpretation="b-w")
            (folder / name).write_bytes(data.pngsave_buffer(bitdepth=2))
            return folder / name
        case "deep.png" | "deep.tif":
            return vips(folder, name, noise(RNG, (12, 17, 3), 16), "rgb16")
        case "deep-alpha.png" | "deep-alpha.tif":
            return vips(folder, name, noise(RNG, (12, 17, 4), 16), "rgb16")
        case "deep-gray.png" | "deep-gray.tif":
            return vips(folder, name, noise(RNG, (12, 17, 1), 16), "grey16")
        case "float.tif":
            return vips(folder, name, RNG.random((12, 17, 3), np.float32), "scrgb")
        case "cmyk.tif":
            return pillow(folder, name, image.convert("CMYK"))
        case "cmyk-alpha.tif":
            return vips(folder, name, noise(RNG, (12, 17, 5), 8), "cmyk")
        case "palette.png" | "palette.gif":
            return pillow(folder, name, image.quantize(50))
        case "two.gif":
            return pillow(folder, name, image.quantize(2))
        case "grays.gif":
            return pillow(folder, name, image.convert("L"))
        case "clear.png" | "clear.gif":
            return pillow(folder, name, image.quantize(50), transparency=3)
        case "faint.png":
            alphas = bytes(range(0, 250, 5))
            return pillow(folder, name, image.quantize(50), transparency=alphas)
    raise AssertionError(case)


KINDS = {
    "rgb.png": ("rgb", 8, False),
    "rgb.tif": ("rgb", 8, False),
    "rgb.webp": ("rgb", 8, False),
    "rgba.png": ("rgb", 8, True),
    "rgba.tif": ("rgb", 8, True),
    "rgba.webp": ("rgb", 8, True),
    "gray.png": ("gray", 8, False),
    "gray.tif": ("gray", 8, False),
    "gray-alpha.png": ("gray", 8, True),
    "bits.png": ("gray", 1, False),
    "bits.tif": ("gray", 1, False),
    "two-bits.png": ("gray", 2, False),
    "deep.png": ("rgb", 16, False),
    "deep.tif": ("rgb", 16, False),
    "deep-alpha.png": ("rgb", 16, True),
    "deep-alpha.tif": ("rgb", 16, True),
    "deep-gray.png": ("gray", 16, False),
    "deep-gray.tif": ("gray", 16, False),
    "float.tif": ("rgb", 32, False),
    "cmyk.tif": ("cmyk", 8, False),
    "cmyk-alpha.tif": ("cmyk", 8, True),
    "palette.png": ("palette", 8, False),
    "palette.gif": ("palette", 8, False),
    "two.gif": ("palette", 8, False),
    "grays.gif": ("palette", 8, False),
    "clear.png": ("palette", 8, True),
    "clear.gif": ("palette", 8, True),
    "faint.png": ("palette", 8, True),
}


def shown(path: Path) -> np.ndarray:
    """The file as another program decodes it."""
    return pyvips.Image.new_from_file(str(path)).numpy()


@pytest.mark.parametrize("case", KINDS)
def test_the_same_kind_out(tmp_path: Path, case: str) -> None:
    path = make(tmp_path, case)
    picture = read_picture(path)
    assert (picture.kind.model, picture.kind.bits, picture.kind.alpha) == KINDS[case]

    half = Box(0, 0, 8, 12)
    changed = np.ones((12, 8), np.bool_)
    edited = picture.with_srgb(half, np.full((12, 8, 3), 0.5, np.float32), changed)
    result = tmp_path / f"result{path.suffix}"
    write_picture(edited, result)

    again = read_picture(result)
    assert (again.kind.model, again.kind.bits, again.kind.alpha) == KINDS[case]
    assert again.kind.format == picture.kind.format
    assert np.array_equal(shown(result)[:, 8:], shown(path)[:, 8:], equal_nan=True)
    assert np.array_equal(again.alpha(again.box), picture.alpha(picture.box))
    assert np.allclose(again.srgb(again.box), edited.srgb(edited.box), atol=1e-6)


@pytest.mark.parametrize("name", ["photo.jpg", "press.jpg", "gray.jpg"])
def test_jpeg_stays_close(tmp_path: Path, name: str) -> None:
    y, x = np.mgrid[:64, :64].astype(np.float32) / 64
    smooth = Image.fromarray((np.stack([x, y, 1 - x], -1) * 255).astype(np.uint8))
    mode = {"photo.jpg": "RGB", "press.jpg": "CMYK", "gray.jpg": "L"}[name]
    path = pillow(tmp_path, name, smooth.convert(mode), quality=95)
    picture = read_picture(path)
    assert picture.kind.model == {"RGB": "rgb", "CMYK": "cmyk", "L": "gray"}[mode]
    write_picture(picture, tmp_path / "result.jpg")
    with Image.open(tmp_path / "result.jpg") as result:
        assert result.mode == mode
        with Image.open(path) as source:
            assert np.abs(np.asarray(result).astype(int) - np.asarray(source)).max() <= 8
    if mode == "RGB":  # 4:4:4
        assert shown_field(tmp_path / "result.jpg", "jpeg-chroma-subsample") == "4:4:4"


def shown_field(path: Path, name: str) -> object:
    return pyvips.Image.new_from_file(str(path)).get(name)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".tif", ".gif"])
@pytest.mark.parametrize("case", ["deep-alpha.png", "cmyk-alpha.tif", "float.tif", "faint.png"])
def test_any_kind_into_any_format(tmp_path: Path, case: str, suffix: str) -> None:
    """A square of one colour looks the same whatever it is saved as."""
    picture = read_picture(make(tmp_path, case))
    colour = np.array([0.8, 0.4, 0.2], np.float32)
    flat = picture.with_srgb(picture.box, np.tile(colour, (12, 17, 1)), np.ones((12, 17), np.bool_))
    write_picture(flat, tmp_path / f"other{suffix}")
    again = read_picture(tmp_path / f"other{suffix}")
    solid = flat.alpha(flat.box) == 1
    assert (again.alpha(again.box)[solid] == 1).all()
    if solid.all():
        assert np.abs(again.srgb(again.box)[solid] - colour).max() < 0.04


def test_transparent_becomes_white_in_a_jpeg(tmp_path: Path) -> None:
    write_picture(Picture.from_array(np.zeros((16, 16, 4), np.uint8)), tmp_path / "a.jpg")
    assert (shown(tmp_path / "a.jpg") == 255).all()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_and_reset(tmp_path: Path, orientation: int, suffix: str) -> None:
    upright = np.zeros((24, 40, 3), np.uint8)
    upright[:8, :8] = 255  # the top left corner
    turn: dict[int, Image.Transpose] = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = Image.fromarray(upright)
    stored = image.transpose(turn[orientation]) if orientation in turn else image
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = pillow(tmp_path, f"turned{suffix}", stored, exif=exif, quality=95)

    picture = read_picture(path)
    assert picture.pixels.shape == upright.shape
    assert np.abs(picture.pixels.astype(int) - upright).mean() < 3
    write_picture(picture, tmp_path / f"result{suffix}")
    with Image.open(tmp_path / f"result{suffix}") as result:
        assert result.getexif().get(0x0112, 1) == 1
        assert result.size == (40, 24)
    assert (
        np.abs(read_picture(tmp_path / f"result{suffix}").pixels.astype(int) - upright).mean() < 3
    )


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
def test_profile_resolution_and_exif_stay(tmp_path: Path, suffix: str) -> None:
    exif = Image.Exif()
    exif[0x013B] = "A. Painter"
    path = pillow(
        tmp_path,
        f"a{suffix}",
        Image.fromarray(RGB),
        icc_profile=wide_profile(),
        dpi=(300, 300),
        exif=exif,
        artist="A. Painter",
    )
    picture = read_picture(path)
    assert picture.kind.profile == wide_profile()
    write_picture(picture, tmp_path / f"b{suffix}")
    with Image.open(tmp_path / f"b{suffix}") as result:
        assert result.info["icc_profile"] == wide_profile()
        if suffix != ".webp":  # has no place for it but EXIF
            assert np.allclose(np.array(result.info["dpi"], float), 300, atol=0.5)
        if suffix != ".tif":  # libvips keeps no EXIF in a TIFF
            assert result.getexif()[0x013B] == "A. Painter"


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".gif", ".palette.png"])
def test_texts_survive(tmp_path: Path, suffix: str) -> None:
    texts = {"flexit": '{"seed": 7}', "Zitrone": "柠檬 \x00\n🍋" * 500, "": ""}
    picture = Picture.from_array(RGB)
    if suffix == ".palette.png":
        picture = read_picture(pillow(tmp_path, "p.png", Image.fromarray(RGB).quantize(9)))
    write_picture(picture, tmp_path / f"a{suffix}", texts=texts)
    assert read_texts(tmp_path / f"a{suffix}") == texts


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".gif"])
def test_a_file_without_texts_has_none(tmp_path: Path, suffix: str) -> None:
    write_picture(Picture.from_array(RGB), tmp_path / f"a{suffix}")
    assert read_texts(tmp_path / f"a{suffix}") == {}


@pytest.mark.parametrize("comment", [b"hello", b"[1]", b'{"a": 1}', b"[" * 100_000, b"\xff\xfe"])
def test_a_comment_of_another_program_is_no_text(tmp_path: Path, comment: bytes) -> None:
    path = pillow(tmp_path, "a.gif", Image.fromarray(RGB).quantize(9), comment=comment)
    assert read_texts(path) == {}


def exif_with_thumbnail(thumbnail: bytes) -> bytes:
    """An artist in the first directory, a thumbnail in the second."""
    first = struct.pack("<H HHI4s I", 1, 0x013B, 2, 4, b"Art\0", 26)
    second = struct.pack(
        "<H HHII HHII HHII I",
        *(3, 0x0103, 3, 1, 6, 0x0201, 4, 1, 26 + 42, 0x0202, 4, 1, len(thumbnail), 0),
    )
    return b"Exif\0\0II*\0\x08\0\0\0" + first + second + thumbnail


def test_a_thumbnail_of_the_old_picture_is_not_kept(tmp_path: Path) -> None:
    buffer = BytesIO()
    Image.fromarray(RGB).save(buffer, "JPEG")
    thumbnail = buffer.getvalue()
    exif = exif_with_thumbnail(thumbnail)
    path = pillow(tmp_path, "a.jpg", Image.fromarray(RGB), exif=exif)
    assert shown_field(path, "jpeg-thumbnail-data") == thumbnail
    write_picture(read_picture(path), tmp_path / "b.jpg")
    data = (tmp_path / "b.jpg").read_bytes()
    assert b"Art\0" in data
    assert thumbnail[20:200] not in data
