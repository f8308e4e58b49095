"""Stage `judge`: a classifier that only evaluates edits.

It differs from the editing networks in everything that could make it share their errors: a chain
of convolutions with max pooling, no text, no attacks, other and heavier augmentation. Like them it
never sees the held-out pictures.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.training.corpus import Corpus
from flexit_engine.training.encoders import NamedPictures
from flexit_engine.training.run import Budget, Run
from flexit_engine.training.scenes import Painter, Placement

SIDE = 64
BATCH = 64
PLACEMENT = Placement(scale=(0.6, 1.2), shift=0.15, rotation=20.0, crop=(0.5, 1.0))


class Judge(nn.Module):
    """`B×3×R×R` in [0, 1] -> `B×concepts` logits; looks at pictures reduced to 64×64."""

    def __init__(self, concepts: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for inputs, outputs in ((3, 32), (32, 64), (64, 128), (128, 192), (192, 320)):
            if inputs > 3:
                layers.append(nn.MaxPool2d(2))
            layers += _layer(inputs, outputs)
            if inputs >= 64:
                layers += _layer(outputs, outputs)
        self.body = nn.Sequential(*layers)
        self.head = nn.Sequential(nn.Flatten(), nn.Dropout(0.3), nn.Linear(320 * 16, concepts))

    def forward(self, image: Tensor) -> Tensor:
        """Logits."""
        if image.shape[-1] != SIDE:
            image = functional.interpolate(image, (SIDE, SIDE), mode="bilinear", antialias=True)
        return cast(Tensor, self.head(self.body(image - 0.5)))


def _layer(inputs: int, outputs: int) -> list[nn.Module]:
    convolution = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def heavy(image: Tensor, generator: torch.Generator) -> Tensor:
    """Noise, blur, strong light changes and a cut-out square; hue stays, colours are concepts."""
    count, side = len(image), image.shape[-1]
    pick = torch.rand((count, 6), generator=generator)
    grey = image.mean(1, keepdim=True)
    saturation = (0.6 + 0.8 * pick[:, 0])[:, None, None, None]
    image = (grey + (image - grey) * saturation).clamp(0.0, 1.0)
    image = image.clamp(min=1e-3) ** (0.6 + 1.0 * pick[:, 1])[:, None, None, None]
    small = functional.avg_pool2d(image, 3, 1, 1, count_include_pad=False)
    image = torch.where((pick[:, 2] < 0.3)[:, None, None, None], small, image)
    strength = (0.12 * (pick[:, 3] - 0.4).clamp(min=0.0))[:, None, None, None]
    image = image + torch.randn(image.shape, generator=generator) * strength
    place = torch.arange(side) / side
    across = (place - 2 * pick[:, 4:5]).abs() < 0.15  # half of the squares lie outside
    down = (place - pick[:, 5:6]).abs() < 0.15
    hole = (across[:, None, :] & down[:, :, None])[:, None]
    return torch.where(hole, grey.mean(dim=(2, 3), keepdim=True), image).clamp(0.0, 1.0)


def train_judge(corpus: Corpus, out: Path, budget: Budget, seed: int, device: torch.device) -> None:
    """Train the judge; the checkpoint is `judge.pt`."""
    torch.manual_seed(seed)
    model = Judge(len(corpus.concepts)).to(device).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), weight_decay=0.05, fused=True)
    run = Run(out, "judge", budget, {"model": model}, optimiser, peak_rate=2e-3)
    painter = Painter(corpus, SIDE, seed + 7000 + run.progress.step, PLACEMENT)
    chooser = NamedPictures(corpus)
    while not run.done:
        scenes = painter.paint(chooser.draw(BATCH, painter.generator))
        image = heavy(scenes.image, painter.generator).to(device)
        concept = scenes.first.concept.to(device)
        run.set_rate()
        with torch.autocast(device.type, torch.bfloat16):
            logits = model(image)
        loss = functional.cross_entropy(logits.float(), concept, label_smoothing=0.05)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        right = (logits.argmax(1) == concept).float().mean()
        run.advance(BATCH, {"loss": loss.item(), "right": right.item()})
