"""Stage `sharp`: the autoencoder again, now also judged by features and by a discriminator.

Pixel losses alone leave everything soft. The distance in a hardened encoder's features keeps what
matters to the eye; a small discriminator of patches (Isola et al. 2017) asks for crisp edges and
even surfaces, also where the latent is noisy, as it is during an edit.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from flexit_engine.networks.mini import load_encoder
from flexit_engine.networks.mini.autoencoder import MiniAutoencoder
from flexit_engine.networks.mini.encoders import MiniEncoder, fold
from flexit_engine.networks.mini.perceptual import PERCEPTUAL_DESIGN, MiniPerceptual
from flexit_engine.training.autoencoder import (
    RESOLUTION,
    AnyPicture,
    noisy,
    reconstruction_loss,
)
from flexit_engine.training.encoders import vocabulary_of
from flexit_engine.training.run import Run, Task, half_precision, load_modules
from flexit_engine.training.scenes import Painter

FEATURE_WEIGHT = 0.3
CRITIC_WEIGHT = 0.05
BATCH = 16


def patch_critic() -> nn.Sequential:
    """Is each 22-pixel patch of `B×3×H×W` a real picture's? Logits `B×1×H/4×W/4`."""

    def layer(inputs: int, outputs: int, side: int, stride: int) -> nn.Module:
        return spectral_norm(nn.Conv2d(inputs, outputs, side, stride, (side - stride + 1) // 2))

    return nn.Sequential(
        layer(3, 64, 4, 2),
        nn.LeakyReLU(0.2, inplace=True),
        layer(64, 128, 4, 2),
        nn.LeakyReLU(0.2, inplace=True),
        layer(128, 128, 3, 1),
        nn.LeakyReLU(0.2, inplace=True),
        nn.Conv2d(128, 1, 1),
    )


def train_sharp(task: Task) -> None:
    """Go on from `autoencoder.pt` with features of a hardened encoder; writes `sharp.pt`."""
    torch.manual_seed(task.seed)
    model = MiniAutoencoder().to(task.device).to(memory_format=torch.channels_last)
    load_modules(task.out / "autoencoder.pt", model=model)
    critic = patch_critic().to(task.device).to(memory_format=torch.channels_last)
    perceptual = _perceptual(task).to(task.device)
    parameters: list[dict[str, Any]] = [
        {"params": model.parameters()},
        {"params": critic.parameters(), "factor": 2.0},
    ]
    optimiser = torch.optim.AdamW(parameters, weight_decay=1e-4, betas=(0.5, 0.95), fused=True)
    modules = {"model": model, "critic": critic}
    run = Run(task.out, "sharp", task.budget, modules, optimiser, peak_rate=2e-4)
    painter = Painter(task.corpus, RESOLUTION, task.seed + 3000 + run.progress.step)
    chooser = AnyPicture(task.corpus)
    batch = task.batch(BATCH)
    while not run.done:
        pictures = chooser.draw(batch, painter.generator)
        image = painter.paint(pictures, repaint_share=0.1).image
        run.set_rate()
        optimiser.zero_grad()
        with half_precision(task.device):
            output = model.raw(noisy(model.encode(image), painter.generator)).float()
            figures = _teach(critic, perceptual, output, image)
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        run.advance(batch, figures)


def _perceptual(task: Task) -> MiniPerceptual:
    name = PERCEPTUAL_DESIGN
    if task.start:
        encoder = load_encoder(task.start / f"{name}.safetensors", name)
    else:
        encoder = MiniEncoder(name, vocabulary_of(task.corpus))
        load_modules(task.out / f"{name}-robust.pt", model=encoder)
        fold(encoder)
    encoder.eval()
    return MiniPerceptual(encoder.requires_grad_(False).to(memory_format=torch.channels_last))


def _teach(
    critic: nn.Module, perceptual: MiniPerceptual, output: Tensor, image: Tensor
) -> dict[str, Tensor]:
    """Fill the gradients of both networks; the critic learns on the same pictures (hinge loss)."""
    seen = output.detach().clamp(0.0, 1.0)
    critic_loss = (
        functional.relu(1 - critic(image - 0.5).float()).mean()
        + functional.relu(1 + critic(seen - 0.5).float()).mean()
    )
    torch.autograd.backward(critic_loss)
    critic.requires_grad_(False)
    with torch.no_grad():
        reference = perceptual.features(image)
    features = perceptual.distance(perceptual.features(output), reference).mean()
    pixels = reconstruction_loss(output, image)
    fooled = -critic(output - 0.5).float().mean()
    loss = pixels + FEATURE_WEIGHT * features + CRITIC_WEIGHT * fooled
    torch.autograd.backward(loss)
    critic.requires_grad_(True)
    return {
        "pixels": pixels,
        "features": features,
        "fooled": fooled,
        "critic": critic_loss,
    }
