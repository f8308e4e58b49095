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
from flexit_engine.training.slopes import slopes


@dataclass(frozen=True)
class Labels:
    """What pictures show: `subject` `B`, and `colour` `B`, an index into `NAMES` or -1."""

    subject: Tensor
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
        self.paintable = [colours.isdisjoint(thing.name.split()) for thing in corpus.subjects]
        """Whether a colour word can be put before a subject's name."""
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
        subject = torch.tensor([picture.subject for picture in pictures])
        colour = torch.full_like(subject, -1)
        share = torch.ones(len(pictures), device=self.corpus.sprites.device)
        second = Labels(subject.clone(), colour.clone())
        return Painted(pictures, Labels(subject, colour), second, share)

    def layers(
        self, painted: Painted, places: list[int], repaint_share: float, blend_share: float
    ) -> Tensor:
        """The sprites at some places as `N×4×128×128`, painted; their labels are filled in."""
        rows = [painted.pictures[place].row for place in places]
        others = list(rows)
        blended = []
        chance = torch.rand((len(places), 2), generator=self.generator).tolist()
        for index, place in enumerate(places):
            picture = painted.pictures[place]
            blend = chance[index][1] < blend_share
            if self.paintable[picture.subject]:
                if chance[index][0] < repaint_share:
                    colour = self._below(len(NAMES))
                    painted.first.colour[place] = colour
                    painted.second.colour[place] = self._below(len(NAMES)) if blend else colour
                    blended += [index] * blend
            elif blend and picture.row in self.key_of:
                siblings = self.siblings[self.key_of[picture.row]]
                other = siblings[self._below(len(siblings))]
                painted.second.subject[place] = other.subject
                others[index] = other.row
                blended.append(index)
        layers = self._sprites(rows, painted.first.colour[places])
        if blended:
            at = [places[index] for index in blended]
            second = self._sprites([others[i] for i in blended], painted.second.colour[at])
            layers[blended], painted.share[at] = self._blend(layers[blended], second)
        return layers

    def _below(self, count: int) -> int:
        return int(torch.randint(count, (1,), generator=self.generator))

    def _sprites(self, rows: list[int], colours: Tensor) -> Tensor:
        """Sprites as `N×4×128×128`, painted in a shade of a named colour where it is not -1."""
        layers = self.corpus.sprites[rows].float() / 255.0
        chosen = (colours >= 0).nonzero().flatten().tolist()
        if chosen:
            shades = draw_shades([NAMES[colours[index]] for index in chosen], self.generator)
            alpha = layers[chosen, 3:]
            straight = layers[chosen, :3] / alpha.clamp(min=1 / 255)
            colour = repaint(straight, shades.to(layers.device)).clamp(0.0, 1.0)
            layers[chosen] = torch.cat([colour * alpha, alpha], 1)
        return layers

    def _blend(self, one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        """Mix sprites, evenly or from one side to the other; the mixed ones and the first's share.

        Args:
            one: `N×4×128×128`.
            other: the same.
        """
        chance = torch.rand((3, len(one), 1, 1, 1), generator=self.generator).to(one.device)
        first, evenly = chance[0], chance[1] < 0.5
        slope = slopes(2 * math.pi * chance[2].flatten(), SIDE)[:, None]
        sided = torch.sigmoid((slope + 1.2 * (2 * first - 1)) * 12)
        weight = torch.where(evenly, first, sided)
        mixed = one * weight + other * (1 - weight)
        alpha = mixed[:, 3:]
        share = (weight * alpha).sum((1, 2, 3)) / alpha.sum((1, 2, 3)).clamp(min=1e-6)
        return mixed, share
