"""Drawings in other colours than their own, and half-way from one colour to another.

Repainted drawings make colour words work before any name (`green car`). Blended ones are what an
edit passes through: a circle that is partly red, partly green, or a shade between. Without them
the encoders have no slope from one colour to another, and edits end in a third.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from flexit_engine.training.colours import NAMES, draw_shades, repaint
from flexit_engine.training.corpus import SIDE, Corpus, Picture


@dataclass(frozen=True)
class Labels:
    """What pictures show: `concept` `B`, and `colour` `B`, an index into `NAMES` or -1."""

    concept: Tensor
    colour: Tensor


@dataclass
class Painted:
    """Pictures, what they show first and second, and the first one's `share`, `B` in [0, 1]."""

    pictures: list[Picture]
    first: Labels
    second: Labels
    share: Tensor


class PaintBox:
    """Repaints and blends sprites."""

    def __init__(self, corpus: Corpus, generator: torch.Generator) -> None:
        self.corpus = corpus
        self.generator = generator
        colours = set(NAMES)
        self.paintable = [colours.isdisjoint(concept.name.split()) for concept in corpus.concepts]
        """Whether a colour word can be put before a concept's name."""
        shape_of = {
            index: cluster
            for index, concept in enumerate(corpus.concepts)
            for cluster in concept.clusters
            if cluster.startswith("drawn ")
        }
        self.siblings: dict[tuple[str, str], list[Picture]] = {}
        self.key_of: dict[int, tuple[str, str]] = {}
        for picture in corpus.pictures:
            shape = shape_of.get(picture.concept)
            if shape is not None and not picture.held_out:
                self.siblings.setdefault((shape, picture.origin), []).append(picture)
                self.key_of[picture.row] = (shape, picture.origin)

    def open(self, pictures: list[Picture]) -> Painted:
        """Pictures as they are."""
        concept = torch.tensor([picture.concept for picture in pictures])
        colour = torch.full_like(concept, -1)
        share = torch.ones(len(pictures))
        second = Labels(concept.clone(), colour.clone())
        return Painted(pictures, Labels(concept, colour), second, share)

    def layers(
        self, painted: Painted, places: list[int], repaint_share: float, blend_share: float
    ) -> Tensor:
        """The sprites at some places as `N×4×128×128`, painted; their labels are filled in."""
        rows = torch.tensor([painted.pictures[place].row for place in places])
        original = self.corpus.sprites[rows].float() / 255.0
        layers = original.clone()
        chance = torch.rand((len(places), 2), generator=self.generator).tolist()
        for index, place in enumerate(places):
            picture = painted.pictures[place]
            blended = chance[index][1] < blend_share
            if picture.concept < 0 or self.paintable[picture.concept]:
                if chance[index][0] < repaint_share:
                    layers[index] = self._repaint(original[index], painted.first, place)
                    painted.second.colour[place] = painted.first.colour[place]
                    if blended:
                        other = self._repaint(original[index], painted.second, place)
                        layers[index] = self._blend(layers[index], other, painted.share, place)
            elif blended and picture.row in self.key_of:
                others = self.siblings[self.key_of[picture.row]]
                other_picture = others[self._below(len(others))]
                painted.second.concept[place] = other_picture.concept
                other = self.corpus.sprites[other_picture.row].float() / 255.0
                layers[index] = self._blend(layers[index], other, painted.share, place)
        return layers

    def _below(self, count: int) -> int:
        return int(torch.randint(count, (1,), generator=self.generator))

    def _repaint(self, layer: Tensor, labels: Labels, place: int) -> Tensor:
        """Paint a `4×128×128` sprite in a random named colour, and note which."""
        colour = self._below(len(NAMES))
        labels.colour[place] = colour
        alpha = layer[3:]
        straight = layer[:3] / alpha.clamp(min=1 / 255)
        shade = draw_shades([NAMES[colour]], self.generator)
        painted = repaint(straight[None], shade)[0].clamp(0.0, 1.0)
        return torch.cat([painted * alpha, alpha])

    def _blend(self, one: Tensor, other: Tensor, share: Tensor, place: int) -> Tensor:
        """Mix two sprites, evenly or from one side to the other, and note the first's share."""
        first, second, third = torch.rand(3, generator=self.generator).tolist()
        weight = torch.full((SIDE, SIDE), first)
        if second < 0.5:
            axis = torch.linspace(-1, 1, SIDE)
            angle = 2 * math.pi * third
            slope = math.cos(angle) * axis + math.sin(angle) * axis[:, None]
            weight = torch.sigmoid((slope + 1.2 * (2 * first - 1)) * 12)
        mixed = one * weight + other * (1 - weight)
        share[place] = float((weight * mixed[3]).sum() / mixed[3].sum().clamp(min=1e-6))
        return mixed
