"""The edit at the picture's own resolution."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from flexit_engine.canvas.box import Box
from flexit_engine.canvas.frame import Frame, over_white
from flexit_engine.canvas.palette import Part
from flexit_engine.canvas.picture import Picture
from flexit_engine.canvas.resize import enlarger
from flexit_engine.settings import Composition

Floats = NDArray[np.float32]
Change = Callable[[Box, Floats], Floats]

UNCHANGED = 0.1
"""Distance of two RGB colours up to which the old detail stays: the decoder moves this much
everywhere as soon as the latent moves anywhere."""

REPLACED = 0.4
"""Distance from which nothing old stays: the thing itself is another, its texture must go."""

BLUR = 0.015
"""Width of the blur of that distance, as a fraction of the working side: it bridges spots inside
a changed thing where old and new colour agree by chance, and is narrower than its outline."""

MIN_ALPHA = 0.1
"""Opacity below which a change is not scaled up further to show: noise would be as well."""


def compose(
    picture: Picture,
    frame: Frame,
    mask: Floats | None,
    first: Tensor,
    decoded: Tensor,
    composition: Composition,
) -> Picture:
    """Carry an edit over to the picture.

    With D the decoder and `up` enlarging to the frame's box, the edit is

        decoded:  up(D(z))
        detail:   source + up(D(z) − D(z0)) − t · (source − up(D(z0)))

    In `detail` the bracket is what the autoencoder could not reproduce of the source, and t, in
    [0, 1], the local amount of change: where nothing changed all of it stays, where the content
    is new none of it does, and at step 0 the result is the source to the byte.

    The result is `source + mask · (edit − source)`. Alpha never changes; colours that are partly
    transparent are edited as they look on white, which is what the networks saw.

    Args:
        picture: the source.
        frame: what of it the networks saw.
        mask: `H×W` in [0, 1] of the whole picture; where it is 0, and outside the frame, every
            sample stays bit-identical. None edits the whole frame.
        first: D(z0), `1×3×h×w` in [0, 1].
        decoded: D(z), the same shape.
        composition: `detail` or `decoded`.
    """
    change = _change(frame, first, decoded, composition)

    def parts() -> Iterator[Part]:
        for strip in frame.box.strips():
            amount = None if mask is None else mask[strip.rows, strip.columns, None]
            if amount is not None and not amount.any():
                continue
            source, alpha = picture.srgb(strip), picture.alpha(strip)
            difference = change(strip, over_white(source, alpha))
            if amount is not None:
                difference *= amount
            changed = difference.any(axis=-1) & (alpha > 0)
            difference /= np.maximum(alpha, MIN_ALPHA)[..., None]
            yield strip, np.clip(source + difference, 0, 1), changed

    return picture.repainted(parts())


def _change(frame: Frame, first: Tensor, decoded: Tensor, composition: Composition) -> Change:
    """The function from a strip and what is seen there to `edit − source`, `h×w×3`."""
    box = frame.box
    first = first.detach().to("cpu", torch.float32)
    decoded = decoded.detach().to("cpu", torch.float32)

    def rows(strip: Box) -> slice:
        return slice(strip.top - box.top, strip.top - box.top + strip.height)

    if composition == "decoded":
        image = enlarger(decoded, box.height, box.width, "bicubic")
        return lambda strip, source: image(rows(strip)).numpy() - source

    delta = enlarger(decoded - first, box.height, box.width, "bicubic")
    before = enlarger(first, box.height, box.width, "bicubic")
    amount = enlarger(amount_of_change(first, decoded), box.height, box.width, "bilinear")

    def detail(strip: Box, source: Floats) -> Floats:
        here = rows(strip)
        lost = torch.from_numpy(source) - before(here)
        return (delta(here) - amount(here) * lost).numpy()

    return detail


def amount_of_change(first: Tensor, decoded: Tensor) -> Tensor:
    """How far the content is another, `1×1×h×w`: 0 keeps the old detail, 1 drops it."""
    distance = (decoded - first).norm(dim=1, keepdim=True)
    sigma = BLUR * math.sqrt(distance.shape[-2] * distance.shape[-1])
    amount = ((_blur(distance, sigma) - UNCHANGED) / (REPLACED - UNCHANGED)).clamp(0, 1)
    return amount * amount * (3 - 2 * amount)  # smoothstep: no visible border at either end


def _blur(values: Tensor, sigma: float) -> Tensor:
    """A Gaussian blur of `1×1×h×w`, repeating the border."""
    reach = math.ceil(3 * sigma)
    kernel = torch.exp(-(torch.arange(-reach, reach + 1.0) ** 2) / (2 * sigma**2))
    kernel = kernel / kernel.sum()
    padded = functional.pad(values, (reach, reach, reach, reach), mode="replicate")
    down = functional.conv2d(padded, kernel.view(1, 1, -1, 1))
    return functional.conv2d(down, kernel.view(1, 1, 1, -1))
