"""Something behind a drawing: a plain colour, a slope between two, or a surface."""

from __future__ import annotations

import math
import random

import numpy as np
from PIL import Image

LIGHT, PLAIN, SLOPE = 0.25, 0.5, 0.72
"""Up to where a number in [0, 1) means a light plain colour, any plain one, a slope."""
SCALE = (0.8, 0.95)
"""Side of a drawing as a fraction of the picture's."""


def place(drawing: Image.Image, ground: Image.Image, chance: random.Random) -> Image.Image:
    """An RGBA drawing a little smaller than its ground, somewhere near the middle."""
    side = round(ground.width * chance.uniform(*SCALE))
    free = ground.width - side
    corner = (chance.randint(0, free), chance.randint(0, free))
    # Colour is multiplied by alpha before it is resized: what is transparent has no colour.
    small = drawing.convert("RGBa").resize((side, side), Image.Resampling.BICUBIC).convert("RGBA")
    scene = ground.convert("RGB")
    scene.paste(small, corner, small)
    return scene


def draw_ground(
    side: int, chance: random.Random, surface: Image.Image | None, plain: bool
) -> Image.Image:
    """A square RGB picture without anything on it.

    Args:
        side: in pixels.
        chance: decides what it is.
        surface: shown in some of the cases.
        plain: only light plain colours, for drawings that are only lines.
    """
    kind = chance.random() * (LIGHT if plain else 1)
    first, second = ([chance.random() for _ in range(3)] for _ in range(2))
    if kind < LIGHT:
        first = [1 - 0.12 * value**2 for value in first]
    if kind < PLAIN:
        return Image.new("RGB", (side, side), tuple(round(255 * value) for value in first))
    if kind >= SLOPE and surface is not None:
        return surface.resize((side, side), Image.Resampling.BICUBIC)
    angle = chance.uniform(0, 2 * math.pi)
    axis = np.linspace(-0.5, 0.5, side)
    share = np.clip(0.5 + math.cos(angle) * axis + math.sin(angle) * axis[:, None], 0, 1)[..., None]
    colours = (1 - share) * np.array(first) + share * np.array(second)
    return Image.fromarray((255 * colours).round().astype(np.uint8))
