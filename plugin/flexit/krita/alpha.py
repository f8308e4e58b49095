"""Opacities, a byte a pixel, multiplied without a loop over all of them."""

from __future__ import annotations

import re

SOFT = re.compile(rb"[^\x00\xff]+")
"""Runs of what is neither nothing nor all."""


def multiplied(opacity: bytes, mask: bytes) -> bytes:
    """What is left of an opacity under a mask of the same length.

    Where either is 0 or 255, which is nearly everywhere, the product is their bitwise and.
    """
    if opacity.count(255) == len(opacity):
        return mask
    both = int.from_bytes(opacity, "little") & int.from_bytes(mask, "little")
    product = bytearray(both.to_bytes(len(mask), "little"))
    for run in SOFT.finditer(mask):
        start, end = run.span()
        product[start:end] = bytes(
            (one * other + 127) // 255 for one, other in zip(opacity[start:end], mask[start:end])
        )
    return bytes(product)


def under_mask(pixels: bytearray, width: int, mask: bytes) -> None:
    """Multiply the opacity of pixels, in place.

    Args:
        pixels: four channels each, opacity last, of one or two bytes.
        width: bytes of a channel: 1 or 2.
        mask: a byte a pixel.
    """
    size = 4 * width
    product = multiplied(bytes(pixels[size - 1 :: size]), mask)
    for place in range(size - width, size):
        pixels[place::size] = product
