"""Stages `judge` and `second`: two classifiers that only evaluate edits.

They differ from the editing networks in their design (`judges.py`), in having no text and no
attacks, and in the augmentation. The first learns from heavily changed pictures; the second
plainly, from pictures that are only moved.

They see a little more than the editing networks: also the held-out style, but only of things that
are in no cluster and that no edit is ever asked for. So they know how that style draws, and not one
picture that they are asked about. Each thing of no cluster is a class of its own while they learn.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.networks.checkpoints import load_into, read_tensors
from flexit_engine.training.corpus import INK_STYLES, Corpus, Picture
from flexit_engine.training.judges import Judge
from flexit_engine.training.pools import Pools
from flexit_engine.training.pretrained import fill_lite
from flexit_engine.training.run import Run, Task
from flexit_engine.training.scenes import Painter, Placement

BATCH = 64
SIDE = 128
"""Side in pixels of what judges look at: that of the pictures that are edited."""


class School(NamedTuple):
    """How one judge is built and taught."""

    design: str
    placement: Placement
    heavy: bool


SCHOOLS = {
    "judge": School(
        "lite0",
        Placement(scale=(0.6, 1.2), shift=0.15, rotation=20.0, crop=(0.5, 1.0)),
        heavy=True,
    ),
    "second": School("lite1", Placement(restyle=False), heavy=False),
}


def lessons_of(corpus: Corpus) -> Pools:
    """What a judge learns from.

    Photographs are the hardest and the fewest, so those of concepts come twice more.
    """

    def usable(picture: Picture) -> bool:
        asked_for = picture.held_out and (picture.concept >= 0 or picture.kind == "photo")
        return not asked_for and picture.origin not in INK_STYLES

    seen = [picture for picture in corpus.pictures if usable(picture)]
    everything = Pools.mostly_concepts(seen)
    photographs = Pools(p for p in seen if p.concept >= 0 and p.kind == "photo")
    everything.pools += 2 * photographs.pools
    return everything


def heavy(image: Tensor, generator: torch.Generator) -> Tensor:
    """Noise, blur, strong light changes and a cut-out square; hue stays, colours are concepts."""
    count, side = len(image), image.shape[-1]
    pick = torch.rand((count, 6), generator=generator).to(image.device)
    grey = image.mean(1, keepdim=True)
    saturation = (0.6 + 0.8 * pick[:, 0])[:, None, None, None]
    image = (grey + (image - grey) * saturation).clamp(0.0, 1.0)
    image = image.clamp(min=1e-3) ** (0.6 + 1.0 * pick[:, 1])[:, None, None, None]
    soft = functional.avg_pool2d(image, 5, 1, 2, count_include_pad=False)
    image = torch.where((pick[:, 2] < 0.3)[:, None, None, None], soft, image)
    strength = (0.12 * (pick[:, 3] - 0.4).clamp(min=0.0))[:, None, None, None]
    image = image + torch.randn_like(image) * strength
    place = torch.arange(side, device=image.device) / side
    across = (place - 2 * pick[:, 4:5]).abs() < 0.15  # half of the squares lie outside
    down = (place - pick[:, 5:6]).abs() < 0.15
    hole = (across[:, None, :] & down[:, :, None])[:, None]
    return torch.where(hole, grey.mean(dim=(2, 3), keepdim=True), image).clamp(0.0, 1.0)


def train_judge(task: Task, name: str) -> None:
    """Train one of `SCHOOLS`; the checkpoint is called like it: `judge.pt`, `second.pt`."""
    torch.manual_seed(task.seed)
    corpus, device, school = task.corpus, task.device, SCHOOLS[name]
    model = Judge(len(corpus.concepts), school.design, SIDE)
    if task.start:
        path = task.start / f"{name}.safetensors"
        load_into(model, read_tensors(path), path, "a judge")
    else:
        fill_lite(model.body, school.design)
    model = model.to(device).to(memory_format=torch.channels_last)
    others = nn.Linear(model.width, len(corpus.others)).to(device)
    parameters = [*model.parameters(), *others.parameters()]
    optimiser = torch.optim.AdamW(parameters, weight_decay=0.05, fused=True)
    modules = {"model": model, "others": others}
    run = Run(task.out, name, task.budget, modules, optimiser, task.rate(2e-3))
    painter = Painter(corpus, SIDE, task.seed + 7000 + run.progress.step, school.placement)
    chooser = lessons_of(corpus)
    batch = task.batch(BATCH)
    while not run.done:
        pictures = chooser.draw(batch, painter.generator)
        image = painter.paint(pictures).image
        if school.heavy:
            image = heavy(image, painter.generator)
        subject = torch.tensor([picture.subject for picture in pictures], device=device)
        run.set_rate()
        features = model.features(image)
        logits = torch.cat([model.head(features), others(features)], 1)
        loss = functional.cross_entropy(logits, subject, label_smoothing=0.05)
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        right = (logits.argmax(1) == subject).float().mean()
        run.advance(batch, {"loss": loss, "right": right})
