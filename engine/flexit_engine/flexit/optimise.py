"""The loop: from a picture to its edit, one normalised gradient step after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from flexit_engine.flexit.augmentation import sample_views
from flexit_engine.flexit.objective import Losses, Source, Target, evaluate
from flexit_engine.networks.interfaces import Networks
from flexit_engine.settings import Settings


@dataclass(frozen=True)
class Step:
    """The edit of B pictures after `index` steps; step 0 is z0, the pictures as D knows them."""

    index: int
    latent: Tensor
    """z, `B×C×h×w`."""
    image: Tensor
    """D(z), `B×3×H×W` in [0, 1]."""
    losses: Losses


def optimise(
    source: Source,
    target: Target,
    networks: Networks,
    settings: Settings,
    seeds: Sequence[int],
    start: Tensor | None = None,
    first: int = 0,
) -> Iterator[Step]:
    """Move z from z0 towards the target point, and show every step.

    Nothing waits for the device inside a step: what a step holds may still be being computed when
    it is handed out.

    Args:
        source: B opened pictures.
        target: what to aim at.
        networks: those the pictures were opened with.
        settings: step length and number, weights, augmentations.
        seeds: one for each picture, so that its views do not depend on its neighbours.
        start: z to go on from instead of z0.
        first: how many steps `start` is away from z0: those are not taken again, and the rest is
            what one longer run would have been.

    Yields:
        The steps `first` … `settings.steps`, the first of them z0 (or `start`) itself.
    """
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    for _ in range(first):
        draw_views(networks, settings.augmentations, generators, source.latent.device)
    length = settings.learning_rate * norm(target.moving * source.latent)
    latent = source.latent if start is None else start
    for index in range(first, settings.steps + 1):
        views = draw_views(networks, settings.augmentations, generators, latent.device)
        image, losses, gradient = evaluate(latent, views, source, target, networks, settings)
        yield Step(index, latent, image, losses)
        gradient = target.moving * gradient
        latent = latent - length * gradient / norm(gradient)
        if settings.space == "pixels":
            latent = latent.clamp(0, 1)


def norm(latent: Tensor) -> Tensor:
    """‖z‖ of each picture, `B×1×1×1`, never quite zero."""
    return latent.square().sum(dim=(1, 2, 3), keepdim=True).sqrt().clamp(min=1e-12)


def draw_views(
    networks: Networks,
    count: int,
    generators: Sequence[torch.Generator],
    device: torch.device,
) -> list[Tensor | None]:
    """Fresh views for each network, `B×A×2×3`; `None` shows it the whole picture."""
    if not count:
        return [None for _ in networks.encoders]
    return [
        torch.stack([sample_views(count, generator) for generator in generators]).to(
            device, non_blocking=True
        )
        for _ in networks.encoders
    ]
