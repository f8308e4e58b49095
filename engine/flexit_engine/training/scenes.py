"""Training pictures at the working resolution: sprites on backgrounds, crops of photographs.

Everything is batched torch on the device of the corpus, where the networks learn too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from flexit_engine.training.corpus import Corpus, Picture
from flexit_engine.training.paintbox import Labels, PaintBox
from flexit_engine.training.restyle import restyled
from flexit_engine.training.slopes import slopes


@dataclass(frozen=True)
class Placement:
    """How far pictures are moved: fractions of the frame, and degrees.

    `aspect` makes them wider or narrower, `warp` bends them, `restyle` lights and outlines
    drawings: no two styles draw a cat alike.
    """

    scale: tuple[float, float] = (0.7, 1.05)
    shift: float = 0.1
    rotation: float = 12.0
    aspect: float = 0.12
    warp: float = 0.04
    crop: tuple[float, float] = (0.7, 1.0)
    flip: bool = True
    restyle: bool = True


BENDS = 4
"""Points across the frame that are moved on their own."""
HANDED = frozenset({"waxing", "waning", "quarter"})
"""Words in the names of things whose mirror image is called something else: phases of the moon."""
STILL = Placement((0.85, 0.85), 0.0, 0.0, 0.0, 0.0, (1.0, 1.0), flip=False, restyle=False)
"""Everything in the middle, for evaluation."""


@dataclass(frozen=True)
class Scenes:
    """A batch: `image` `B×3×R×R` in [0, 1], which shows `share` of `first`, the rest `second`."""

    image: Tensor
    first: Labels
    second: Labels
    share: Tensor


class Painter:
    """Draws scenes of a corpus with one random generator."""

    def __init__(
        self, corpus: Corpus, resolution: int, seed: int, placement: Placement | None = None
    ) -> None:
        self.corpus = corpus
        self.resolution = resolution
        self.placement = placement or Placement()
        self.device = corpus.sprites.device
        # on the CPU: choices are small, and reading them back from a GPU would make it wait
        self.generator = torch.Generator().manual_seed(seed)
        self.textures = [
            picture.row
            for picture in corpus.pictures
            if picture.origin.startswith("textures/") and not picture.held_out
        ]
        self.paint_box = PaintBox(corpus, self.generator)
        self.handed = [not HANDED.isdisjoint(thing.name.split()) for thing in corpus.subjects]

    def paint(
        self, pictures: list[Picture], repaint_share: float = 0.0, blend_share: float = 0.0
    ) -> Scenes:
        """Place each picture in a scene.

        Args:
            pictures: what to show.
            repaint_share: the part of the drawings without a colour in their name that is painted
                in a named colour.
            blend_share: the part of the coloured drawings that changes into another colour.
        """
        size = self.resolution
        image = torch.empty((len(pictures), 3, size, size), device=self.device)
        at = {
            kind: [index for index, picture in enumerate(pictures) if picture.kind == kind]
            for kind in ("sprite", "photo")
        }
        painted = self.paint_box.open(pictures)
        if at["sprite"]:
            layer = self.paint_box.layers(painted, at["sprite"], repaint_share, blend_share)
            if self.placement.restyle:
                layer = restyled(layer, self.generator)
            handed = [self.handed[pictures[index].subject] for index in at["sprite"]]
            grid = self._grid(len(layer), self.placement.scale, torch.tensor(handed))
            layer = functional.grid_sample(layer, grid, align_corners=False).clamp(0.0, 1.0)
            background = self._backgrounds(len(layer))
            image[at["sprite"]] = layer[:, :3] + (1.0 - layer[:, 3:]) * background
        if at["photo"]:
            rows = [pictures[index].row for index in at["photo"]]
            inverse = (1 / self.placement.crop[1], 1 / self.placement.crop[0])
            grid = self._grid(len(rows), inverse)
            image[at["photo"]] = self._sample(self.corpus.photos[rows].float() / 255.0, grid)
        image = image.contiguous(memory_format=torch.channels_last)
        return Scenes(image, painted.first, painted.second, painted.share)

    def _rand(self, *shape: int) -> Tensor:
        return torch.rand(shape, generator=self.generator).to(self.device)

    def _grid(self, count: int, scale: tuple[float, float], handed: Tensor | None = None) -> Tensor:
        """Sampling grids `count×R×R×2` of random placements; what is `handed` is not flipped."""
        place = self.placement
        size = scale[0] + (scale[1] - scale[0]) * self._rand(count)
        angle = (2 * self._rand(count) - 1) * math.radians(place.rotation)
        shift = (2 * self._rand(count, 2) - 1) * place.shift
        flipped = (self._rand(count) < 0.5) & place.flip
        if handed is not None:
            flipped &= ~handed.to(self.device)
        mirror = torch.where(flipped, -1.0, 1.0)
        width = 1 + place.aspect * (2 * self._rand(count) - 1)
        cos, sin = torch.cos(angle) / size, torch.sin(angle) / size
        rows = [
            torch.stack([cos * mirror / width, -sin * width, shift[:, 0]], 1),
            torch.stack([sin * mirror / width, cos * width, shift[:, 1]], 1),
        ]
        side = (self.resolution, self.resolution)
        grid = functional.affine_grid(torch.stack(rows, 1), [count, 3, *side], align_corners=False)
        bends = 2 * place.warp * (2 * self._rand(count, 2, BENDS, BENDS) - 1)
        bent = functional.interpolate(bends, side, mode="bicubic", align_corners=True)
        return grid + bent.permute(0, 2, 3, 1)

    @staticmethod
    def _sample(source: Tensor, grid: Tensor) -> Tensor:
        return functional.grid_sample(
            source, grid, padding_mode="reflection", align_corners=False
        ).clamp(0.0, 1.0)

    def _backgrounds(self, count: int) -> Tensor:
        """Plain colours (half of them light), gradients and textures, `count×3×R×R`."""
        size = self.resolution
        first, second = self._rand(count, 3), self._rand(count, 3)
        kind = torch.rand(count, generator=self.generator)
        pick = kind.to(self.device)
        light = (pick < 0.25).unsqueeze(1)
        first = torch.where(light, 1.0 - 0.12 * first**2, first)
        plain = (pick < 0.5).unsqueeze(1)
        second = torch.where(plain, first, second)
        slope = slopes(2 * math.pi * self._rand(count), size)
        share = (0.5 * slope + 0.5).clamp(0, 1).unsqueeze(1)
        image = first[:, :, None, None] * (1 - share) + second[:, :, None, None] * share
        textured = (kind > 0.72).nonzero().flatten()
        if len(textured) and self.textures:
            pool = torch.tensor(self.textures)
            chosen = torch.randint(len(pool), (len(textured),), generator=self.generator)
            source = self.corpus.photos[pool[chosen].to(self.device)].float() / 255.0
            grid = self._grid(len(textured), (1.0, 1.6))
            image[textured.to(self.device)] = self._sample(source, grid)
        return image


def jitter(image: Tensor, generator: torch.Generator) -> Tensor:
    """Mild random brightness, contrast and saturation, which leave colour words true."""
    chance = torch.rand((3, len(image), 1, 1, 1), generator=generator).to(image.device)
    strength = 1.0 + (2 * chance - 1) * 0.15
    grey = image.mean(1, keepdim=True)
    image = grey + (image - grey) * strength[0]
    mean = image.mean(dim=(1, 2, 3), keepdim=True)
    return ((mean + (image - mean) * strength[1]) * strength[2]).clamp(0.0, 1.0)
