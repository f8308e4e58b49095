"""A picture as it is, seen as sRGB."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexit_engine.canvas import colour, palette
from flexit_engine.canvas.box import Box
from flexit_engine.canvas.kind import Kind
from flexit_engine.canvas.limits import check_size
from flexit_engine.errors import PictureError

Floats = NDArray[np.float32]

_BITS = {"uint8": 8, "uint16": 16, "float32": 32}


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright picture in its own samples; edits make new ones."""

    pixels: NDArray[Any]
    """`H×W×bands`, uint8, uint16 or float32, alpha last and straight; read-only."""
    kind: Kind
    """How to read them, and what the file carries besides."""

    def __post_init__(self) -> None:
        self.pixels.flags.writeable = False

    @classmethod
    def from_array(cls, array: NDArray[Any]) -> Picture:
        """A picture from sRGB samples, as an editor hands them over.

        Args:
            array: `H×W` or `H×W×{1, 2, 3, 4}` (grey, grey + alpha, RGB, RGBA; alpha straight) of
                uint8, uint16 or float32; floats in [0, 1]. It is copied.

        Raises:
            PictureError: another shape or type, no pixels, or too many.
        """
        bits = _BITS.get(array.dtype.name)
        pixels = array[..., None] if array.ndim == 2 else array
        if bits is None or pixels.ndim != 3 or not 1 <= pixels.shape[-1] <= 4:
            raise PictureError(
                f"An array of {array.dtype.name} and shape {array.shape} is not a picture.",
                "Hand over H×W×1…4 of uint8, uint16 or float32.",
            )
        height, width, bands = pixels.shape
        check_size("The picture", width, height)
        kind = Kind(model="gray" if bands < 3 else "rgb", bits=bits, alpha=bands % 2 == 0)
        return cls(np.array(pixels, order="C"), kind)

    @property
    def height(self) -> int:
        """Rows of pixels."""
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        """Columns of pixels."""
        return int(self.pixels.shape[1])

    @property
    def box(self) -> Box:
        """The whole picture."""
        return Box(0, 0, self.width, self.height)

    def srgb(self, box: Box) -> Floats:
        """The colours inside a box, `h×w×3` in [0, 1], not multiplied by alpha."""
        samples = self.pixels[box.rows, box.columns]
        if self.kind.model == "palette":
            rgb: Floats = self._palette_srgb()[samples[..., 0]]
            return rgb
        return colour.to_srgb(samples[..., : self.kind.colours], self.kind)

    def alpha(self, box: Box) -> Floats:
        """The opacity inside a box, `h×w` in [0, 1]; ones where the picture has no alpha."""
        if not self.kind.alpha:
            return np.ones((box.height, box.width), np.float32)
        samples = self.pixels[box.rows, box.columns, -1]
        if self.kind.model == "palette":
            samples = self.kind.entries[samples, 3]
        return colour.to_unit_range(samples)

    def with_srgb(self, box: Box, rgb: Floats, changed: NDArray[np.bool_]) -> Picture:
        """This picture with other colours in some pixels of a box.

        Only the changed pixels are converted back; every other sample, and all alpha, stay
        bit-identical.

        Args:
            box: where.
            rgb: `h×w×3` in [0, 1], straight.
            changed: `h×w`, the pixels that take their colour from `rgb`.
        """
        return self.repainted([(box, rgb, changed)])

    def repainted(self, parts: Iterable[palette.Part]) -> Picture:
        """`with_srgb` for several boxes at the price of one copy of the picture."""
        if self.kind.model == "palette":
            return self._repainted_palette(parts)
        pixels = self.pixels.copy()
        colours = self.kind.colours
        for box, rgb, changed in parts:
            if not changed.any():
                continue
            window = pixels[box.rows, box.columns]
            if colour.is_plain(self.kind):
                # All of them and a mask: faster than to gather the changed ones and scatter them.
                new = colour.from_unit(rgb, self.kind.bits)
                np.copyto(window[..., :colours], new, where=changed[..., None])
                continue
            samples = window[changed]
            old = colour.to_srgb(samples[None, :, :colours], self.kind)[0]
            samples[:, :colours] = colour.recolour(
                samples[:, :colours], old, rgb[changed], self.kind
            )
            window[changed] = samples
        return Picture(pixels, self.kind)

    def _palette_srgb(self) -> Floats:
        rgb: Floats = colour.to_srgb(self.kind.entries[None, :, :3], self.kind)[0]
        return rgb

    def _repainted_palette(self, parts: Iterable[palette.Part]) -> Picture:
        before = self.kind.entries
        table = before.copy()
        table[:, :3] = colour.from_unit(self._palette_srgb(), 8)
        indices, after = palette.repaint(self.pixels[..., 0], table, parts)
        # Entries that were there before keep their own numbers, the new ones leave sRGB.
        entries = after.copy()
        new = np.ones(len(after), np.bool_)
        new[: len(table)] = (after[: len(table)] != table).any(axis=-1)
        entries[: len(before)] = before
        if new.any():
            entries[new, :3] = colour.from_srgb(colour.to_unit(after[new, :3]), self.kind)
            entries[new, 3] = after[new, 3]
        return Picture(indices[..., None].copy(), replace(self.kind, palette=entries.tobytes()))
