"""Stage `autoencoder`: reconstruction with noise on the latent."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from flexit_engine.networks.mini import load_autoencoder
from flexit_engine.networks.mini.autoencoder import MiniAutoencoder
from flexit_engine.training.corpus import INK_STYLES, Corpus, Picture
from flexit_engine.training.run import Run, Task, half_precision
from flexit_engine.training.scenes import Painter

NOISE = 0.5
"""Largest standard deviation of the noise on latents, whose cells have root mean square 1."""
RESOLUTION = 128
"""Side in pixels of the pictures that are edited."""
BATCH = 32


def reconstruction_loss(output: Tensor, image: Tensor) -> Tensor:
    """L1 of pixels, of their differences (edges) and of 4×4 means (colour)."""
    error = output - image
    across = (error[..., 1:] - error[..., :-1]).abs().mean()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    coarse = functional.avg_pool2d(error, 4).abs().mean()
    return error.abs().mean() + 0.5 * (across + down) + coarse


def noisy(latent: Tensor, generator: torch.Generator) -> Tensor:
    """Add noise of a random strength up to `NOISE` to each latent; a quarter stays clean."""
    strength = (torch.rand((len(latent), 1, 1, 1), generator=generator) * 4 / 3 - 1 / 3) * NOISE
    return latent + strength.clamp(min=0.0).to(latent) * torch.randn_like(latent)


class AnyPicture:
    """Draws pictures for the autoencoder: drawings of everything, photographs, some ink."""

    def __init__(self, corpus: Corpus) -> None:
        free = [picture for picture in corpus.pictures if not picture.held_out]
        pools = [
            (
                [p for p in free if p.kind == "sprite" and p.origin not in (*INK_STYLES, "drawn")],
                55,
            ),
            ([p for p in free if p.kind == "photo"], 33),
            ([p for p in free if p.origin == "drawn"], 8),
            ([p for p in free if p.origin in INK_STYLES], 4),
        ]
        self.pools = [pool for pool, _ in pools if pool]
        self.shares = torch.tensor([float(share) for pool, share in pools if pool])

    def draw(self, count: int, generator: torch.Generator) -> list[Picture]:
        """`count` pictures, with replacement."""
        kinds = torch.multinomial(self.shares, count, replacement=True, generator=generator)
        places = torch.rand(count, generator=generator)
        pools = [self.pools[kind] for kind in kinds.tolist()]
        return [pool[int(at * len(pool))] for pool, at in zip(pools, places.tolist(), strict=True)]


def train_autoencoder(task: Task) -> None:
    """Train encoder and decoder together; the checkpoint is `autoencoder.pt`."""
    torch.manual_seed(task.seed)
    model = MiniAutoencoder()
    if task.start:
        model = load_autoencoder(task.start / "autoencoder.safetensors")
    model.to(task.device).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        model.parameters(), weight_decay=1e-4, betas=(0.9, 0.98), fused=True
    )
    rate = task.rate(8e-4)
    run = Run(task.out, "autoencoder", task.budget, {"model": model}, optimiser, rate)
    painter = Painter(task.corpus, RESOLUTION, task.seed + run.progress.step)
    chooser = AnyPicture(task.corpus)
    batch = task.batch(BATCH)
    while not run.done:
        pictures = chooser.draw(batch, painter.generator)
        image = painter.paint(pictures, repaint_share=0.1).image
        run.set_rate()
        with half_precision(task.device):
            output = model.raw(noisy(model.encode(image), painter.generator))
        loss = reconstruction_loss(output.float(), image)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        run.advance(batch, {"loss": loss})
