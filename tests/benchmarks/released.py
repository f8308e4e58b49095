"""A step as the released code takes it, for comparison: written anew, with its habits kept.

Every weight wants a gradient, one graph runs through all networks at once and is retained, each
view is drawn by a Python call of its own, everything is float32, and losses are read at each step.
"""

from __future__ import annotations

import torch
import torchvision.transforms as T  # noqa: N812 -- its usual name
from torch import Tensor
from torch.nn.functional import normalize

from .published import Parts


def views(resolution: int) -> T.Compose:
    return T.Compose([
        T.RandomRotation(10),
        T.RandomResizedCrop(resolution, scale=(0.8, 1), ratio=(0.9, 1.1), antialias=True),
        T.RandomHorizontalFlip(),
        T.Normalize((0.481, 0.458, 0.408), (0.269, 0.261, 0.276)),
    ])  # fmt: skip


def released_step(parts: Parts, latent: Tensor, image: Tensor, augmentations: int = 8) -> Tensor:
    """One step from z = z0 on; returns the next latent."""
    first = latent.detach()
    latent = latent.detach().requires_grad_()
    moved = latent - first + 1e-6 * torch.randn_like(latent)
    distance = moved.square().sum(1).sqrt().sum() / first.square().sum(1).sqrt().sum()
    decoded = parts.vqgan.decode(latent)
    perceptual = parts.lpips.distance(parts.lpips.features(decoded), parts.lpips.features(image))
    embedding = torch.zeros(())
    for clip in parts.clips.values():
        side = clip.visual.image_size
        draw = views(side if isinstance(side, int) else side[0])
        cuts = torch.stack([draw(decoded[0]) for _ in range(augmentations)])
        embeddings = normalize(clip.encode_image(cuts), dim=-1).mean(0)
        target = torch.ones_like(embeddings) / embeddings.numel() ** 0.5
        embedding = embedding - embeddings @ target.detach()
    loss = embedding / len(parts.clips) + 0.15 * perceptual.mean() + 0.05 * distance
    loss.backward(retain_graph=True)
    loss.item(), distance.item(), perceptual.mean().item(), embedding.item()
    gradient = latent.grad
    assert gradient is not None
    return (latent - 0.05 * gradient / gradient.norm() * first.norm().item()).detach()
