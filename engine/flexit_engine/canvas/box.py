"""A rectangle of picture."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

STRIP_PIXELS = 1 << 20
"""Pixels worked on at a time: in float32 a strip and its few companions stay below 100 MB."""


class Box(NamedTuple):
    """A rectangle in pixels of the picture; the origin is the top left corner."""

    left: int
    top: int
    width: int
    height: int

    @property
    def rows(self) -> slice:
        """The rows it covers."""
        return slice(self.top, self.top + self.height)

    @property
    def columns(self) -> slice:
        """The columns it covers."""
        return slice(self.left, self.left + self.width)

    def strips(self) -> Iterator[Box]:
        """The box as full-width strips from top to bottom, so that memory stays bounded."""
        step = max(1, STRIP_PIXELS // self.width)
        bottom = self.top + self.height
        for top in range(self.top, bottom, step):
            yield Box(self.left, top, self.width, min(step, bottom - top))
