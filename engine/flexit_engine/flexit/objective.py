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
from flexit_engine.flexit.query import Query
from flexit_engine.flexit.spaces import search_space
from flexit_engine.flexit.target import encode_texts, target_point
from flexit_engine.networks.interfaces import ImageTextEncoder, Networks
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
    moving: Tensor
    """How freely each latent cell moves, `B×1×h×w` in [0, 1]."""
    cost: Tensor
    """What moving each cell costs, `B×1×h×w`."""


@torch.no_grad()
def open_source(image: Tensor, networks: Networks, settings: Settings) -> Source:
    """Encode `B×3×H×W` pictures in [0, 1]; the costly part, done once per picture."""
    return Source(
        latent=search_space(settings.space, networks.autoencoder).encode(image),
        features=networks.perceptual.features(image),
        embeddings=tuple(
            encoder.encode_image(whole(image, encoder.resolution)) for encoder in networks.encoders
        ),
    )


@torch.no_grad()
def aim(
    source: Source,
    queries: Sequence[Query],
    encoders: Sequence[ImageTextEncoder],
    settings: Settings,
    mask: Tensor | None = None,
) -> Target:
    """The target point of each network for B queries, and what the selection lets move.

    Args:
        source: the opened pictures.
        queries: one for each picture.
        encoders: the networks of `source.embeddings`, in the same order.
        settings: the weights of Eq. 1 and the switches of the selection.
        mask: the selection at working size, `B×1×H×W` in [0, 1]; everything when not given.

    Raises:
        UnknownWords: an encoder does not know a word of a query.
    """
    points = tuple(
        torch.stack([
            _query_point(encoder, query, image, settings)
            for query, image in zip(queries, images, strict=True)
        ])
        for encoder, images in zip(encoders, source.embeddings, strict=True)
    )  # fmt: skip
    everywhere = torch.ones_like(source.latent[:, :1])
    cells = everywhere if mask is None else mask_cells(mask, source.latent)
    return Target(
        points=points,
        moving=cells if settings.mask_gradient else everywhere,
        cost=1 + OUTSIDE_COST * (1 - cells) if settings.mask_latent else everywhere,
    )


def _query_point(
    encoder: ImageTextEncoder, query: Query, image: Tensor, settings: Settings
) -> Tensor:
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
    embeddings = []
    for encoder, view, point in zip(networks.encoders, views, target.points, strict=True):
        loss = embedding_loss(_encode_views(encoder, pixels, view), point)
        slope += _gradient(loss, pixels) / len(networks.encoders)
        embeddings.append(loss.detach())
    embedding = torch.stack(embeddings).mean(dim=0)
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


def _encode_views(encoder: ImageTextEncoder, pixels: Tensor, views: Tensor | None) -> Tensor:
    if views is None:
        return encoder.encode_image(whole(pixels, encoder.resolution)).unsqueeze(1)
    embeddings = encoder.encode_image(warp(pixels, views, encoder.resolution))
    return embeddings.view(*views.shape[:2], -1)


def _gradient(loss: Tensor, of: Tensor) -> Tensor:
    (gradient,) = torch.autograd.grad(loss.sum(), of)
    return gradient
