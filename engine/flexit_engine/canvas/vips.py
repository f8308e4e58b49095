"""libvips, set up for pictures nobody vouches for, and arrays in and out of it.

Only the decoders of formats FlexIT writes as well may run: no SVG, PDF, or ImageMagick, whatever
libvips was built with. The setting holds for the whole process.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray

LOADERS = {
    "VipsForeignLoadJpeg": "jpeg",
    "VipsForeignLoadPng": "png",
    "VipsForeignLoadWebp": "webp",
    "VipsForeignLoadTiff": "tiff",
    "VipsForeignLoadNsgif": "gif",
}
"""The decoders let through, and the format each reads."""

INTERPRETATIONS = {
    ("gray", "uint8"): "b-w",
    ("gray", "uint16"): "grey16",
    ("gray", "float32"): "b-w",
    ("rgb", "uint8"): "srgb",
    ("rgb", "uint16"): "rgb16",
    ("rgb", "float32"): "scrgb",
    ("cmyk", "uint8"): "cmyk",
    ("cmyk", "uint16"): "cmyk",
}
"""What libvips calls each colour model and sample type."""

pyvips.operation_block_set("VipsForeignLoad", True)
for _loader in LOADERS:
    pyvips.operation_block_set(_loader, False)
# A picture comes by once: a cache of operations would only keep large arrays alive.
pyvips.cache_set_max(0)


def to_image(samples: NDArray[Any], model: str, profile: bytes | None = None) -> pyvips.Image:
    """An `H×W×bands` array as a libvips image, tagged with its colour model and ICC profile."""
    interpretation = INTERPRETATIONS[model, samples.dtype.name]
    image = pyvips.Image.new_from_array(np.ascontiguousarray(samples)).copy(
        interpretation=interpretation
    )
    if profile is not None:
        image.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return image


def to_array(image: pyvips.Image) -> NDArray[Any]:
    """Decode or compute an image into an `H×W×bands` array."""
    samples: NDArray[Any] = image.numpy()
    return samples.reshape(image.height, image.width, image.bands)


def field(image: pyvips.Image, name: str, default: Any = None) -> Any:  # noqa: ANN401
    """A metadata field of an image, or the default where it has none of that name."""
    return image.get(name) if image.get_typeof(name) else default


@contextmanager
def quiet_errors(error: Exception) -> Iterator[None]:
    """Raise `error` in place of libvips' own, which speaks of operations and buffers."""
    try:
        yield
    except pyvips.Error:
        raise error from None
