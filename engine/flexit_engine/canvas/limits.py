"""How large a picture may be; checked on the header, before anything is decoded."""

from __future__ import annotations

from flexit_engine.errors import PictureError

MAX_SIDE = 16_384
"""Pixels; with 16 384 × 16 384 a 4-byte copy of the picture takes 1 GiB."""

MAX_PIXELS = MAX_SIDE * MAX_SIDE

MAX_BYTES = 2 << 30
"""Size of a file: an uncompressed 16-bit RGBA picture of the largest size."""

MAX_DECODED = 512 << 20
"""Bytes of a file's pixels once they are unpacked, of which an edit needs two copies: 179 million
pixels of 8-bit RGB, or half as many of 16 bits. A file of a few kilobytes can hold far more."""


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


def check_decoded(name: str, size: int) -> None:
    """Refuse a file whose pixels would take too much memory.

    Raises:
        PictureError: names the size and the limit.
    """
    if size > MAX_DECODED:
        raise PictureError(
            f"{name} unpacks to {size / 1e6:,.0f} MB; the limit is {MAX_DECODED / 1e6:,.0f} MB.",
            "Make it smaller, save it with 8 bits a channel, or cut out the part to edit.",
        )
