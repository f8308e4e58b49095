"""Between a document's colours and the sRGB that the engine speaks; Krita does the sums."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import NamedTuple

from krita import Document, Node

from .scratch import SRGB, scratch_document

SRGB_NAMES = (SRGB, "sRGB built-in")
DEPTHS = {"U8": "uint8", "U16": "uint16"}
"""Those the engine takes, in its words."""
TILE = 1 << 17
"""Pixels converted at once: some 15 ms."""


class Space(NamedTuple):
    """A colour space, in Krita's words."""

    model: str
    depth: str
    profile: str

    @property
    def is_srgb(self) -> bool:
        """Whether the engine takes its pixels as they are."""
        return self.model == "RGBA" and self.depth in DEPTHS and self.profile in SRGB_NAMES

    def sent(self) -> Space:
        """In which its pixels go to the engine: nothing finer than 8 bits loses by 16."""
        return self if self.is_srgb else Space("RGBA", "U8" if self.depth == "U8" else "U16", SRGB)


def space_of(thing: Document | Node) -> Space:
    """The colour space of a picture or a layer."""
    return Space(thing.colorModel(), thing.colorDepth(), thing.colorProfile())


class Converter:
    """Converts pixels.

    To be used in a `with`: what it needs for that is closed at its end.

    Args:
        before: the space they come in.
        after: the space they are wanted in.
    """

    def __init__(self, before: Space, after: Space) -> None:
        self._before = before
        self._after = after
        self._open = ExitStack()

    def __enter__(self) -> Converter:
        if self._before != self._after:
            self._document = self._open.enter_context(scratch_document())
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def convert(self, pixels: bytes, width: int, height: int) -> bytes:
        """The same picture in the other space."""
        if self._before == self._after:
            return pixels
        node = self._document.createNode("tile", "paintlayer")
        node.setColorSpace(*self._before)
        node.setPixelData(pixels, 0, 0, width, height)
        if "U8" not in (self._before.depth, self._after.depth):
            # From linear 16 bits at once, dark colours would be off by several levels of 255.
            node.setColorSpace("RGBA", "F32", SRGB)
        node.setColorSpace(*self._after)
        return bytes(node.pixelData(0, 0, width, height))


def bands(width: int, height: int, pixels: int) -> Iterator[tuple[int, int]]:
    """A picture's rows in portions of about so many pixels: first row and number."""
    rows = max(1, pixels // max(1, width))
    for top in range(0, height, rows):
        yield top, min(rows, height - top)
