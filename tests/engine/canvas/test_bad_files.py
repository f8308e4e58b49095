"""Whatever is handed over as a picture gets a sentence: no traceback, no hang, no noise."""

import os
import socket
import struct
import threading
import zlib
from collections.abc import Callable
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyvips
from PIL import Image

from flexit_engine.canvas import Picture, read_picture, read_texts
from flexit_engine.canvas import limits as limits_module
from flexit_engine.errors import PictureError

RGB = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)


def encoded(form: str, image: Image.Image | None = None, **options: Any) -> bytes:  # noqa: ANN401
    buffer = BytesIO()
    (image or Image.fromarray(RGB)).save(buffer, form, **options)
    return buffer.getvalue()


def refuse(path: Path, says: str) -> PictureError:
    with pytest.raises(PictureError, match=says) as caught:
        read_picture(path)
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    return caught.value


def refuse_bytes(folder: Path, data: bytes, says: str, name: str = "a.png") -> None:
    (folder / name).write_bytes(data)
    refuse(folder / name, says)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png_header(width: int, height: int) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99))


def test_missing_folder_and_empty(tmp_path: Path) -> None:
    refuse(tmp_path / "none.png", "There is no file 'none.png'")
    refuse(tmp_path, "is a folder")
    refuse_bytes(tmp_path, b"", "is empty")
    refuse(tmp_path / ("x" * 300), "cannot be read")
    refuse(tmp_path / "a\0b.png", "cannot be read")


@pytest.mark.skipif(os.name == "nt", reason="no such files there")
def test_pipes_sockets_and_devices_do_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    refuse(tmp_path / "pipe.png", "is not an ordinary file")
    refuse(Path("/dev/zero"), "is not an ordinary file")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "s"))
        refuse(tmp_path / "s", "cannot be read|is not an ordinary file")


def test_no_right_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(encoded("PNG"))

    def denied(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", denied)  # root may read everything, so chmod would not do
    refuse(path, "cannot be read: Permission denied")


@pytest.mark.parametrize(
    "data",
    [
        b"hello world, this is no picture at all",
        b"%PDF-1.4 hello",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"P6 1 1 255 abc",
        b"BM" + bytes(60),
        b"\0" * 1000,
    ],
)
def test_not_a_picture_of_ours(tmp_path: Path, data: bytes) -> None:
    refuse_bytes(tmp_path, data, "is not a picture we can read")


def test_a_libvips_file_is_not_read(tmp_path: Path) -> None:
    """Its own format is for data one trusts."""
    pyvips.Image.new_from_array(RGB).vipssave(str(tmp_path / "a.v"))
    refuse(tmp_path / "a.v", "is not a picture we can read")


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "GIF"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.97])
def test_cut_off(
    tmp_path: Path, form: str, share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    data = encoded(form)
    refuse_bytes(tmp_path, data[: int(len(data) * share)], "damaged or was cut off|not a picture")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "P"])
def test_damaged_bytes_give_a_picture_or_a_sentence(
    tmp_path: Path, form: str, capfd: pytest.CaptureFixture[str]
) -> None:
    rng = np.random.default_rng(1)
    image = Image.fromarray(RGB).quantize(30) if form == "P" else None
    data = np.frombuffer(encoded("PNG" if form == "P" else form, image), np.uint8)
    path = tmp_path / "a.bin"
    for _ in range(60):
        damaged = data.copy()
        where = rng.integers(0, len(data), rng.integers(1, 20))
        damaged[where] = rng.integers(0, 256, len(where))
        path.write_bytes(damaged.tobytes())
        for read in (read_picture, read_texts):
            with suppress(PictureError):
                read(path)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("width", "height"), [(30_000, 30_000), (16_385, 1), (1, 16_385), (100_000, 100_000)]
)
def test_too_large_is_said_before_decoding(tmp_path: Path, width: int, height: int) -> None:
    (tmp_path / "a.png").write_bytes(png_header(width, height))
    error = refuse(tmp_path / "a.png", "the limit is 16384 × 16384")
    assert f"{width} × {height}" in error.message


def test_a_bomb_costs_no_memory(tmp_path: Path) -> None:
    """A true 30 000 × 30 000 picture of 2.7 GB in a file of a few hundred KB."""
    packer = zlib.compressobj(9)
    row = bytes(30_000 // 8 + 1)
    data = b"".join(packer.compress(row) for _ in range(30_000)) + packer.flush()
    head = struct.pack(">IIBBBBB", 30_000, 30_000, 1, 0, 0, 0, 0)
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    refuse_bytes(tmp_path, png, "30000 × 30000")


def test_a_file_that_is_too_large(tmp_path: Path) -> None:
    with open(tmp_path / "a.png", "wb") as file:
        file.truncate(limits_module.MAX_BYTES + 1)  # a hole: takes no room
    refuse(tmp_path / "a.png", "2.1 GB; the limit is 2.1 GB")


@pytest.mark.parametrize(
    ("form", "says"),
    [("GIF", "3 frames"), ("WEBP", "3 frames"), ("PNG", "3 frames"), ("TIFF", "3 pages")],
)
def test_more_than_one_picture(tmp_path: Path, form: str, says: str) -> None:
    frames = [Image.fromarray(np.full((8, 8, 3), value, np.uint8)) for value in (0, 99, 200)]
    data = encoded(form, frames[0], save_all=True, append_images=frames[1:])
    refuse_bytes(tmp_path, data, f"has {says}; FlexIT edits still pictures")


def test_kinds_nobody_edits(tmp_path: Path) -> None:
    six = np.zeros((4, 4, 6), np.uint8)
    pyvips.Image.new_from_array(six).tiffsave(str(tmp_path / "six.tif"))
    refuse(tmp_path / "six.tif", "which FlexIT does not edit")
    signed = pyvips.Image.new_from_array(np.zeros((4, 4, 3), np.int32))
    signed.tiffsave(str(tmp_path / "signed.tif"))
    refuse(tmp_path / "signed.tif", "which FlexIT does not edit")
    lab = pyvips.Image.new_from_array(np.zeros((4, 4, 3), np.uint8), interpretation="srgb")
    lab.colourspace("lab").tiffsave(str(tmp_path / "lab.tif"))
    refuse(tmp_path / "lab.tif", "which FlexIT does not edit|damaged")


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (50, 1)])
def test_tiny_pictures_are_pictures(tmp_path: Path, size: tuple[int, int]) -> None:
    for form in ("PNG", "JPEG", "WEBP", "TIFF", "GIF"):
        (tmp_path / "a").write_bytes(encoded(form, Image.new("RGB", size, "red")))
        picture = read_picture(tmp_path / "a")
        assert (picture.width, picture.height) == size


def test_names_are_taken_as_they_are(tmp_path: Path) -> None:
    """Nothing in a name is an option or has to be text."""
    names: list[Any] = ["a[page=1].png", "ä b.png", "-x.png"]
    for name in names if os.name == "nt" else [*names, os.fsdecode(b"\xff.png")]:
        (tmp_path / name).write_bytes(encoded("PNG"))
        assert read_picture(tmp_path / name).width == 50


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 5), np.uint8),
        np.zeros(4, np.uint8),
        np.zeros((4, 4, 3), np.int64),
        np.zeros((4, 4, 0), np.uint8),
        np.zeros((0, 4, 3), np.uint8),
        np.broadcast_to(np.uint8(0), (1, 16_385, 3)),
    ],
)
def test_arrays_that_are_no_pictures(array: np.ndarray) -> None:
    with pytest.raises(PictureError):
        Picture.from_array(array)


def test_reading_works_from_several_threads(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(encoded("PNG"))
    seen: list[bool] = []

    def read() -> None:
        seen.append(np.array_equal(read_picture(tmp_path / "a.png").pixels, RGB))

    tasks: list[Callable[[], None]] = [read] * 4
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [True] * 4


@pytest.mark.parametrize("suffix", [".png", ".tif", ".gif"])
def test_a_file_that_unpacks_to_too_much_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    Image.fromarray(np.zeros((40, 50, 3), np.uint8)).save(path)
    monkeypatch.setattr(limits_module, "MAX_DECODED", 40 * 50 * 3)
    assert read_picture(path).width == 50
    monkeypatch.setattr(limits_module, "MAX_DECODED", 40 * 50 * 3 - 1)
    error = refuse(path, "unpacks to 0 MB; the limit is 0 MB")
    assert "smaller" in error.hint


def test_sixteen_bits_unpack_to_twice_as_much(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(np.zeros((40, 50), np.uint16)).save(path)
    monkeypatch.setattr(limits_module, "MAX_DECODED", 40 * 50 * 2 - 1)
    refuse(path, "unpacks to")
