"""Pictures for the autoencoder to learn from: photographs as they are, drawings on plain grounds.

Everything is read once, at most `SIDE` pixels on the shorter side, and kept as bytes.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from flexit_engine.errors import UsageError
from flexit_engine.training.corpus import COLOUR_STYLES, HELD_OUT_STYLE, photo_files
from flexit_engine.training.slopes import slopes

SIDE = 176
DRAWING_SIDE = 160
SHARES = {"photographs": 0.55, "things": 0.17, "drawings": 0.28}
"""What part of the pictures comes from where."""
FRUIT = 300
"""Pictures taken of the largest folder: each fruit is turned on a white table a hundred times."""
DRAWINGS = 2500
"""Files that are read of a folder of drawings."""
SMALLEST_CROP = 80
"""Side in pixels of the smallest part of a photograph that is shown."""
FILE = "gallery.safetensors"


@dataclass
class Gallery:
    """All pictures, `3×H×W` or `4×H×W` with premultiplied colour, and random crops of them."""

    pools: dict[str, list[Tensor]]
    """Of `SHARES`."""

    def save(self, folder: Path) -> None:
        """Write `gallery.safetensors`."""
        folder.mkdir(parents=True, exist_ok=True)
        pictures = {
            f"{name} {place:06}": picture.contiguous()
            for name, pool in self.pools.items()
            for place, picture in enumerate(pool)
        }
        save_file(pictures, folder / FILE)

    @staticmethod
    def load(folder: Path, device: torch.device) -> Gallery:
        """Read what `save` wrote, to where crops are cut."""
        pictures = load_file(folder / FILE)
        pools: dict[str, list[Tensor]] = {name: [] for name in SHARES}
        for key in sorted(pictures):
            pools[key.split()[0]].append(pictures[key].to(device))
        return Gallery(pools)

    def crops(self, count: int, side: int, generator: torch.Generator) -> Tensor:
        """`count×3×side×side` in [0, 1]: random squares, mirrored half the time."""
        shares = torch.tensor(list(SHARES.values()))
        kinds = torch.multinomial(shares, count, replacement=True, generator=generator)
        names = list(SHARES)
        cut = [_crop(self.pools[names[kind]], side, generator) for kind in kinds.tolist()]
        return torch.cat(cut).clamp(0.0, 1.0)


def read_gallery(
    minidata: Path, photographs: Path, drawings: Path, held_out: Sequence[str] = ()
) -> Gallery:
    """Read all folders; broken drawings are left out.

    Args:
        minidata: the drawings and things the encoders learn; what is `test` there is left out.
        photographs: a folder with `images.csv`; what is marked `val` there is left out.
        drawings: a folder of SVG files, searched to any depth.
        held_out: styles that nothing learns from, beside `HELD_OUT_STYLE`.

    Raises:
        UsageError: a folder has no pictures.
    """
    pools = {
        "photographs": [_photograph(path) for path in photographs_of(photographs)],
        "things": [_photograph(path) for path in _things(minidata)],
        "drawings": [*_emoji(minidata, held_out), *_drawings(drawings_of(drawings))],
    }
    for name, pool in pools.items():
        if not pool:
            raise UsageError(f"There are no {name} to learn from.")
    return Gallery(pools)


def photographs_of(folder: Path) -> list[Path]:
    """The photographs to learn from.

    Raises:
        UsageError: the folder has no table of them.
    """
    table = folder / "images.csv"
    if not table.is_file():
        raise UsageError(f"{folder} is no folder of photographs: no images.csv.")
    with table.open(encoding="utf-8", newline="") as file:
        return [folder / row["path"] for row in csv.DictReader(file) if row["split"] != "val"]


def drawings_of(folder: Path) -> list[Path]:
    """The SVG files of a folder, always in the same random order.

    Raises:
        UsageError: there are none.
    """
    paths = sorted(folder.rglob("*.svg"))
    if not paths:
        raise UsageError(f"{folder} is no folder of drawings: no SVG file.")
    random.Random(0).shuffle(paths)  # noqa: S311 -- a choice of pictures, no secret
    return paths


def _crop(pool: Sequence[Tensor], side: int, generator: torch.Generator) -> Tensor:
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
        part = part[:, :3] + (1 - part[:, 3:]) * _ground(side, generator).to(part.device)
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


def _things(minidata: Path) -> list[Path]:
    kinds: dict[str, list[Path]] = {}
    for folder, path, tested in photo_files(minidata):
        if not tested:
            kinds.setdefault(folder.split("/")[0], []).append(path)
    if fruit := kinds.get("fruit"):
        kinds["fruit"] = fruit[:: max(1, len(fruit) // FRUIT)]
    return [path for paths in kinds.values() for path in paths]


def _photograph(path: Path) -> Tensor:
    with Image.open(path) as file:
        picture = file.convert("RGB")
        picture.thumbnail((2 * SIDE, 2 * SIDE), Image.Resampling.LANCZOS)
        scale = SIDE / min(picture.size)
        if scale < 1:
            size = (round(picture.width * scale), round(picture.height * scale))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def _emoji(minidata: Path, held_out: Sequence[str]) -> Iterator[Tensor]:
    """Every second drawing of each style."""
    for style in COLOUR_STYLES:
        if style not in (HELD_OUT_STYLE, *held_out):
            for path in sorted((minidata / "emoji" / style).glob("*.png"))[::2]:
                with Image.open(path) as file:
                    yield _premultiplied(np.asarray(file.convert("RGBA")))


def _drawings(paths: Sequence[Path]) -> Iterator[Tensor]:
    import pyvips  # only what is prepared needs it, not the machine that trains

    found = 0
    for path in paths:
        if found == DRAWINGS:
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
