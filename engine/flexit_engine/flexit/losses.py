"""The paper's objective, Eq. 2–5, as the released code computes it.

Every loss keeps the batch: its shape is `B`, one value a picture, so that several pictures can be
optimised side by side without knowing of each other.
"""

from __future__ import annotations

from torch import Tensor

from flexit_engine.networks.interfaces import PerceptualDistance
from flexit_engine.settings import LatentNorm

EPSILON = 1e-6
"""Added to z − z0 so that its norm has a gradient at z = z0 (the released code adds noise)."""


def embedding_loss(views: Tensor, target: Tensor) -> Tensor:
    """Eq. 2 for one network: how far the views are from the target point.

    The paper writes a squared distance; the released code, whose numbers were published, takes the
    negative dot product with the target point as it is, not normalised.

    Args:
        views: unit embeddings of A views of each picture, `B×A×D`.
        target: target points, `B×D`.
    """
    return -(views.mean(dim=1) * target).sum(dim=-1)


def perceptual_loss(
    network: PerceptualDistance, image: Tensor, reference: tuple[Tensor, ...]
) -> Tensor:
    """Eq. 3: perceptual distance of `B×3×H×W` pictures to the source's features."""
    return network.distance(network.features(image), reference)


def latent_loss(
    latent: Tensor, first: Tensor, norm: LatentNorm = "l21", weight: Tensor | None = None
) -> Tensor:
    """Eq. 4: distance of the latent to the first one, relative to the first one's size.

    Args:
        latent: z, `B×C×h×w`.
        first: z0, the same shape.
        norm: `l21` sums the lengths of the C-vectors over the cells (the paper's choice).
        weight: what moving each cell costs, `B×1×h×w`; 1 everywhere when not given.
    """
    moved = latent - first + EPSILON
    if weight is not None:
        moved = moved * weight
    return latent_norm(moved, norm) / latent_norm(first, norm)


def latent_norm(latent: Tensor, norm: LatentNorm) -> Tensor:
    """One of three norms over a `B×C×h×w` latent, `B`."""
    if norm == "l1":
        return latent.abs().sum(dim=(1, 2, 3))
    if norm == "l2":
        return latent.square().sum(dim=(1, 2, 3)).sqrt()
    return latent.square().sum(dim=1).sqrt().sum(dim=(1, 2))


def total_loss(
    embedding: Tensor,
    perceptual: Tensor,
    latent: Tensor,
    perceptual_weight: float,
    latent_weight: float,
) -> Tensor:
    """Eq. 5: the networks' mean embedding loss plus λ_p and λ_z times the regularisers."""
    return embedding + perceptual_weight * perceptual + latent_weight * latent
