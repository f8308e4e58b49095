"""Between a picture's own samples and sRGB in [0, 1].

sRGB and grey without a profile are arithmetic; everything else goes through lcms inside libvips
with 16 bits a sample, relative colorimetric with black point compensation both ways.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pyvips
from numpy.typing import NDArray
from PIL import ImageCms

from flexit_engine.canvas import vips
from flexit_engine.canvas.kind import Kind

Floats = NDArray[np.float32]

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Rec. 709: the grey an editor makes of a colour."""

RESIDUAL_FADE = 0.1
"""Change of colour at which nothing is left of what sRGB could not express of the old one."""

_INTENT: dict[str, Any] = {"intent": "relative", "black_point_compensation": True}
_SPACES = {"gray": "GRAY", "rgb": "RGB", "palette": "RGB", "cmyk": "CMYK"}


def to_srgb(samples: NDArray[Any], kind: Kind) -> Floats:
    """Colour samples as sRGB.

    Args:
        samples: `h×w×bands` without alpha; for a palette picture its entries, `1×N×3`.
        kind: how to read them.

    Returns:
        `h×w×3` in [0, 1]. What lies outside sRGB is clipped to it.
    """
    unit = to_unit_range(samples)
    if _needs_lcms(kind):
        return _from_device(unit, kind)
    if kind.linear:
        unit = _code(unit)
    return np.repeat(unit, 3, axis=-1) if unit.shape[-1] == 1 else unit


def is_plain(kind: Kind) -> bool:
    """Whether samples are sRGB as it is, each a rounded value of its own."""
    return kind.model == "rgb" and kind.bits < 32 and not _needs_lcms(kind)


def recolour(samples: NDArray[Any], old: Floats, new: Floats, kind: Kind) -> NDArray[Any]:
    """The samples of pixels that change colour.

    Where the picture holds more than sRGB can express (a wide gamut, light above white, the black
    of a CMYK separation) that remainder fades out with the amount of change: a pixel that hardly
    changes keeps it, so a soft edit has no seam, and a new colour is exactly what was asked for.

    Args:
        samples: `n×bands`, what is there, without alpha.
        old: `n×3`, its sRGB.
        new: `n×3`, the sRGB it is to have.
        kind: how to read the samples.

    Returns:
        `n×bands` of the same type.
    """
    unit = _to_native(new, kind)
    if _needs_lcms(kind) or kind.bits == 32:
        remainder = to_unit(samples) - _to_native(old, kind)
        change = np.abs(new - old).max(axis=-1, keepdims=True)
        unit += np.nan_to_num(remainder) * np.clip(1 - change / RESIDUAL_FADE, 0, 1)
    return from_unit(unit, kind.bits)


def from_srgb(rgb: Floats, kind: Kind) -> NDArray[Any]:
    """Samples, `n×bands`, of new colours, `n×3` in [0, 1]."""
    return from_unit(_to_native(rgb, kind), kind.bits)


def to_unit(samples: NDArray[Any]) -> Floats:
    """Samples as float32: integers scaled to [0, 1], floats as they are."""
    if samples.dtype == np.float32:
        return samples
    return samples.astype(np.float32) / np.float32(np.iinfo(samples.dtype).max)


def to_unit_range(samples: NDArray[Any]) -> Floats:
    """Samples in [0, 1]: of floats, what is no number counts as 0, and what is outside is cut."""
    unit = to_unit(samples)
    return unit if samples.dtype.kind == "u" else np.clip(np.nan_to_num(unit), 0, 1)


def from_unit(unit: Floats, bits: int) -> NDArray[Any]:
    """The inverse of `to_unit`: the nearest sample of that many bits."""
    if bits == 32:
        return unit.astype(np.float32)
    dtype = np.uint16 if bits == 16 else np.uint8
    levels = (1 << bits) - 1
    rounded = np.rint(np.clip(unit, 0, 1) * np.float32(levels))
    samples: NDArray[Any] = (rounded * (np.iinfo(dtype).max // levels)).astype(dtype)
    return samples


def fitting_profile(profile: bytes | None, kind: Kind) -> bytes | None:
    """The profile if it can be read and used both ways for this kind of picture, else none."""
    if profile is None:
        return None
    try:
        space = ImageCms.ImageCmsProfile(BytesIO(profile)).profile.xcolor_space
        if space.strip() != _SPACES[kind.model]:
            return None
        _to_device(np.zeros((1, 1, 3), np.float32), _SPACES[kind.model].lower(), profile)
    except (OSError, ValueError, pyvips.Error):
        return None
    return profile


def _to_native(rgb: Floats, kind: Kind) -> Floats:
    """sRGB, `n×3`, as unit samples `n×bands`."""
    if kind.model == "gray":
        rgb = np.repeat((rgb @ LUMA)[:, None], 3, axis=-1)
    if _needs_lcms(kind):
        native = _to_device(rgb[None], kind.model, kind.profile)
        if kind.model == "cmyk":
            # The two directions of a press profile are tables of which one is only roughly the
            # inverse of the other; one correction makes the colour read back as it was asked for.
            amiss = rgb - _from_device(native, kind)
            native = _to_device(rgb + amiss, kind.model, kind.profile)
        flat: Floats = native[0]
        return flat
    unit = rgb[:, :1] if kind.model == "gray" else rgb
    return _decode(unit) if kind.linear else unit.copy()


def _needs_lcms(kind: Kind) -> bool:
    return kind.profile is not None or kind.model == "cmyk"


def _from_device(unit: Floats, kind: Kind) -> Floats:
    model = "rgb" if kind.model == "palette" else kind.model
    image = vips.to_image(from_unit(unit, 16), model, kind.profile)
    # libvips knows a common press profile by the name of "cmyk".
    source = {"input_profile": "cmyk"} if kind.profile is None else {"embedded": True}
    connection = image.icc_import(**source, **_INTENT)
    return to_unit(vips.to_array(connection.icc_export(output_profile="srgb", depth=16, **_INTENT)))


def _to_device(rgb: Floats, model: str, profile: bytes | None) -> Floats:
    image = vips.to_image(from_unit(rgb, 16), "rgb")
    connection = image.icc_import(input_profile="srgb", **_INTENT).copy()
    target: dict[str, str] = {}
    if profile is None:
        target = {"output_profile": model}
    else:  # icc_export takes the profile the image carries
        connection.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    return to_unit(vips.to_array(connection.icc_export(depth=16, **target, **_INTENT)))


def _code(light: Floats) -> Floats:
    """The sRGB transfer function."""
    high = np.float32(1.055) * light ** np.float32(1 / 2.4) - np.float32(0.055)
    return np.where(light <= 0.0031308, light * np.float32(12.92), high)


def _decode(coded: Floats) -> Floats:
    """Its inverse."""
    high = ((coded + np.float32(0.055)) / np.float32(1.055)) ** np.float32(2.4)
    return np.where(coded <= 0.04045, coded / np.float32(12.92), high)
