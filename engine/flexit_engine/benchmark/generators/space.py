"""A generator's latent space as a place to search edits in, like an autoencoder's.

Generators have no encoder: a picture's latent is found by optimisation, as in Abdal, Qin, Wonka:
Image2StyleGAN, ICCV 2019.
"""

from __future__ import annotations

from typing import Protocol

import torch
from torch import Tensor

from flexit_engine.networks.interfaces import PerceptualDistance

RATE = 0.05
"""Learning rate of the inversion; it falls linearly to nothing."""


class Generator(Protocol):
    """Pictures from latents `B×C×h×w`."""

    side: int
    """Of its square pictures, in pixels."""

    def start(self, image: Tensor) -> Tensor:
        """Where to begin to look for the latents of `B×3×side×side` pictures."""
        ...

    def generate(self, latent: Tensor) -> Tensor:
        """`B×3×side×side` in [0, 1]."""
        ...


class GeneratorSpace:
    """What `flexit_engine.networks.interfaces.Autoencoder` asks for, on a generator.

    Args:
        generator: frozen.
        perceptual: which pictures are alike, beside their pixels.
        steps: of the inversion.
    """

    stride = 1

    def __init__(self, generator: Generator, perceptual: PerceptualDistance, steps: int) -> None:
        self.generator, self.perceptual, self.steps = generator, perceptual, steps

    @torch.enable_grad()
    def encode(self, image: Tensor) -> Tensor:
        """The latents whose pictures are most like `B×3×side×side`."""
        features = self.perceptual.features(image)
        latent = self.generator.start(image).detach().requires_grad_()
        optimiser = torch.optim.Adam([latent], lr=RATE)
        for step in range(self.steps):
            optimiser.param_groups[0]["lr"] = RATE * (1 - step / self.steps)
            made = self.generator.generate(latent)
            unlike = self.perceptual.distance(self.perceptual.features(made), features)
            loss = (unlike + (made - image).square().mean(dim=(1, 2, 3))).sum()
            (latent.grad,) = torch.autograd.grad(loss, latent)
            optimiser.step()
        return latent.detach()

    def decode(self, latent: Tensor) -> Tensor:
        """`B×3×side×side` in [0, 1]."""
        return self.generator.generate(latent)
