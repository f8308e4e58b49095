"""Pictures for the autoencoder to learn from: photographs as they are, drawings on plain grounds.

Beside what the corpus has they are photographs, at most `SIDE` pixels on the shorter side, and
drawings; both are read once and kept as bytes.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from flexit_engine.errors import UsageError
from flexit_engine.training.corpus import COLOUR_STYLES, Corpus
from flexit_engine.training.slopes import slopes

SIDE = 176
DRAWING_SIDE = 160
SHARES = {"photographs": 0.55, "things": 0.17, "drawings": 0.28}
"""What part of the pictures comes from where; things are the corpus's photographs."""
FRUIT = 300
"""About how many of the largest folder are taken: each fruit lies there turned a hundred ways."""
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

    @staticmethod
    def load(folder: Path, corpus: Corpus) -> Gallery:
        """What `prepare_gallery` wrote, and what the corpus has, to where the corpus lies.

        Nothing that is held out is among it.
        """
        pools: dict[str, list[Tensor]] = {name: [] for name in SHARES}
        for key, picture in sorted(load_file(folder / FILE).items()):
            pools[key.split()[0]].append(picture.to(corpus.sprites.device))
        free = [picture for picture in corpus.pictures if not picture.held_out]
        photos = [picture for picture in free if picture.kind == "photo"]
        fruit = [picture for picture in photos if picture.origin.startswith("fruit/")]
        things = [picture for picture in photos if not picture.origin.startswith("fruit/")]
        things += fruit[:: max(1, len(fruit) // FRUIT)]
        emoji = [picture for picture in free if picture.origin in COLOUR_STYLES][::2]
        pools["things"] += [corpus.photos[picture.row] for picture in things]
        pools["drawings"] += [corpus.sprites[picture.row] for picture in emoji]
        return Gallery(pools)

    def crops(self, count: int, side: int, generator: torch.Generator) -> Tensor:
        """`count×3×side×side` in [0, 1]: random squares, mirrored half the time."""
        shares = torch.tensor(list(SHARES.values()))
        kinds = torch.multinomial(shares, count, replacement=True, generator=generator)
        names = list(SHARES)
        cut = [_crop(self.pools[names[kind]], side, generator) for kind in kinds.tolist()]
        return torch.cat(cut).clamp(0.0, 1.0)


def prepare_gallery(photographs: Path, drawings: Path, folder: Path) -> None:
    """Read photographs and drawings, and write `gallery.safetensors`; broken drawings are left out.

    Args:
        photographs: a folder with `images.csv`; what is marked `val` there is left out.
        drawings: a folder of SVG files, searched to any depth.
        folder: where the file goes.

    Raises:
        UsageError: a folder has no pictures.
    """
    chosen, drawn = photographs_of(photographs), drawings_of(drawings)
    read = {
        "photographs": [_photograph(path) for path in chosen],
        "drawings": list(_drawings(drawn)),
    }
    pictures = {
        f"{name} {place:06}": picture.contiguous()
        for name, pool in read.items()
        for place, picture in enumerate(pool)
    }
    folder.mkdir(parents=True, exist_ok=True)
    save_file(pictures, folder / FILE)


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


def _photograph(path: Path) -> Tensor:
    with Image.open(path) as file:
        picture = file.convert("RGB")
        picture.thumbnail((2 * SIDE, 2 * SIDE), Image.Resampling.LANCZOS)
        scale = SIDE / min(picture.size)
        if scale < 1:
            size = (round(picture.width * scale), round(picture.height * scale))
            picture = picture.resize(size, Image.Resampling.LANCZOS)
        return torch.from_numpy(np.array(picture)).permute(2, 0, 1)


def _drawings(paths: Sequence[Path]) -> Iterator[Tensor]:
    import pyvips  # only what is prepared needs it, not the machine that trains

    # What users bring is not read as SVG: `canvas.vips` blocks that for the whole process.
    pyvips.operation_block_set("VipsForeignLoadSvg", False)
    try:
        found = (_drawing(path) for path in paths)
        yield from islice((each for each in found if each is not None), DRAWINGS)
    finally:
        pyvips.operation_block_set("VipsForeignLoadSvg", True)


def _drawing(path: Path) -> Tensor | None:
    """An SVG file; None where it is broken or shows next to nothing: there are enough others."""
    import pyvips

    try:
        image = pyvips.Image.thumbnail(str(path), DRAWING_SIDE, height=DRAWING_SIDE)
        pixels = image.gravity("centre", DRAWING_SIDE, DRAWING_SIDE).numpy()
    except pyvips.Error:
        return None
    seen = pixels.ndim == 3 and pixels.shape[2] == 4 and pixels[..., 3].mean() > 25
    return _premultiplied(pixels) if seen else None


def _premultiplied(straight: np.ndarray) -> Tensor:
    """`H×W×4` straight alpha to `4×H×W` with the colour multiplied by it."""
    alpha = straight[..., 3:].astype(np.float32) / 255
    colour = (straight[..., :3] * alpha).round().astype(np.uint8)
    return torch.from_numpy(np.concatenate([colour, straight[..., 3:]], axis=2)).permute(2, 0, 1)
