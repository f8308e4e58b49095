"""Rectangles of the picture, and the part of it that an edit needs."""

from __future__ import annotations

from typing import NamedTuple


class Region(NamedTuple):
    """A rectangle in pixels of the picture; empty where a side is not positive."""

    left: int
    top: int
    width: int
    height: int

    def __bool__(self) -> bool:
        """Whether there is anything in it."""
        return self.width > 0 and self.height > 0

    def __and__(self, other: object) -> Region:
        """What both have."""
        if not isinstance(other, Region):
            return NotImplemented
        left, top = max(self.left, other.left), max(self.top, other.top)
        right = min(self.left + self.width, other.left + other.width)
        bottom = min(self.top + self.height, other.top + other.height)
        return Region(left, top, max(0, right - left), max(0, bottom - top))


def seen_region(selection: Region, picture: Region, context: float) -> Region:
    """The part of a picture that the engine's networks look at for a selection.

    The same arithmetic as the engine's (`flexit_engine.canvas.frame`): given just this part, it
    sees what it would see of the whole picture, and the result is the same to the byte.

    Args:
        selection: its bounds, inside the picture.
        picture: all of it.
        context: margin around the selection, as a fraction of its longer side.
    """
    margin = round(context * max(selection.width, selection.height))
    margins = Region(
        selection.left - margin,
        selection.top - margin,
        selection.width + 2 * margin,
        selection.height + 2 * margin,
    )
    grown = margins & picture
    side = max(grown.width, grown.height)
    left, width = _widen(grown.left - picture.left, grown.width, side, picture.width)
    top, height = _widen(grown.top - picture.top, grown.height, side, picture.height)
    return Region(picture.left + left, picture.top + top, width, height)


def _widen(start: int, length: int, wanted: int, limit: int) -> tuple[int, int]:
    """An interval grown to a length about its middle, moved where it would leave 0…limit."""
    wanted = min(wanted, limit)
    first = start - (wanted - length) // 2
    return min(max(first, 0), limit - wanted), wanted
