"""Sheets of pictures with a caption above each strip."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

SIDE, MARGIN, CAPTION = 192, 8, 24


class Tile(NamedTuple):
    """Pictures side by side under one caption."""

    caption: str
    pictures: Sequence[Image.Image]


def sheet(tiles: Sequence[Tile], columns: int, side: int = SIDE) -> Image.Image:
    """Tiles of equally many pictures in rows of `columns`, each picture `side` pixels wide."""
    strip = max(len(tile.pictures) for tile in tiles) * side
    wide, high = strip + MARGIN, side + CAPTION + MARGIN
    rows = math.ceil(len(tiles) / columns)
    made = Image.new("RGB", (columns * wide + MARGIN, rows * high + MARGIN), "white")
    draw = ImageDraw.Draw(made)
    for place, tile in enumerate(tiles):
        left = MARGIN + place % columns * wide
        top = MARGIN + place // columns * high
        draw.text((left, top), tile.caption, "black", _font(tile.caption, strip))
        for number, picture in enumerate(tile.pictures):
            large = picture.resize((side, side), Image.Resampling.BICUBIC)
            made.paste(large, (left + number * side, top + CAPTION))
    return made


def _font(text: str, width: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    """The largest that lets a text fit."""
    fonts = (ImageFont.load_default(size=size) for size in range(18, 7, -1))
    smallest = ImageFont.load_default(size=7)
    return next((font for font in fonts if font.getlength(text) <= width), smallest)
