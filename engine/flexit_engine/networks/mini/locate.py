"""Where a picture shows a thing: class activation maps, in the window where it is recognised best.

The whole picture comes first. A thing too small to be recognised there is looked for in windows,
which are looked at as large as the picture was.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad

from flexit_engine.flexit.augmentation import whole
from flexit_engine.networks.interfaces import ImageTextEncoder
from flexit_engine.networks.mini.families import Recogniser, Side

Window = tuple[int, int, int, int]
"""Top, left, height and width, in pixels."""
SHARE = 0.6
"""Side of the windows, of the shorter side of the picture; they overlap by half."""
SURROUNDINGS = 0.4
"""How far around its window a thing is looked for in the end, of the window's side."""
RECOGNISED = 0.3
"""From this probability on no closer look is taken."""
UNSEEN = 0.05
"""Below this one nowhere, the thing is nowhere in particular."""
FAINT, CLEAR = 0.05, 0.25
"""Of the largest activation: up to the first there is nothing, from the second on the thing."""
LOOKS_AT = 224
"""Side in pixels at which a window is looked at, longer pictures in proportion."""
CELL = 32
"""Pixels a cell of the encoders' last features spans."""


@torch.no_grad()
def find(
    encoders: Sequence[ImageTextEncoder],
    recognisers: Sequence[Recogniser],
    side: Side,
    image: Tensor,
) -> Tensor | None:
    """A soft selection of what one side of a query names.

    Args:
        encoders: of the profile.
        recognisers: those of them that know things, by kind.
        side: what to look for.
        image: `1×3×H×W` in [0, 1].

    Returns:
        `1×1×H×W` in [0, 1]; None where nothing of it is recognised.
    """
    best, place = 0.0, (0, 0, *image.shape[-2:])
    for windows in _scales(*image.shape[-2:]):
        for window in windows:
            sure = max(_sureness(recognisers, side, _seen(encoders, _cut(image, window))))
            if sure > best:
                best, place = sure, window
        if best >= RECOGNISED:
            break
    if best < UNSEEN:
        return None
    top, left, height, width = place = _around(place, *image.shape[-2:])
    found = _map(encoders, recognisers, side, _cut(image, place))
    rest = (left, image.shape[-1] - left - width, top, image.shape[-2] - top - height)
    return pad(interpolate(found, (height, width), mode="bilinear"), rest)


def _scales(height: int, width: int) -> Iterator[list[Window]]:
    """What to look through: the whole picture, then windows."""
    yield [(0, 0, height, width)]
    size = round(SHARE * min(height, width))
    yield [
        (top, left, size, size) for top in _starts(height, size) for left in _starts(width, size)
    ]


def _starts(length: int, size: int) -> list[int]:
    """Where windows of a size begin along a side, half a window apart at the most."""
    count = -(-2 * (length - size) // size) + 1
    return [round((length - size) * place / (count - 1)) for place in range(count)]


def _around(window: Window, height: int, width: int) -> Window:
    """A window with its surroundings: what was recognised in it may reach beyond."""
    top, left, rows, columns = window
    margin = round(SURROUNDINGS * min(rows, columns))
    first, start = max(0, top - margin), max(0, left - margin)
    last, end = min(height, top + rows + margin), min(width, left + columns + margin)
    return first, start, last - first, end - start


def _cut(image: Tensor, window: Window) -> Tensor:
    top, left, height, width = window
    return image[:, :, top : top + height, left : left + width]


def _seen(encoders: Sequence[ImageTextEncoder], image: Tensor) -> list[Tensor]:
    """C_i of a window by each encoder, `D`."""
    return [encoder.encode_image(whole(image, encoder.resolution))[0] for encoder in encoders]


def _sureness(
    recognisers: Sequence[Recogniser], side: Side, embeddings: Sequence[Tensor]
) -> list[float]:
    """How surely each kind of encoders recognises the side; 0 for one that does not know it."""
    return [
        each.sureness(side, embeddings) if any(each.names(side, embeddings)) else 0.0
        for each in recognisers
    ]


def _map(
    encoders: Sequence[ImageTextEncoder],
    recognisers: Sequence[Recogniser],
    side: Side,
    image: Tensor,
) -> Tensor:
    """The activation maps of a window, by how surely each kind recognises it, `1×1×h×w`."""
    scale = LOOKS_AT / min(image.shape[-2:])
    height, width = (max(1, round(scale * pixels / CELL)) * CELL for pixels in image.shape[-2:])
    seen = interpolate(image, (height, width), mode="bilinear", antialias=True)
    embeddings = _seen(encoders, seen)
    found = image.new_zeros(1, 1, height // 8, width // 8)
    for each, sure in zip(recognisers, _sureness(recognisers, side, embeddings), strict=True):
        if sure:
            texts = side.texts(each.names(side, embeddings))
            found += sure * each.map(texts, seen, found.shape[-2:])
    return ((found / found.amax().clamp(min=1e-6) - FAINT) / (CLEAR - FAINT)).clamp(0, 1)
