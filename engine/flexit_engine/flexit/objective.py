"""The objective of one edit: what is computed once, and its value and gradient at a latent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import adaptive_max_pool2d, max_pool2d

from flexit_engine.flexit.augmentation import warp, whole
from flexit_engine.flexit.losses import embedding_loss, latent_loss, perceptual_loss, total_loss
from flexit_engine.flexit.query import Query, Reading, read_alike
from flexit_engine.flexit.spaces import search_space
from flexit_engine.flexit.target import encode_texts, target_point
from flexit_engine.networks.interfaces import ImageTextEncoder, Networks, RegionEncoder
from flexit_engine.settings import Settings

OUTSIDE_COST = 10.0
"""How much more a latent cell outside the selection costs to move than one inside."""


class Losses(NamedTuple):
    """The terms of the objective, unweighted, one value a picture: each `B`."""

    embedding: Tensor
    perceptual: Tensor
    latent: Tensor
    total: Tensor


@dataclass(frozen=True)
class Source:
    """All that depends on the pictures alone, computed once: z0, LPIPS features and C_i(I0)."""

    latent: Tensor
    features: tuple[Tensor, ...]
    embeddings: tuple[Tensor, ...]


@dataclass(frozen=True)
class Target:
    """All that stays the same during an edit."""

    points: tuple[Tensor, ...]
    """Target point of each network, `B×D`."""
    weights: Tensor
    """Share of each network in the mean of Eq. 2, `E×B`; 0 for one that stays out."""
    speaking: tuple[bool, ...]
    """Whether a network has a share in any of the pictures."""
    region: Tensor
    """The selection at working size, `B×1×H×W` in [0, 1]."""
    moving: Tensor
    """How freely each latent cell moves, `B×1×h×w` in [0, 1]."""
    cost: Tensor
    """What moving each cell costs, `B×1×h×w`."""


@torch.no_grad()
def open_source(
    image: Tensor, networks: Networks, settings: Settings, mask: Tensor | None = None
) -> Source:
    """Encode pictures; the costly part, done once per picture.

    Args:
        image: `B×3×H×W` in [0, 1].
        networks: of a profile.
        settings: the space that is searched.
        mask: the selection, `B×1×H×W` in [0, 1]; everything when not given.
    """
    region = torch.ones_like(image[:, :1]) if mask is None else mask
    return Source(
        latent=search_space(settings.space, networks.autoencoder).encode(image),
        features=networks.perceptual.features(image),
        embeddings=tuple(
            _encode_views(encoder, image, None, region)[:, 0] for encoder in networks.encoders
        ),
    )


@torch.no_grad()
def read(
    queries: Sequence[Query], source: Source, networks: Networks, member: int = 0
) -> list[Reading]:
    """Each picture's query in the words of each network.

    Raises:
        UnknownWords: no network knows a text.
    """
    if networks.reader is None:
        return [read_alike(query, len(networks.encoders)) for query in queries]
    return [
        networks.reader.read(query, [images[row] for images in source.embeddings], member)
        for row, query in enumerate(queries)
    ]


@torch.no_grad()
def aim(
    source: Source,
    readings: Sequence[Reading],
    encoders: Sequence[ImageTextEncoder],
    settings: Settings,
    mask: Tensor | None = None,
) -> Target:
    """The target point of each network for B queries, and what the selection lets move.

    Args:
        source: the opened pictures.
        readings: one for each picture.
        encoders: the networks of `source.embeddings`, in the same order.
        settings: the weights of Eq. 1 and the switches of the selection.
        mask: the selection at working size, `B×1×H×W` in [0, 1]; everything when not given.

    Raises:
        UnknownWords: an encoder does not know a word of a query.
    """
    points = tuple(
        torch.stack([
            _query_point(encoder, reading.queries[place], image, settings)
            for reading, image in zip(readings, images, strict=True)
        ])
        for place, (encoder, images) in enumerate(zip(encoders, source.embeddings, strict=True))
    )  # fmt: skip
    weights = torch.tensor([list(reading.weights) for reading in readings]).T
    everywhere = torch.ones_like(source.latent[:, :1])
    cells = everywhere if mask is None else mask_cells(mask, source.latent)
    region = everywhere if mask is None else mask
    return Target(
        points=points,
        weights=weights.to(source.latent),
        speaking=tuple(weights.any(dim=1).tolist()),
        region=region,
        moving=cells if settings.mask_gradient else everywhere,
        cost=1 + OUTSIDE_COST * (1 - cells) if settings.mask_latent else everywhere,
    )


def _query_point(
    encoder: ImageTextEncoder, query: Query | None, image: Tensor, settings: Settings
) -> Tensor:
    if query is None:
        return torch.zeros_like(image)
    source = encode_texts(encoder, query.source) if query.source else torch.zeros_like(image)
    return target_point(
        encode_texts(encoder, query.target),
        source,
        image,
        settings.source_weight,
        settings.image_weight,
    )


def mask_cells(mask: Tensor, latent: Tensor) -> Tensor:
    """The selection on the latent grid, grown by one cell (a tight mask stalls the edit)."""
    return max_pool2d(adaptive_max_pool2d(mask, latent.shape[-2:]), 3, stride=1, padding=1)


def evaluate(
    latent: Tensor,
    views: Sequence[Tensor | None],
    source: Source,
    target: Target,
    networks: Networks,
    settings: Settings,
) -> tuple[Tensor, Losses, Tensor]:
    """Eq. 5 and its gradient at z: the decoded pictures, the losses and dL/dz.

    Each term is taken back to the pixels before the next is computed, and one pass back through the
    decoder then serves them all: the same gradient, at the peak memory of the largest network
    instead of their sum.
    """
    # in one layout, so that an edit that goes on from a kept latent adds up in the same order
    latent = latent.detach().contiguous().requires_grad_()
    image = search_space(settings.space, networks.autoencoder).decode(latent)
    pixels = image.detach().requires_grad_()
    slope = torch.zeros_like(pixels)
    embedding = torch.zeros_like(target.weights[0])
    for place in (place for place, speaks in enumerate(target.speaking) if speaks):
        embedded = _encode_views(networks.encoders[place], pixels, views[place], target.region)
        loss = target.weights[place] * embedding_loss(embedded, target.points[place])
        slope += _gradient(loss, pixels)
        embedding += loss.detach()
    perceptual = torch.zeros_like(embedding)
    if settings.perceptual_weight:
        loss = perceptual_loss(networks.perceptual, pixels, source.features)
        slope += settings.perceptual_weight * _gradient(loss, pixels)
        perceptual = loss.detach()
    moved = latent_loss(latent, source.latent, settings.latent_norm, target.cost)
    # The product's gradient at the image is the slope: cheaper at the first call than handing
    # the slope to autograd, which then imports a computer algebra system to check its shape.
    gradient = _gradient((image * slope).sum() + settings.latent_weight * moved.sum(), latent)
    distance = moved.detach()
    total = total_loss(
        embedding, perceptual, distance, settings.perceptual_weight, settings.latent_weight
    )
    return pixels.detach(), Losses(embedding, perceptual, distance, total), gradient


def _encode_views(
    encoder: ImageTextEncoder, pixels: Tensor, views: Tensor | None, region: Tensor
) -> Tensor:
    """Embeddings of A views of each picture, `B×A×D`."""
    if isinstance(encoder, RegionEncoder):
        return encoder.encode_region(pixels, region).unsqueeze(1)
    if views is None:
        return encoder.encode_image(whole(pixels, encoder.resolution)).unsqueeze(1)
    embeddings = encoder.encode_image(warp(pixels, views, encoder.resolution))
    return embeddings.view(*views.shape[:2], -1)


def _gradient(loss: Tensor, of: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(loss.sum(), of)
    return gradient
