"""Stages `plain` and `robust`: an image-text encoder, then the same one hardened.

The loss is a softmax over the texts of all things, one text of each drawn at random, and over
the colour names of the drawings that were repainted in this batch. Hardening (Madry et al. 2018)
replaces the pictures by the worst ones within a small L2 distance: only then does following the
encoder's gradient paint a thing that people recognise.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from flexit_engine.networks.mini.encoders import MiniEncoder
from flexit_engine.networks.mini.text import Vocabulary
from flexit_engine.training.colours import NAMES
from flexit_engine.training.corpus import INK_STYLES, Corpus
from flexit_engine.training.lessons import Candidates, Lesson
from flexit_engine.training.pools import Pools
from flexit_engine.training.pretrained import fill_lite, fill_squeezenet
from flexit_engine.training.resume import resume_encoder
from flexit_engine.training.run import Run, Task, load_modules
from flexit_engine.training.scenes import Painter

BATCH = 32
MIXUP = 0.25
"""Share of the batches in which two pictures are laid over each other."""
RADIUS = 12.0
"""Largest L2 distance of an attacked picture, for values in [0, 1] at 96 pixels."""
MEASURED = 256
"""Pictures on which the normalisations of finished weights are measured."""
REPAINT_SHARE = 0.2
BLEND_SHARE = 0.6


def vocabulary_of(corpus: Corpus) -> Vocabulary:
    """All words of the names, phrases and aliases, and the colour words."""
    texts = [text for thing in corpus.subjects for text in (thing.name, *thing.texts)]
    return Vocabulary.of_texts([*texts, *NAMES])


def lessons_of(corpus: Corpus) -> Pools:
    """What an encoder learns from: all that has a name and is not held out."""
    return Pools.mostly_concepts(
        [p for p in corpus.pictures if not p.held_out and p.origin not in INK_STYLES]
    )


def _groups(model: MiniEncoder) -> list[dict[str, Any]]:
    """Parameters with their learning rates: word vectors are of size 1, so they take big steps."""
    text = list(model.text.parameters())
    known = {id(parameter) for parameter in text}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in known]
    # without normalisation big steps undo what ImageNet taught
    normalised = any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    factor = 1.0 if normalised else 0.2
    return [{"params": rest, "factor": factor}, {"params": text, "factor": 4.0}]


def train_encoder(task: Task, design: str, kind: str) -> None:
    """Train one design, from nothing or hardened from its plain checkpoint.

    Args:
        task: what every stage is given.
        design: one of `DESIGNS`.
        kind: `plain` or `robust`; the checkpoint is called `DESIGN-KIND.pt`.
    """
    torch.manual_seed(task.seed)
    hard = kind == "robust"
    vocabulary = vocabulary_of(task.corpus)
    model = MiniEncoder(design, vocabulary)
    _begin(model, task, hard)
    model.to(task.device).to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(_groups(model), weight_decay=0.02, betas=(0.9, 0.98), fused=True)
    rate = task.rate(8e-4 if hard else 1.5e-3)
    run = Run(task.out, f"{design}-{kind}", task.budget, {"model": model}, optimiser, rate)
    painter = Painter(task.corpus, small_side(model), task.seed + 1000 + run.progress.step)
    chooser = lessons_of(task.corpus)
    lesson = Lesson(model, Candidates(task.corpus, vocabulary), painter.generator)
    batch = task.batch(BATCH)
    while not run.done:
        hardness = 1.0 if task.start else run.share
        if hard and hardness > 0.5:
            painter.resolution = model.resolution
        mixed = float(torch.rand(1, generator=painter.generator)) < MIXUP
        pictures = chooser.draw(batch, painter.generator)
        scenes = painter.paint(pictures, REPAINT_SHARE, 0.0 if mixed else BLEND_SHARE)
        image = lesson.ask(scenes, mixed)
        if hard:
            image = lesson.attacked(image, radius(hardness, painter.resolution))
        run.set_rate()
        text = model.text.encode_places(lesson.bags)
        loss, right = lesson.loss(image, text, (lesson.right, lesson.second))
        optimiser.zero_grad()
        torch.autograd.backward(loss.mean())
        torch.nn.utils.clip_grad_norm_(model.parameters(), 2.0)
        optimiser.step()
        run.advance(batch, {"loss": loss.mean(), "right": right.mean()})


def _begin(model: MiniEncoder, task: Task, hard: bool) -> None:
    """Fill an encoder: with a finished one, its own plain training, ImageNet's, or leave it."""
    if task.start:
        chooser = lessons_of(task.corpus)
        painter = Painter(task.corpus, model.resolution, task.seed)
        image = painter.paint(chooser.draw(MEASURED, painter.generator)).image
        resume_encoder(model, task.start, image.cpu())
    elif hard:
        load_modules(task.out / f"{model.name}-plain.pt", model=model)
    else:
        fill(model)


def fill(model: MiniEncoder) -> None:
    """Give the designs that have them ImageNet's weights."""
    if model.name == "lite":
        fill_lite(model.stages, "lite2")
        next(model.stages.parameters()).data *= 2  # it knows pictures in [-1, 1]
    elif model.name == "fire":
        fill_squeezenet(model.stages)


def small_side(model: MiniEncoder) -> int:
    """Side in pixels of plain training and of the first half of hardening: half the work."""
    return model.resolution * 3 // 4


def radius(share: float, side: int) -> float:
    """How far pictures of a side are attacked, after a share of hardening: from small to all."""
    return RADIUS * min(1.0, 0.15 + share / 0.4) * side / 96
