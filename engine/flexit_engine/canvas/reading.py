"""From a file to a picture."""

from __future__ import annotations

import os
import stat
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyvips
from PIL import Image, ImageOps

from flexit_engine.canvas import vips
from flexit_engine.canvas.colour import fitting_profile
from flexit_engine.canvas.kind import COLOUR_BANDS, Kind, Model
from flexit_engine.canvas.limits import MAX_BYTES, MAX_PIXELS, check_decoded, check_size
from flexit_engine.canvas.picture import Picture
from flexit_engine.errors import PictureError

MODELS: dict[str, Model] = {
    "b-w": "gray",
    "grey16": "gray",
    "srgb": "rgb",
    "rgb16": "rgb",
    "scrgb": "rgb",
    "cmyk": "cmyk",
}
"""What libvips calls the colour models we edit."""

_BITS = {"uchar": 8, "ushort": 16, "float": 32}
_UPRIGHT = 1

# Pillow warns of large pictures; ours have passed `check_size` before it sees them.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def read_picture(path: str | os.PathLike[str], name: str | None = None) -> Picture:
    """Read a still JPEG, PNG, WebP, TIFF or GIF.

    The EXIF orientation is applied and its tag dropped. Nothing is decoded before the header has
    shown a size within the limits.

    Args:
        path: of the file.
        name: what errors call it; the file's own name when not given.

    Raises:
        PictureError: there is no such file, it is not a picture we can edit, or it is damaged.
    """
    name = name or Path(path).name
    data = read_bytes(path)
    header = open_header(data, name)
    check_size(repr(name), header.width, header.height)
    check_decoded(repr(name), _decoded_size(header))
    _check_still(header, data, name)
    with vips.quiet_errors(_damaged(name)):
        if vips.field(header, "palette"):
            return _read_palette(header, data, name)
        return _read_samples(header, data, name)


def read_bytes(path: str | os.PathLike[str]) -> bytes:
    """The content of an ordinary file; never waits for a pipe or a device.

    Raises:
        PictureError: it cannot be read, is empty or too large.
    """
    name = repr(Path(path).name or str(path))
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if Path(path).is_dir():
            raise PictureError(f"{name} is a folder.", "Choose a picture file.")
        with os.fdopen(os.open(path, flags), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise PictureError(f"{name} is not an ordinary file.", "Choose a picture file.")
            if about.st_size > MAX_BYTES:
                size = f"{about.st_size / 1e9:.1f} GB; the limit is {MAX_BYTES / 1e9:.1f} GB."
                raise PictureError(f"{name} is {size}", "Save it compressed, or smaller.")
            data = file.read()
    except FileNotFoundError:
        raise PictureError(f"There is no file {name}.", "Check the name and the folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PictureError(
            f"{name} cannot be read: {reason}.", "Check the file's rights."
        ) from None
    if not data:
        raise PictureError(f"{name} is empty.", "Save or download it again.")
    return data


def open_header(data: bytes, name: str) -> pyvips.Image:
    """Open a picture without decoding it.

    Raises:
        PictureError: it is not in a format we read, or its header is damaged.
    """
    try:
        return pyvips.Image.new_from_buffer(data, "", access="sequential", fail_on="error")
    except pyvips.Error as error:
        if "not in a known format" in str(error):
            raise PictureError(
                f"{name!r} is not a picture we can read.", "Choose a JPEG, PNG, WebP, TIFF or GIF."
            ) from None
        raise _damaged(name) from None


def _decoded_size(header: pyvips.Image) -> int:
    """Bytes of all samples; those of formats we do not read count as the largest."""
    sample = _BITS.get(header.format, 128) // 8
    return int(header.width * header.height * header.bands * sample)


def format_of(header: pyvips.Image) -> Any:  # noqa: ANN401 -- one of Format
    """The format an opened picture is in."""
    loader = str(vips.field(header, "vips-loader"))
    return next(name for name in vips.LOADERS.values() if loader.startswith(name))


def _damaged(name: str) -> PictureError:
    return PictureError(
        f"{name!r} is damaged or was cut off.", "Open it in an editor and save it again."
    )


def _check_still(header: pyvips.Image, data: bytes, name: str) -> None:
    frames = vips.field(header, "n-pages", 1)
    unit = "pages" if format_of(header) == "tiff" else "frames"
    if format_of(header) == "png":
        frames = _png_frames(data)
    if frames > 1:
        raise PictureError(
            f"{name!r} has {frames} {unit}; FlexIT edits still pictures.",
            "Save one of them as a picture of its own.",
        )


def _png_frames(data: bytes) -> int:
    """What an animated PNG says of itself, ahead of its first data; libvips reads one frame."""
    announced = data.find(b"acTL", 0, data.find(b"IDAT") + 1)
    return 1 if announced < 0 else int.from_bytes(data[announced + 4 : announced + 8], "big")


def _read_samples(header: pyvips.Image, data: bytes, name: str) -> Picture:
    kind = _kind(header, name)
    image = header
    if vips.field(header, "orientation", _UPRIGHT) != _UPRIGHT:
        # Turning needs the pixels out of order, hence all of them at once.
        image = pyvips.Image.new_from_buffer(data, "", memory=True, fail_on="error").autorot()
    pixels = vips.to_array(image)
    return Picture(pixels, kind)


def _kind(header: pyvips.Image, name: str) -> Kind:
    model = MODELS.get(header.interpretation)
    bits = _BITS.get(header.format)
    extra = header.bands - COLOUR_BANDS[model] if model else -1
    if model is None or bits is None or extra not in (0, 1) or (model, bits) == ("cmyk", 32):
        raise PictureError(
            f"{name!r} holds {header.bands} bands of {header.interpretation}"
            f" ({header.format}), which FlexIT does not edit.",
            "Convert it to RGB, grey or CMYK with 8 or 16 bits.",
        )
    if bits == 8 and model == "gray" and not extra:
        bits = min(8, vips.field(header, "bits-per-sample", 8))
    plain = Kind(model, bits)
    profile = fitting_profile(vips.field(header, "icc-profile-data"), plain)
    return Kind(
        model,
        bits,
        alpha=extra == 1,
        linear=bits == 32 and profile is None,
        profile=profile,
        format=format_of(header),
        resolution=_resolution(header),
        metadata=_metadata(header),
    )


def _resolution(header: pyvips.Image) -> tuple[float, float]:
    return header.xres, header.yres


def _metadata(header: pyvips.Image) -> dict[str, str | bytes]:
    """What the file says of the picture; the orientation is applied, a thumbnail would be old.

    EXIF goes tag by tag, from which libvips builds it anew: the block as a whole holds both.
    """
    names = [
        name
        for name in header.get_fields()
        if name in ("xmp-data", "iptc-data")
        or (name.startswith(("exif-ifd0-", "exif-ifd2-", "exif-ifd3-")) and "Orient" not in name)
    ]
    return {name: header.get(name) for name in names}


def _read_palette(header: pyvips.Image, data: bytes, name: str) -> Picture:
    """Read the indices, which libvips does not hand out, with Pillow."""
    vips.to_array(header)  # libvips is the stricter judge of a damaged file
    try:
        with Image.open(BytesIO(data)) as file:
            if file.size != (header.width, header.height):  # a GIF's frame larger than its screen
                raise _damaged(name)
            image = ImageOps.exif_transpose(file)
            if image.mode != "P":  # a GIF of greys
                image = image.convert("P")
            image.apply_transparency()
            entries = np.array(image.getpalette("RGBA"), np.uint8).reshape(-1, 4)
            indices = np.array(image)
            profile = file.info.get("icc_profile")
    except Exception:  # Pillow raises anything at all on damaged files
        raise _damaged(name) from None
    missing = max(0, int(indices.max()) + 1 - len(entries))
    entries = np.pad(entries, ((0, missing), (0, 0)))
    return Picture(
        indices[..., None].copy(),
        Kind(
            "palette",
            8,
            alpha=bool((entries[:, 3] < 255).any()),
            profile=fitting_profile(profile, Kind("palette", 8)),
            palette=entries.tobytes(),
            format=format_of(header),
            resolution=_resolution(header),
        ),
    )
