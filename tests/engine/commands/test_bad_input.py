"""Bad input gets a sentence and loses nothing."""

from __future__ import annotations

import logging
import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from flexit_engine.canvas import Picture, read_picture, write_picture

from .conftest import Answer, Flexit, draw, hashes

FAST = ("--steps", "1", "--augmentations", "1", "--resolution", "32")


def empty(path: Path) -> None:
    path.write_bytes(b"")


def words(path: Path) -> None:
    path.write_text("This is not a picture.")


def noise(path: Path) -> None:
    path.write_bytes(np.random.default_rng(0).bytes(5000))


def truncated(path: Path) -> None:
    data = draw(path).read_bytes()
    path.write_bytes(data[: len(data) // 2])


def corrupt(path: Path) -> None:
    data = bytearray(draw(path).read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40] = bytes(40)
    path.write_bytes(data)


def animated(path: Path) -> None:
    frames = [Image.new("RGB", (64, 48), colour) for colour in ("red", "green", "blue")]
    frames[0].save(path, "gif", save_all=True, append_images=frames[1:], duration=50)


def huge(path: Path) -> None:
    """30,000 × 30,000 pixels, as far as the header goes."""
    write_png(path, 30_000, b"")


def bomb(path: Path) -> None:
    """Within the limit of a side, 300 MB in a few hundred KB."""
    write_png(path, 17_500, zlib.compress(bytes(17_501 * 1_000)))


def write_png(path: Path, side: int, data: bytes) -> None:
    def chunk(name: bytes, content: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + crc

    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def sentence(answer: Answer, code: int) -> str:
    """The one sentence, and nothing else, on stderr."""
    assert (answer.code, answer.out) == (code, ""), answer
    assert answer.err.startswith("flexit: ")
    assert answer.err.count("\n") == 1
    assert len(answer.err) < 500
    assert "unexpected" not in answer.err
    return answer.err


@pytest.mark.parametrize(
    "make", [empty, words, noise, truncated, corrupt, animated, huge, bomb, Path.mkdir, os.mkfifo]
)
@pytest.mark.parametrize("option", ["IN", "--mask", "--again"])
def test_files_that_are_no_use(
    tiny: Flexit, cat: Path, tmp_path: Path, make: Callable[[Path], None], option: str
) -> None:
    bad = tmp_path / "bad.png"
    make(bad)
    before = hashes(tmp_path) if not bad.is_fifo() else {}
    if option == "IN":
        answer = tiny("edit", bad, tmp_path / "dog.png", "--to", "dog", *FAST)
    elif option == "--mask":
        answer = tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", "--mask", bad, *FAST)
    else:
        answer = tiny("edit", "--again", bad, tmp_path / "dog.png")
    sentence(answer, 3)
    assert not (tmp_path / "dog.png").exists()
    assert bad.is_fifo() or hashes(tmp_path) == before


@pytest.mark.parametrize("name", ["missing.png", "cat.png/x.png", "x" * 300, "", "/dev/zero"])
def test_files_that_are_not_there(tiny: Flexit, cat: Path, tmp_path: Path, name: str) -> None:
    bad, dog = tmp_path / name, tmp_path / "dog.png"
    sentence(tiny("edit", bad, dog, "--to", "dog", *FAST), 3)
    sentence(tiny("edit", cat, dog, "--mask", bad, "--to", "dog", *FAST), 3)
    sentence(tiny("edit", "--again", bad, dog), 3)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 300), (300, 1)])
def test_the_smallest_pictures_can_be_edited(
    tiny: Flexit, tmp_path: Path, height: int, width: int
) -> None:
    small = draw(tmp_path / "small.png", height, width)
    assert tiny("edit", small, tmp_path / "dog.png", "--to", "dog", *FAST).code == 0
    assert read_picture(tmp_path / "dog.png").pixels.shape == (height, width, 3)


def test_libraries_add_nothing_of_their_own(
    tiny: Flexit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pytest listens to the log; a user's terminal has nobody who does.
    monkeypatch.setattr(logging.getLogger(), "handlers", [])
    data = bytearray(draw(tmp_path / "bad.png").read_bytes())
    data[24] = 77  # bits a sample
    (tmp_path / "bad.png").write_bytes(data)
    sentence(tiny("edit", tmp_path / "bad.png", tmp_path / "dog.png", "--to", "dog", *FAST), 3)


def test_masks_that_do_not_fit(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    masks = {
        "size": np.full((48, 63), 255, np.uint8),
        "nothing": np.zeros((48, 64), np.uint8),
        "transparent": np.zeros((48, 64, 4), np.uint8),
    }
    for name, pixels in masks.items():
        write_picture(Picture.from_array(pixels), tmp_path / f"{name}.png")
        bad = ("--mask", tmp_path / f"{name}.png")
        sentence(tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", *bad, *FAST), 3)
    assert not (tmp_path / "dog.png").exists()


@pytest.mark.parametrize(
    "text",
    [
        *("", "  ", ",", "x" * 10_000, "a\x00b", "a\x1b[31m", "\udc80"),
        *("dog:0", "dog:0.5, wolf:1001", "dog:" + "9" * 400),
    ],
)
def test_texts_that_cannot_be_used(tiny: Flexit, cat: Path, tmp_path: Path, text: str) -> None:
    shown = sentence(tiny("edit", cat, tmp_path / "dog.png", "--to", text, *FAST), 4)
    assert "\x1b" not in shown
    if text.strip(" ,"):
        answer = tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", "--from", text, *FAST)
        sentence(answer, 4)


@pytest.mark.parametrize("side", ["--from", "--to"])
def test_mini_names_the_words_it_does_not_know(
    flexit: Flexit, cat: Path, tmp_path: Path, side: str
) -> None:
    texts = {"--from": "cat", "--to": "dog", side: "appple"}
    answer = flexit(
        "edit", cat, tmp_path / "x.png", *(w for pair in texts.items() for w in pair), *FAST
    )
    shown = sentence(answer, 4)
    assert "'appple'" in shown
    assert "apple," in shown or "apple." in shown


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *((name, value) for name in ("--steps", "--augmentations") for value in ("-1", "1.5", "x")),
        *(("--learning-rate", value) for value in ("nan", "inf", "0", "-1", "1e999", "")),
        *((f"--{name}-weight", "nan") for name in ("image", "source", "perceptual", "latent")),
        *(("--resolution", value) for value in ("0", "31", "4096", "1e9")),
        *(("--seed", value) for value in ("-1", str(2**63), "9" * 5000)),
        *(("--strength", value) for value in ("nan", "-0.1", "1.1", "inf")),
        *(("--variants", value) for value in ("0", "-3", "65")),
        ("--latent-norm", "l3"),
        ("--space", "time"),
        ("--composition", ""),
        ("--context", "-inf"),
        ("--preset", "best"),
    ],
)
def test_settings_out_of_range(
    tiny: Flexit, cat: Path, tmp_path: Path, option: str, value: str
) -> None:
    answer = tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", f"{option}={value}")
    sentence(answer, 5)
    assert set(hashes(tmp_path)) == {"cat.png"}


def test_seeds_of_variants_stay_in_range(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    last = ("--seed", 2**63 - 2, "--variants", 3)
    sentence(tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", *last, *FAST), 5)


def test_a_profile_that_is_not_there(flexit: Flexit, cat: Path, tmp_path: Path) -> None:
    words = ("edit", cat, tmp_path / "dog.png", "--to", "dog", "--profile")
    assert "mini" in sentence(flexit(*words, "huge"), 7)


def test_a_profile_that_is_not_installed(
    flexit: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEXIT_WEIGHTS", str(tmp_path))
    words = ("edit", cat, tmp_path / "dog.png", "--to", "dog", "--profile", "paper")
    assert "Fetch it into" in sentence(flexit(*words), 7)


@pytest.mark.parametrize("device", ["cuda:99", "xpu:99", "abacus", "", "cuda:-1", "cpu:x"])
def test_a_device_that_is_not_there(tiny: Flexit, cat: Path, tmp_path: Path, device: str) -> None:
    answer = tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", *FAST, "--device", device)
    sentence(answer, 8)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB."),
        RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried …"),
        MemoryError(),
    ],
)
@pytest.mark.parametrize("where", ["open_source", "optimise"])
def test_a_device_that_is_too_small(
    tiny: Flexit,
    cat: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    where: str,
) -> None:
    def fail(*_arguments: object) -> None:
        raise error

    monkeypatch.setattr(f"flexit_engine.editor.{where}", fail)
    sentence(tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", *FAST), 8)
    assert set(hashes(tmp_path)) == {"cat.png"}
