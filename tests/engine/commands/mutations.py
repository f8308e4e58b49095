"""Seeded nonsense: files, settings, texts and lists as no one would write them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from io import BytesIO
from random import Random

import numpy as np
from numpy.typing import NDArray
from PIL import Image

NUMBERS = (
    *("nan", "inf", "-inf", "-1", "0", "-0", "0.0", "1e-300", "1e308", "1e999", "9" * 50, "0x10"),
    *("", " ", "1_0", "½", "一", "None", "true", "\x00", "\udcff", "1,5", "--", "[]", "{}"),
)
"""Values of settings; none makes an edit long."""

OPTIONS = (
    *("--learning-rate", "--image-weight", "--source-weight", "--perceptual-weight"),
    *("--latent-weight", "--context", "--strength", "--seed", "--steps", "--augmentations"),
    *("--variants", "--resolution", "--latent-norm", "--space", "--composition", "--preset"),
    *("--profile", "--device", "--frobnicate"),
)
CHOICES = {
    "--latent-norm": ("l1", "l2", "l21"),
    "--space": ("latent", "pixels"),
    "--composition": ("detail", "decoded"),
    "--preset": ("draft", "standard"),
    "--profile": ("mini",),
    "--device": ("cpu", "auto", "cuda:7"),
    "--resolution": ("32", "40", "48"),
    "--variants": ("1", "2"),
    "--steps": ("0", "1"),
    "--augmentations": ("0", "1"),
}
SMALL = ("--steps=1", "--resolution=32", "--augmentations=1")
"""Settings of the smallest edit."""
FLAGS = ("--no-mask-latent", "--no-mask-gradient", "--no-mask-composition", "--json", "--quiet")
WORDS = ("cat", "dog", "red apple", "dog:0.7, wolf:0.3")
ODD_WORDS = ("", " ", ",", ":", "dog:0", "dog:nan", "a:1e400", "dog:" + "9" * 400, "\n", "--to")


@cache
def pictures() -> dict[str, bytes]:
    """Small sound pictures of every kind, by their file names."""
    pixels = np.random.default_rng(0).integers(0, 256, (12, 16, 4), np.uint8)
    kinds = {
        "png": ("RGB", "RGBA", "L", "LA", "P", "1", "I;16"),
        "jpeg": ("RGB", "L", "CMYK"),
        "tiff": ("RGB", "RGBA", "L", "P"),
        "gif": ("P",),
        "webp": ("RGB", "RGBA"),
    }
    return {
        f"{mode}.{form}".replace(";", ""): _encode(_image(pixels, mode), form)
        for form, modes in kinds.items()
        for mode in modes
    }


def picture(random: Random) -> tuple[str, bytes]:
    """A sound picture's name and content; seldom CMYK, whose conversion takes a second."""
    name = random.choice(
        [name for name in pictures() if random.random() < 0.05 or "CM" not in name]
    )
    return name, pictures()[name]


def _image(pixels: NDArray[np.uint8], mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(pixels[..., 0].astype(np.uint16) * 257)
    return Image.fromarray(pixels).convert(mode)


def _encode(image: Image.Image, form: str) -> bytes:
    buffer = BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


def damaged(random: Random, data: bytes, other: bytes) -> bytes:
    """A file with a few things done to it; sometimes none."""
    for _ in range(random.choice((0, 1, 1, 2, 5))):
        data = random.choice(DAMAGES)(random, data, other)
    return data


def _flip(random: Random, data: bytes, _other: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(random.choice((1, 3, 30))):
        if changed:
            changed[random.randrange(len(changed))] = random.randrange(256)
    return bytes(changed)


def _flip_header(random: Random, data: bytes, other: bytes) -> bytes:
    return _flip(random, data[:40], other) + data[40:]


def _cut(random: Random, data: bytes, _other: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _remove(random: Random, data: bytes, _other: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + data[start + random.randrange(20) :]


def _insert(random: Random, data: bytes, _other: bytes) -> bytes:
    start = random.randrange(len(data) + 1)
    return data[:start] + random.randbytes(random.randrange(20)) + data[start:]


def _splice(random: Random, data: bytes, other: bytes) -> bytes:
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other)) :]


DAMAGES: tuple[Callable[[Random, bytes, bytes], bytes], ...] = (
    *(_flip, _flip_header, _cut, _remove, _insert, _splice),
)


def text(random: Random) -> str:
    """Words, symbols, or any characters at all, control characters and halves of pairs too."""
    kind = random.random()
    if kind < 0.7:
        return random.choice(WORDS)
    if kind < 0.8:
        return random.choice(ODD_WORDS)
    length = random.choice((0, 1, 5, 50, 1001))
    highest = random.choice((0x7F, 0xFF, 0x10FFFF))
    return "".join(chr(random.randint(0, highest)) for _ in range(length))


def settings(random: Random) -> list[str]:
    """Options with sound and unsound values; the sound ones make a small edit."""
    words = list(SMALL)
    for _ in range(random.choice((0, 0, 0, 1, 3))):
        name = random.choice(OPTIONS)
        sound = random.random() < 0.6 and name in CHOICES
        words.append(f"{name}={random.choice(CHOICES[name] if sound else NUMBERS)}")
    words += [flag for flag in FLAGS if random.random() < 0.1]
    return words
