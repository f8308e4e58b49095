"""From a picture to a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pyvips
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from flexit_engine.canvas import vips
from flexit_engine.canvas.convert import fit
from flexit_engine.canvas.files import FORMATS, check_output, write_whole
from flexit_engine.canvas.kind import Format
from flexit_engine.canvas.picture import Picture
from flexit_engine.canvas.texts import KEYWORD, attach, pack
from flexit_engine.errors import OutputError

OPTIONS: dict[Format, dict[str, Any]] = {
    "jpeg": {"Q": 95, "subsample_mode": "off"},  # 4:4:4
    "png": {},
    "webp": {"lossless": True, "exact": True},  # exact keeps colours under full transparency
    "tiff": {"compression": "deflate"},
}

SMALL_DEPTHS: dict[Format, tuple[int, ...]] = {"png": (1, 2, 4), "tiff": (1,)}
"""Depths below 8 bits that libvips writes without loss."""

NO_TEXTS: Mapping[str, str] = MappingProxyType({})
MM_PER_INCH = 25.4


def write_picture(
    picture: Picture,
    path: str | os.PathLike[str],
    *,
    texts: Mapping[str, str] = NO_TEXTS,
    replace: bool = True,
) -> Path:
    """Write a picture whole or not at all, in the format of the path's suffix.

    PNG, WebP, TIFF and GIF keep every sample of a kind they can hold, see `convert.fit`. JPEG is
    lossy (quality 95, 4:4:4): there, pixels outside a selection differ from the source's by what
    the encoder does to them.

    Args:
        picture: what to write.
        path: where; a file that is there is replaced only once the new one is complete.
        texts: what `read_texts` is to give back.
        replace: as of `write_whole`.

    Returns:
        Where it went: `path`, or the name beside it.

    Raises:
        OutputError: no such format, no such folder, no right or no room to write.
    """
    check_output(path)
    target = Path(os.path.realpath(path))
    format = FORMATS[target.suffix.lower()]  # noqa: A001 -- the word for it
    fitting = fit(picture, format)
    try:
        if fitting.kind.model == "palette":
            data = _encode_palette(fitting, format, texts)
        else:
            data = _encode(fitting, format, texts)
    except pyvips.Error as error:
        reason = str(error).strip().splitlines()[-1]
        raise OutputError(
            f"{target.name!r} cannot be written: {reason}.", "Choose another format."
        ) from None
    went = write_whole(target, data, replace=replace)
    return Path(path) if went == target else went


def _encode(picture: Picture, format: Format, texts: Mapping[str, str]) -> bytes:  # noqa: A002
    kind = picture.kind
    image = vips.to_image(picture.pixels, kind.model, kind.profile)
    image = image.copy(xres=kind.resolution[0], yres=kind.resolution[1])
    for name, value in kind.metadata.items():
        is_blob = isinstance(value, bytes)
        type_ = pyvips.GValue.blob_type if is_blob else pyvips.GValue.gstr_type
        image.set_type(type_, name, value)
    attach(image, texts, format)
    options = dict(OPTIONS[format])
    if kind.bits in SMALL_DEPTHS.get(format, ()):
        options["bitdepth"] = kind.bits
        if format == "tiff":
            options["predictor"] = "none"  # differences of neighbours need whole bytes
    data: bytes = getattr(image, f"{format}save_buffer")(**options)
    return data


def _encode_palette(
    picture: Picture,
    format: Format,  # noqa: A002
    texts: Mapping[str, str],
) -> bytes:
    """Encode indices and palette as they are, which libvips would choose anew, with Pillow."""
    entries = picture.kind.entries
    image = Image.fromarray(picture.pixels[..., 0])
    image.putpalette(entries[:, :3].tobytes())
    options: dict[str, Any] = {}
    clear = np.flatnonzero(entries[:, 3] < 255)
    if format == "png":
        options["dpi"] = tuple(value * MM_PER_INCH for value in picture.kind.resolution)
        options["icc_profile"] = picture.kind.profile
        options["pnginfo"] = PngInfo()
        if texts:
            options["pnginfo"].add_text(KEYWORD, pack(texts))
        if len(clear):
            options["transparency"] = entries[: clear[-1] + 1, 3].tobytes()
    else:
        options["comment"] = pack(texts) if texts else b""
        options["optimize"] = False
        if len(clear):
            options["transparency"] = int(clear[0])
    buffer = BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()
