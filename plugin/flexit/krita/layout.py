"""How the engine's raw pictures lie."""

from __future__ import annotations

from flexit.client import BadAnswer, Picture, PixelFormat


def layout_of(picture: Picture) -> PixelFormat:
    """The layout of a raw picture.

    Raises:
        BadAnswer: it is an encoded file, which nobody asked for.
    """
    if picture.format is None:
        raise BadAnswer("The engine sent a file in place of pixels.", "Update the engine.")
    return picture.format
