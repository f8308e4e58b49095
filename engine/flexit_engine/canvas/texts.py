"""Texts that travel inside a picture file: settings, seed, what was asked for.

All of them are one JSON object in ASCII, in the place of each format that libvips or Pillow writes
and other programs keep: a PNG text chunk of our own, the EXIF user comment of JPEG and WebP, the
description of a TIFF, the comment of a GIF.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pyvips
from PIL import Image

from flexit_engine.canvas import vips
from flexit_engine.canvas.kind import Format
from flexit_engine.canvas.reading import format_of, open_header, read_bytes
from flexit_engine.errors import OutputError

KEYWORD = "FlexIT"
"""Name of the PNG text chunk."""

MAX_EXIF = 60_000
"""Characters: a JPEG's EXIF block ends at 64 KB, and libvips leaves a larger one out silently."""

_EXIF_IFD = 0x8769
_USER_COMMENT = 0x9286
_FIELDS: dict[Format, str] = {
    "png": f"png-comment-0-{KEYWORD}",
    "jpeg": "exif-ifd2-UserComment",
    "webp": "exif-ifd2-UserComment",
    "tiff": "image-description",
}


def pack(texts: Mapping[str, str]) -> str:
    """All texts as one of plain ASCII."""
    return json.dumps(dict(texts), sort_keys=True)


def attach(image: pyvips.Image, texts: Mapping[str, str], format: Format) -> None:  # noqa: A002
    """Put texts into the metadata of an image that libvips is about to save.

    Raises:
        OutputError: they are too long for the format.
    """
    if not texts:
        return
    packed = pack(texts)
    if format == "jpeg" and len(packed) > MAX_EXIF:
        raise OutputError(
            f"A JPEG has no room for {len(packed)} characters of settings.", "Save it as PNG."
        )
    image.set_type(pyvips.GValue.gstr_type, _FIELDS[format], packed)


def read_texts(path: str | os.PathLike[str]) -> dict[str, str]:
    """The texts `write_picture` put into a file; none where there are none of ours.

    Raises:
        PictureError: the file is not a picture, or damaged.
    """
    data = read_bytes(path)
    header = open_header(data, Path(path).name)
    return _unpack(_find(header, data))


def _find(header: pyvips.Image, data: bytes) -> str:
    """What stands in the place for texts."""
    form: Format = format_of(header)
    if form == "png":
        # libvips numbers the chunks in the order it meets them.
        names = [n for n in header.get_fields() if n.startswith("png-comment-")]
        ours = [n for n in names if n.split("-", 3)[-1] == KEYWORD]
        return str(header.get(ours[0])) if ours else ""
    if form == "tiff":
        return str(vips.field(header, _FIELDS["tiff"], ""))
    try:  # libvips cuts EXIF texts off, and does not read a GIF's comment
        with Image.open(BytesIO(data)) as image:
            if form == "gif":
                comment = image.info.get("comment", b"")
            else:
                comment = image.getexif().get_ifd(_EXIF_IFD).get(_USER_COMMENT, b"")
    except Exception:  # Pillow raises anything at all on damaged files
        return ""
    return comment.decode("ascii", "replace").removeprefix("ASCII\0\0\0") if comment else ""


def _unpack(packed: str) -> dict[str, str]:
    try:
        texts = json.loads(packed)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(texts, dict):
        return {}
    return {key: text for key, text in texts.items() if isinstance(text, str)}
