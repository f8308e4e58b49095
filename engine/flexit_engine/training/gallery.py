"""Pictures for the autoencoder to learn from: photographs as they are, drawings on plain grounds.

Everything is read once, at most `SIDE` pixels on the shorter side, and kept in memory as bytes.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pyvips
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from flexit_engine.errors import UsageError
from flexit_engine.training.corpus import COLOUR_STYLES, HELD_OUT_STYLE
from flexit_engine.training.slopes import slopes

SIDE = 176
DRAWING_SIDE = 160
SHARES = {"photographs": 0.55, "things": 0.17, "drawings": 0.28}
"""What part of the pictures comes from where."""
FOLDERS = ("grocery", "flowers", "clothing", "materials", "textures", "fruit")
FRUIT = 300
"""Pictures taken of the largest folder: each fruit is turned on a white table a hundred times."""
SMALLEST_CROP = 80
"""Side in pixels of the smallest part of a photograph that is shown."""


class Gallery:
    """All pictures, and random crops of them."""

    def __init__(self, minidata: Path, photographs: Path, drawings: Path, count: int) -> None:
        """Read the folders.

        Args:
            minidata: the drawings and things the encoders learn.
            photographs: a folder with `images.csv`; what is marked `val` there is left out.
            drawings: a folder of SVG files, searched to any depth.
            count: how many of the SVG files are read, chosen at random.

        Raises:
            UsageError: a folder has no pictures.
        """
        self.pools: dict[str, list[Tensor]] = {
            "photographs": [_photograph(path) for path in _photographs(photographs)],
            "things": [_photograph(path) for path in _things(minidata)],
            "drawings": [*_emoji(minidata), *_drawings(drawings, count)],
        }
        for name, pool in self.pools.items():
            if not pool:
                raise UsageError(f"There are no {name} to learn from.")

    def crops(self, count: int, side: int, generator: torch.Generator) -> Tensor:
        """`count×3×side×side` in [0, 1]: random squares, mirrored half the time."""
        shares = torch.tensor(list(SHARES.values()))
        kinds = torch.multinomial(shares, count, replacement=True, generator=generator)
        names = list(SHARES)
        return torch.cat(
            [self._crop(self.pools[names[kind]], side, generator) for kind in kinds.tolist()]
        )

    def _crop(self, pool: Sequence[Tensor], side: int, generator: torch.Generator) -> Tensor:
        place, size, left, top, flip = torch.rand(5, generator=generator).tolist()
        picture = pool[int(place * len(pool))]
        shorter = min(picture.shape[-2:])
        smallest = min(SMALLEST_CROP, shorter)
        width = round(smallest * (shorter / smallest) ** size)
        x = int(left * (picture.shape[-1] - width + 1))
        y = int(top * (picture.shape[-2] - width + 1))
        part = picture[:, y : y + width, x : x + width].float()[None] / 255
        part = functional.interpolate(part, (side, side), mode="bilinear", antialias=True)
        if len(picture) == 4:
            part = part[:, :3] + (1 - part[:, 3:]) * _ground(side, generator)
        return part.flip(-1) if flip < 0.5 else part


def _ground(side: int, generator: torch.Generator) -> Tensor:
    """A plain colour or a gradient to lay a drawing on, half of them light, `1×3×side×side`."""
    first, second = torch.rand(2, 1, 3, 1, 1, generator=generator)
    light, gradient, angle = torch.rand(3, generator=generator).tolist()
    if light < 0.5:
        first = 1 - 0.12 * first**2
    if gradient < 0.6:
        second = first
    share = (0.5 * slopes(torch.tensor([6.2832 * angle]), side) + 0.5).clamp(0, 1)
    ground: Tensor = first * (1 - share) + second * share
    return ground


def _photographs(folder: Path) -> Iterable[Path]:
    table = folder / "images.csv"
    if not table.is_file():
        raise UsageError(f"{str(folder)!r} is no folder of photographs: no images.csv.")
    with table.open(encoding="utf-8", newline="") as file:
        return [folder / row["path"] for row in csv.DictReader(file) if row["split"] != "val"]


def _things(minidata: Path) -> list[Path]:
    chosen = []
    for name in FOLDERS:
        paths = sorted((minidata / name).glob("*/*.jpg"))
        if name == "fruit":
            paths = paths[:: max(1, len(paths) // FRUIT)]
        chosen += paths
    return chosen


def _photograph(path: Path) -> Tensor:
    with Image.open(path) as file:
        picture = file.convert("RGB")
        picture.thumbnail((2 * SIDE, 2 * SIDE), Image.Resampling.LANCZOS)
        scale = SIDE / min(picture.size)
        if scale < 1:
            size = (round(picture.width * scale), round(picture.height * scale))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def _emoji(minidata: Path) -> Iterable[Tensor]:
    for style in COLOUR_STYLES:
        if style != HELD_OUT_STYLE:
            for path in sorted((minidata / "emoji" / style).glob("*.png"))[::2]:
                with Image.open(path) as file:
                    yield _premultiplied(np.asarray(file.convert("RGBA")))


def _drawings(folder: Path, count: int) -> Iterable[Tensor]:
    paths = sorted(folder.rglob("*.svg"))
    random.Random(0).shuffle(paths)  # noqa: S311 -- a choice of pictures, no secret
    found = 0
    for path in paths:
        if found == count:
            return
        try:
            image = pyvips.Image.thumbnail(str(path), DRAWING_SIDE, height=DRAWING_SIDE)
            pixels = image.gravity("centre", DRAWING_SIDE, DRAWING_SIDE).numpy()
        except pyvips.Error:  # some of them are broken: there are enough others
            continue
        if pixels.ndim == 3 and pixels.shape[2] == 4 and pixels[..., 3].mean() > 25:
            found += 1
            yield _premultiplied(pixels)


def _premultiplied(straight: np.ndarray) -> Tensor:
    """`H×W×4` straight alpha to `4×H×W` with the colour multiplied by it."""
    alpha = straight[..., 3:].astype(np.float32) / 255
    colour = (straight[..., :3] * alpha).round().astype(np.uint8)
    return torch.from_numpy(np.concatenate([colour, straight[..., 3:]], axis=2)).permute(2, 0, 1)
