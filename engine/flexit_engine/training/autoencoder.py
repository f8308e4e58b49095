"""Stages `autoencoder`, `edited`: learn a teacher's latent space, and to decode what edits visit.

The decoder is shown latents of pictures, the same under noise fine and coarse, and on their way to
another picture's; in `edited` also latents along real edits. It learns to paint what the teacher
paints there. The encoder learns the teacher's latents and the round trip.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
from torch import Tensor
from torch.nn import functional
from torch.optim.swa_utils import AveragedModel

from flexit_engine.networks.device import choose_dtype
from flexit_engine.networks.mini import load_autoencoder, load_encoder
from flexit_engine.networks.mini.autoencoder import MiniAutoencoder
from flexit_engine.networks.mini.encoders import MiniEncoder, fold
from flexit_engine.networks.mini.perceptual import MiniPerceptual
from flexit_engine.training.average import averaged
from flexit_engine.training.edits import read_edits
from flexit_engine.training.encoders import vocabulary_of
from flexit_engine.training.gallery import Gallery
from flexit_engine.training.ring import Ring
from flexit_engine.training.run import Run, Task, half_precision, load_modules
from flexit_engine.training.teacher import Teacher

SIDE = 96
"""Pixels of the crops; nothing in the network depends on it."""
BATCH = 16
RATE = 1e-3
FRESH = 3
"""Every so many steps the teacher paints a batch; old ones are shown again in between."""
FIRST = 8
"""Batches that are painted before anything is shown twice."""
KEPT = 4096
"""Pictures that are kept to be shown again."""
CLEAN = 0.25
"""Share of the pictures that are encoded and decoded; of the others only moved latents are."""
MIXED, EDITED = 0.33, 0.4
"""Shares of the moved latents: towards another picture's; along real edits, if there are any."""
FINE_NOISE, COARSE_NOISE, MIXTURE = 0.6, 1.1, 0.6
"""Largest strengths: of noise in root mean squares of the latent, of another picture as a share."""
EDGE_WEIGHT, FEATURE_WEIGHT, LATENT_WEIGHT = 1.0, 0.1, 0.3
FEATURES_OF = "fire"
"""The hardened encoder whose features are compared: the cheapest."""


def visited(latent: Tensor, generator: torch.Generator) -> Tensor:
    """Latents as an edit may leave them, `B×C×h×w` to the same shape."""
    count = len(latent)
    kind, *strengths = torch.rand(4, count, generator=generator).to(latent)
    fine, coarse, share = (value[:, None, None, None] for value in strengths)
    size = latent.square().mean(dim=(1, 2, 3), keepdim=True).sqrt()
    noise = torch.randn(latent.shape, generator=generator).to(latent)
    patches = torch.randn(count, latent.shape[1], 3, 3, generator=generator).to(latent)
    patches = functional.interpolate(patches, latent.shape[-2:], mode="bicubic")
    noisy = latent + size * (FINE_NOISE * fine * noise + COARSE_NOISE * coarse**2 * patches)
    mixed = latent + MIXTURE * share * (latent.roll(1, 0) - latent)
    mixed = mixed + 0.5 * FINE_NOISE * fine * size * noise
    return torch.where((kind < MIXED)[:, None, None, None], mixed, noisy)


def painting_loss(output: Tensor, target: Tensor) -> Tensor:
    """L1 of pixels and of their differences (edges)."""
    error = output - target
    across = (error[..., 1:] - error[..., :-1]).abs().mean()
    down = (error[..., 1:, :] - error[..., :-1, :]).abs().mean()
    return error.abs().mean() + EDGE_WEIGHT * (across + down)


@dataclass
class Distillation:
    """Who teaches what to whom."""

    model: MiniAutoencoder
    teacher: Teacher
    gallery: Gallery
    perceptual: MiniPerceptual
    generator: torch.Generator
    batch: int
    edited: Tensor | None = None
    """Latents along real edits, `N×C×h×w`."""
    clean: Ring = field(default_factory=lambda: Ring(round(CLEAN * KEPT)))
    """Pictures, the teacher's latents of them, and what the round trip should give."""
    moved: Ring = field(default_factory=lambda: Ring(KEPT - round(CLEAN * KEPT)))
    """Moved latents and what the teacher paints there."""

    @property
    def encoded(self) -> int:
        """How many of a batch are encoded: always as many, so that shapes stay the same."""
        return max(1, round(CLEAN * self.batch))

    def is_due(self, step: int) -> bool:
        """Whether the teacher is to paint a batch before this step."""
        return self.clean.added < FIRST * self.encoded or step % FRESH == 0

    @torch.no_grad()
    def prepare(self) -> None:
        """Have the teacher paint a batch."""
        image = self.gallery.crops(self.batch, SIDE, self.generator)
        own = self.teacher.encode(image)
        moved = self._along_edits(visited(own, self.generator)[self.encoded :])
        image, own = image[: self.encoded], own[: self.encoded]
        seen = self.teacher.decode(torch.cat([own, moved]))
        round_trip, painted = seen[: self.encoded], seen[self.encoded :]
        # half way between what the teacher makes of it and the picture itself
        round_trip = (round_trip + image) / 2
        self.clean.add(image=_bytes(image), latent=own, target=_bytes(round_trip))
        self.moved.add(latent=moved, target=_bytes(painted))

    def _along_edits(self, latent: Tensor) -> Tensor:
        if self.edited is None:
            return latent
        at = torch.randint(len(self.edited), (len(latent),), generator=self.generator)
        taken = torch.rand(len(latent), generator=self.generator) < EDITED
        edited = self.edited[at.to(latent.device)].to(latent)
        return torch.where(taken[:, None, None, None].to(latent.device), edited, latent)

    def step(self) -> dict[str, Tensor]:
        """Fill the gradients for one batch, and say how it went."""
        clean = self.clean.draw(self.encoded, self.generator)
        moved = self.moved.draw(self.batch - self.encoded, self.generator)
        target = _picture(torch.cat([clean["target"], moved["target"]]))
        with half_precision(target.device):
            own = self.model.encode(_picture(clean["image"]))
            close = (own - clean["latent"]).abs().mean()
            output = self.model.raw(torch.cat([own, moved["latent"]]))
            reference = self.perceptual.features(target)
            seen = self.perceptual.distance(self.perceptual.features(output), reference).mean()
        painted = painting_loss(output, target)
        loss = painted + FEATURE_WEIGHT * seen + LATENT_WEIGHT * close
        torch.autograd.backward(loss)
        error = (output.detach() - target).square().mean(dim=(1, 2, 3)).log10().mul(-10)
        return {"painted": painted, "features": seen, "latent": close, "psnr": error.mean()}


def train_autoencoder(task: Task) -> None:
    """Learn from pictures and noise; the checkpoint is `autoencoder.pt`."""
    torch.manual_seed(task.seed)
    model = MiniAutoencoder()
    if task.start:
        model = load_autoencoder(task.start / "autoencoder.safetensors")
    _train(task, "autoencoder", model, averaged(model), task.rate(RATE))


def train_edited(task: Task) -> None:
    """Go on from `autoencoder.pt` with latents along real edits; writes `edited.pt`."""
    torch.manual_seed(task.seed)
    model = MiniAutoencoder()
    average = averaged(model)
    load_modules(task.out / "autoencoder.pt", model=model, average=average)
    edited = read_edits(task.out / "edits").to(task.device)
    _train(task, "edited", model, average, RATE / 2, edited)


def _train(
    task: Task,
    name: str,
    model: MiniAutoencoder,
    average: AveragedModel,
    rate: float,
    edited: Tensor | None = None,
) -> None:
    for network in (model, average.module):  # the mean's own counter is read at every step: here
        network.to(task.device).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(
        model.parameters(), weight_decay=1e-4, betas=(0.9, 0.98), fused=True
    )
    modules = {"model": model, "average": average}
    run = Run(task.out, name, task.budget, modules, optimiser, rate)
    distillation = Distillation(
        model,
        Teacher(task.teacher, task.device, choose_dtype(task.device, "convolutional")),
        Gallery.load(task.pictures, task.corpus),
        _perceptual(task).to(task.device),
        torch.Generator().manual_seed(task.seed + 9000 + run.progress.step),
        task.batch(BATCH),
        edited,
    )
    while not run.done:
        if distillation.is_due(run.progress.step):
            distillation.prepare()
        run.set_rate()
        optimiser.zero_grad()
        figures = distillation.step()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimiser.step()
        average.update_parameters(model)
        run.advance(distillation.batch, figures)


def _perceptual(task: Task) -> MiniPerceptual:
    if task.start:
        encoder = load_encoder(task.start / f"{FEATURES_OF}.safetensors", FEATURES_OF)
    else:
        encoder = MiniEncoder(FEATURES_OF, vocabulary_of(task.corpus))
        load_modules(task.out / f"{FEATURES_OF}-robust.pt", model=encoder)
        fold(encoder)
    encoder.eval()
    return MiniPerceptual(encoder.requires_grad_(False).to(memory_format=torch.channels_last))


def _bytes(image: Tensor) -> Tensor:
    return (image * 255).round().to(torch.uint8)


def _picture(pixels: Tensor) -> Tensor:
    return pixels.float() / 255
