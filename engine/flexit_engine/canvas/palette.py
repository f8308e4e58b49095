"""Palette pictures: new colours in a limited set, old pixels left as they are."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from flexit_engine.canvas.box import Box
from flexit_engine.canvas.colour import from_unit

Bytes = NDArray[np.uint8]
Part = tuple[Box, NDArray[np.float32], NDArray[np.bool_]]

SLOTS = 256
"""Entries a PNG or GIF palette may have."""

_CHUNK = 4096
"""Colours compared with the whole palette at a time: 12 MB of differences."""


def repaint(indices: Bytes, palette: Bytes, parts: Iterable[Part]) -> tuple[Bytes, Bytes]:
    """Give some pixels new colours.

    Entries that no other pixel uses take the new colours (median cut when there are too many);
    a pixel then takes the nearest entry of its own alpha. Entries in use elsewhere never change.

    Args:
        indices: `H×W`, not changed.
        palette: `N×4`, sRGB and alpha, not changed.
        parts: boxes of the picture with the colours they are to have, `h×w×3` in [0, 1], and
            which pixels change, `h×w`.

    Returns:
        New indices and palette.
    """
    changed = np.zeros(indices.shape, np.bool_)
    wanted = np.zeros((*indices.shape, 3), np.uint8)
    for box, rgb, where in parts:
        changed[box.rows, box.columns] = where
        wanted[box.rows, box.columns] = from_unit(rgb, 8)
    changed &= palette[indices, 3] > 0
    if not changed.any():
        return indices, palette

    colours, inverse = np.unique(_pack(wanted[changed]), return_inverse=True)
    alphas = palette[indices[changed], 3]
    opaque = colours[np.unique(inverse[alphas == 255])]
    used = np.zeros(SLOTS, np.bool_)
    used[indices[~changed]] = True
    used[: len(palette)] |= palette[:, 3] < 255
    table, used = _add_colours(palette, used, opaque)

    result = indices.copy()
    chosen = np.empty(len(inverse), np.uint8)
    for alpha in np.unique(alphas):
        entries = np.flatnonzero(used[: len(table)] & (table[:, 3] == alpha))
        nearest = entries[_nearest(_unpack(colours), table[entries, :3])]
        chosen[alphas == alpha] = nearest[inverse[alphas == alpha]]
    result[changed] = chosen
    return result, table


def from_colours(rgb: NDArray[np.float32], alpha: NDArray[np.float32]) -> tuple[Bytes, Bytes]:
    """Indices and palette for a picture of any colours, with alpha on or off."""
    height, width = alpha.shape
    opaque = alpha >= 0.5
    blank = np.array([[0, 0, 0, 255], [255, 255, 255, 0]], np.uint8)[: 1 if opaque.all() else 2]
    return repaint((~opaque).astype(np.uint8), blank, [(Box(0, 0, width, height), rgb, opaque)])


def _add_colours(
    palette: Bytes, used: NDArray[np.bool_], colours: NDArray[np.uint32]
) -> tuple[Bytes, NDArray[np.bool_]]:
    """Put colours into the entries nobody uses."""
    free = np.flatnonzero(~used)
    new = _median_cut(colours, len(free)) if len(free) else colours[:0]
    taken = free[: len(new)]
    table = np.zeros((SLOTS, 4), np.uint8)
    table[: len(palette)] = palette
    table[taken, :3] = _unpack(new)
    table[taken, 3] = 255
    used = used.copy()
    used[taken] = True
    return table[: max(len(palette), int(taken.max(initial=0)) + 1)], used


def _median_cut(colours: NDArray[np.uint32], count: int) -> NDArray[np.uint32]:
    """At most `count` colours that stand for all of them."""
    if len(colours) <= count:
        return colours
    column = Image.fromarray(_unpack(colours)[:, None])
    cut = column.quantize(count, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    entries = np.array(cut.getpalette(), np.uint8).reshape(-1, 3)
    return np.unique(_pack(entries))


def _nearest(colours: Bytes, entries: Bytes) -> NDArray[np.intp]:
    """For each of `n×3` colours, which of `m×3` entries is the nearest."""
    # |c − e|² = |c|² − 2·c·e + |e|², of which |c|² does not matter; float32 is exact on bytes.
    table = entries.astype(np.float32)
    length = np.square(table).sum(axis=-1)
    found = [
        (length - 2 * (colours[start : start + _CHUNK].astype(np.float32) @ table.T)).argmin(
            axis=-1
        )
        for start in range(0, len(colours), _CHUNK)
    ]
    return np.concatenate(found)


def _pack(colours: Bytes) -> NDArray[np.uint32]:
    red, green, blue = colours.astype(np.uint32).T
    packed: NDArray[np.uint32] = red << 16 | green << 8 | blue
    return packed


def _unpack(packed: NDArray[np.uint32]) -> Bytes:
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)
