"""Random pictures of every kind."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

from flexit_engine.canvas import Kind, Picture
from flexit_engine.canvas.kind import COLOUR_BANDS, Model

Make = Callable[[np.random.Generator, int, int], Picture]


@cache
def wide_profile() -> bytes:
    """A Display P3 profile."""
    grey = pyvips.Image.new_from_array(np.zeros((1, 1, 3), np.uint8), interpretation="srgb")
    image = grey.icc_transform("p3", input_profile="srgb")
    profile: bytes = image.get("icc-profile-data")
    return profile


def noise(rng: np.random.Generator, shape: tuple[int, ...], bits: int) -> NDArray[Any]:
    if bits == 32:
        return rng.uniform(-0.1, 1.5, shape).astype(np.float32)
    levels = (1 << bits) - 1
    dtype = np.uint16 if bits == 16 else np.uint8
    return (rng.integers(0, levels, shape, endpoint=True) * (np.iinfo(dtype).max // levels)).astype(
        dtype
    )


def sampled(model: Model, bits: int, **facts: Any) -> Make:  # noqa: ANN401
    def make(rng: np.random.Generator, height: int, width: int) -> Picture:
        kind = Kind(model, bits, **facts)
        bands = COLOUR_BANDS[model] + kind.alpha
        pixels = noise(rng, (height, width, bands), bits)
        if kind.alpha:  # as much fully transparent and opaque as in between
            steps = np.array([0, 0.5, 1]) * (1 if bits == 32 else np.iinfo(pixels.dtype).max)
            pixels[..., -1] = rng.choice(steps, (height, width))
        return Picture(pixels, kind)

    return make


def palette(size: int, clear: int = 0, **facts: Any) -> Make:  # noqa: ANN401
    def make(rng: np.random.Generator, height: int, width: int) -> Picture:
        entries = rng.integers(0, 256, (size, 4)).astype(np.uint8)
        entries[:, 3] = 255
        entries[:clear, 3] = rng.integers(0, 255, clear)
        entries[: min(clear, 1), 3] = 0
        indices = rng.integers(0, size, (height, width, 1)).astype(np.uint8)
        kind = Kind("palette", 8, alpha=clear > 0, palette=entries.tobytes(), **facts)
        return Picture(indices, kind)

    return make


KINDS: dict[str, Make] = {
    **{f"gray-{bits}": sampled("gray", bits) for bits in (1, 2, 4, 8, 16)},
    **{f"gray-alpha-{bits}": sampled("gray", bits, alpha=True) for bits in (8, 16)},
    **{f"rgb-{bits}": sampled("rgb", bits) for bits in (8, 16)},
    **{f"rgb-alpha-{bits}": sampled("rgb", bits, alpha=True) for bits in (8, 16)},
    **{f"cmyk-{bits}": sampled("cmyk", bits) for bits in (8, 16)},
    "cmyk-alpha": sampled("cmyk", 8, alpha=True),
    "gray-float": sampled("gray", 32, linear=True),
    "rgb-float": sampled("rgb", 32, linear=True),
    "rgb-alpha-float": sampled("rgb", 32, alpha=True, linear=True),
    "rgb-float-coded": sampled("rgb", 32),
    "rgb-wide-8": sampled("rgb", 8, profile=wide_profile()),
    "rgb-wide-alpha-16": sampled("rgb", 16, alpha=True, profile=wide_profile()),
    "palette": palette(40),
    "palette-full": palette(256),
    "palette-2": palette(2),
    "palette-alpha": palette(60, clear=5),
    "palette-wide": palette(30, profile=wide_profile()),
}


def native(picture: Picture) -> NDArray[Any]:
    """What must not change: the samples, of a palette picture its colours before any conversion."""
    if picture.kind.model == "palette":
        return picture.kind.entries[picture.pixels[..., 0]]
    return picture.pixels
