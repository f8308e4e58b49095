"""How large a picture may be; checked on the header, before anything is decoded."""

from __future__ import annotations

from flexit_engine.errors import PictureError

MAX_SIDE = 16_384
"""Pixels; with 16 384 × 16 384 a 4-byte copy of the picture takes 1 GiB."""

MAX_PIXELS = MAX_SIDE * MAX_SIDE

MAX_BYTES = 2 << 30
"""Size of a file: an uncompressed 16-bit RGBA picture of the largest size."""


def check_size(name: str, width: int, height: int) -> None:
    """Refuse a picture that is too large or has no pixels.

    Raises:
        PictureError: names the size and the limit.
    """
    if width < 1 or height < 1:
        raise PictureError(f"{name} has no pixels.", "Choose a picture with something in it.")
    if max(width, height) > MAX_SIDE:
        raise PictureError(
            f"{name} is {width} × {height} pixels; the limit is {MAX_SIDE} × {MAX_SIDE}.",
            "Make it smaller, or cut out the part to edit.",
        )
