"""Selections: where an edit may act, and how much."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from flexit_engine.canvas.box import Box
from flexit_engine.canvas.colour import LUMA
from flexit_engine.canvas.picture import Picture
from flexit_engine.canvas.reading import read_picture
from flexit_engine.errors import MaskError, PictureError

Mask = NDArray[np.float32]


def read_mask(path: str | os.PathLike[str], picture: Picture, name: str | None = None) -> Mask:
    """Read a selection from a picture file: white selects, black does not, grey in between.

    Where the file has alpha, only what is opaque selects.

    Args:
        path: a picture of the same size as `picture`.
        picture: what is to be edited.
        name: what errors call the file; its own name when not given.

    Returns:
        `H×W` in [0, 1].

    Raises:
        MaskError: it cannot be read, has another size, or selects nothing of the picture.
    """
    try:
        drawn = read_picture(path, name)
    except PictureError as error:
        raise MaskError(error.message, error.hint) from None
    _check_shape((drawn.height, drawn.width), picture)
    mask = np.empty((drawn.height, drawn.width), np.float32)
    for strip in drawn.box.strips():
        rgb = drawn.srgb(strip)
        # Greys as they are, so that a file selects to the bit what the same raw samples do.
        grey = rgb[..., 0] if drawn.kind.model == "gray" else np.minimum(rgb @ LUMA, 1)
        mask[strip.rows] = grey * drawn.alpha(strip)
    check_mask(mask, picture)
    return mask


def check_mask(mask: Mask, picture: Picture) -> None:
    """Make sure a mask fits the picture and selects something one can see.

    Raises:
        MaskError: another size, values that are not in [0, 1], nothing selected, or only fully
            transparent pixels.
    """
    _check_shape(mask.shape, picture)
    if not (mask.min() >= 0 and mask.max() <= 1):
        raise MaskError("The mask has values outside 0 … 1.", "Hand over fractions.")
    box = bounds(mask)
    selected = mask[box.rows, box.columns] > 0
    if not (selected & (picture.alpha(box) > 0)).any():
        raise MaskError(
            "The mask selects nothing of the picture: everything in it is transparent.",
            "Select a part that can be seen.",
        )


def bounds(mask: Mask) -> Box:
    """The smallest box around everything selected.

    Raises:
        MaskError: nothing is selected.
    """
    selected = mask > 0
    rows = np.flatnonzero(selected.any(axis=1))
    columns = np.flatnonzero(selected.any(axis=0))
    if not len(rows):
        raise MaskError("The mask selects nothing.", "Paint white what is to be edited.")
    left, top = int(columns[0]), int(rows[0])
    return Box(left, top, int(columns[-1]) + 1 - left, int(rows[-1]) + 1 - top)


def _check_shape(shape: tuple[int, ...], picture: Picture) -> None:
    if shape != (picture.height, picture.width):
        size = " × ".join(str(side) for side in reversed(shape))
        raise MaskError(
            f"The mask is {size} pixels, the picture {picture.width} × {picture.height}.",
            "Make the mask from the picture, at the same size and orientation.",
        )
