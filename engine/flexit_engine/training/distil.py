"""Stage `autoencoder`: learn the teacher's latent space, and to decode what edits visit.

The decoder is shown latents of pictures, the same under noise fine and coarse, on their way to
another picture's, and (once there are some) latents along real edits. It learns to paint what the
teacher paints there. The encoder learns the teacher's latents and the round trip.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from flexit_engine.networks.mini.autoencoder import MiniAutoencoder
from flexit_engine.networks.mini.perceptual import MiniPerceptual
from flexit_engine.training.gallery import Gallery
from flexit_engine.training.run import Run, half_precision
from flexit_engine.training.teacher import Teacher

SIDE = 96
"""Pixels of the crops; nothing in the network depends on it."""
BATCH = 16
FRESH = 3
"""Every so many steps a batch of new pairs takes the place of old ones."""
KEPT = 4096
FINE_NOISE, COARSE_NOISE, MIXTURE = 0.6, 1.1, 0.6
"""Largest strengths: of noise in root mean squares of the latent, of another picture as a share."""
CLEAN, MIXED = 0.25, 0.25
"""Shares of the latents that stay as they are, and that move towards another picture's."""
EDGE_WEIGHT, FEATURE_WEIGHT, LATENT_WEIGHT = 1.0, 0.1, 0.3
AVERAGE = 0.999


@dataclass
class Pairs:
    """Latents and what the teacher paints there, the newest `KEPT`."""

    image: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.uint8))
    own: Tensor = field(default_factory=lambda: torch.empty(0))
    """The teacher's latents of the pictures themselves."""
    latent: Tensor = field(default_factory=lambda: torch.empty(0))
    target: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.uint8))
    clean: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.bool))

    def add(self, **new: Tensor) -> None:
        """Append a batch; the oldest fall out."""
        for name, value in new.items():
            setattr(self, name, torch.cat([getattr(self, name), value])[-KEPT:])

    def draw(self, count: int, generator: torch.Generator) -> Pairs:
        """Some of them, at random."""
        at = torch.randint(len(self.clean), (count,), generator=generator)
        return Pairs(*(getattr(self, name)[at] for name in vars(self)))


def visited(latent: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Latents as an edit may leave them, and which of them are unchanged: `B×C×h×w`, `B`."""
    count = len(latent)
    kind, *strengths = torch.rand(4, count, generator=generator)
    fine, coarse, share = (value[:, None, None, None] for value in strengths)
    size = latent.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    noise = torch.randn(latent.shape, generator=generator)
    patches = torch.randn(count, latent.shape[1], 3, 3, generator=generator)
    patches = functional.interpolate(patches, latent.shape[-2:], mode="bicubic")
    noisy = latent + size * (FINE_NOISE * fine * noise + COARSE_NOISE * coarse**2 * patches)
    mixed = latent + MIXTURE * share * (latent.roll(1, 0) - latent)
    mixed = mixed + 0.5 * FINE_NOISE * fine * size * noise
    is_clean, is_mixed = kind < CLEAN, kind > 1 - MIXED
    moved = torch.where(is_mixed[:, None, None, None], mixed, noisy)
    return torch.where(is_clean[:, None, None, None], latent, moved), is_clean


def painting_loss(output: Tensor, target: Tensor) -> Tensor:
    """L1 of pixels and of their differences (edges)."""
    error = output - target
    across = (error[..., 1:] - error[..., :-1]).abs().mean()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    return error.abs().mean() + EDGE_WEIGHT * (across + down)


@dataclass
class Lesson:
    """One training: who teaches what to whom."""

    model: MiniAutoencoder
    teacher: Teacher
    gallery: Gallery
    perceptual: MiniPerceptual
    run: Run
    generator: torch.Generator
    edited: Callable[[torch.Generator], Tensor] | None = None
    """Draws a batch of latents along real edits, `BATCH×C×h×w`."""
    pairs: Pairs = field(default_factory=Pairs)

    @torch.no_grad()
    def prepare(self) -> None:
        """A batch of new pairs."""
        image = self.gallery.crops(BATCH, SIDE, self.generator)
        own = self.teacher.encode(image)
        latent, clean = visited(own, self.generator)
        if self.edited is not None:
            taken = ~clean & (torch.rand(BATCH, generator=self.generator) < 0.4)
            latent = torch.where(taken[:, None, None, None], self.edited(self.generator), latent)
        target = self.teacher.decode(latent)
        # the round trip: half way between what the teacher makes of it and the picture itself
        target = torch.where(clean[:, None, None, None], (target + image) / 2, target)
        self.pairs.add(
            image=_bytes(image), own=own, latent=latent, target=_bytes(target), clean=clean
        )

    def step(self) -> dict[str, Tensor]:
        """Fill the gradients for one batch, and say how it went."""
        batch = self.pairs.draw(BATCH, self.generator)
        image, target = batch.image.float() / 255, batch.target.float() / 255
        with half_precision(torch.device("cpu")):
            at = batch.clean.nonzero().flatten()
            latent, close = batch.latent, image.new_zeros(())
            if len(at):
                own = self.model.encode(image[at])
                close = (own - batch.own[at]).abs().mean()
                latent = latent.index_copy(0, at, own)
            output = self.model.raw(latent)
            reference = self.perceptual.features(target)
            seen = self.perceptual.distance(self.perceptual.features(output), reference).mean()
        painted = painting_loss(output, target)
        loss = painted + FEATURE_WEIGHT * seen + LATENT_WEIGHT * close
        torch.autograd.backward(loss)
        error = (output.detach() - target).square().mean(dim=(1, 2, 3)).log10().mul(-10)
        return {"painted": painted, "features": seen, "latent": close, "psnr": error.mean()}


def averaged(model: MiniAutoencoder) -> AveragedModel:
    """Its running mean: what is exported."""
    average = get_ema_multi_avg_fn(AVERAGE)  # type: ignore[no-untyped-call]
    return AveragedModel(model, multi_avg_fn=average)


def train(lesson: Lesson, average: AveragedModel) -> None:
    """Until the budget is spent; goes on from the run's checkpoint."""
    run, model = lesson.run, lesson.model
    while not run.done:
        if len(lesson.pairs.clean) < 8 * BATCH or run.progress.step % FRESH == 0:
            lesson.prepare()
        run.set_rate()
        run.optimiser.zero_grad()
        figures = lesson.step()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        run.optimiser.step()
        average.update_parameters(model)
        run.advance(BATCH, figures)


def _bytes(image: Tensor) -> Tensor:
    return (image * 255).round().to(torch.uint8)
