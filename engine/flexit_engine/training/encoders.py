"""Stages `plain` and `robust`: an image-text encoder, then the same one hardened.

The loss is a softmax over the texts of all concepts, one text of each drawn at random, and over
the colour names of the drawings that were repainted in this batch. Hardening (Madry et al. 2018)
replaces the pictures by the worst ones within a small L2 distance: only then does following the
encoder's gradient paint a thing that people recognise.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from flexit_engine.networks.mini.encoders import MiniEncoder
from flexit_engine.networks.mini.text import Vocabulary
from flexit_engine.training.colours import NAMES
from flexit_engine.training.corpus import INK_STYLES, Corpus, Picture
from flexit_engine.training.run import Budget, Run, load_modules
from flexit_engine.training.scenes import Painter, Scenes, jitter

BATCH = 32
SMALL_SIDE = 64
"""Side in pixels of plain training and of the first half of hardening: less than half the work."""
MIXUP = 0.25
"""Share of the batches in which two pictures are laid over each other."""
RADIUS = 12.0
"""Largest L2 distance of an attacked picture, for values in [0, 1] at 96 pixels."""
HIGHEST_LOG_SCALE = 3.22
REPAINT_SHARE = 0.2
BLEND_SHARE = 0.6


def vocabulary_of(corpus: Corpus) -> Vocabulary:
    """All words of the names, phrases and aliases, and the colour words."""
    texts = [text for concept in corpus.concepts for text in (concept.name, *concept.texts)]
    return Vocabulary.of_texts([*texts, *NAMES])


class NamedPictures:
    """Draws pictures that have a name: every concept equally often, then every kind of it."""

    def __init__(self, corpus: Corpus, only_held_out: bool = False) -> None:
        pools: dict[int, dict[str, list[Picture]]] = {}
        for picture in corpus.pictures:
            wanted = picture.concept >= 0 and picture.origin not in INK_STYLES
            if wanted and picture.held_out == only_held_out:
                kind = "drawn" if picture.origin == "drawn" else picture.kind
                pools.setdefault(picture.concept, {}).setdefault(kind, []).append(picture)
        self.pools = [list(kinds.values()) for kinds in pools.values()]

    def draw(self, count: int, generator: torch.Generator) -> list[Picture]:
        """`count` pictures, with replacement."""
        chosen = []
        for first, second, third in torch.rand((count, 3), generator=generator).tolist():
            kinds = self.pools[int(first * len(self.pools))]
            pool = kinds[int(second * len(kinds))]
            chosen.append(pool[int(third * len(pool))])
        return chosen


class Candidates:
    """The texts that a batch of pictures has to tell apart."""

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary) -> None:
        self.bags = []
        for concept in corpus.concepts:
            texts = [concept.name, concept.name, *concept.texts]
            self.bags.append([vocabulary.places(text) for text in texts])
        self.colour_bags = [vocabulary.places(name) for name in NAMES]

    def draw(
        self, scenes: Scenes, generator: torch.Generator
    ) -> tuple[list[list[int]], Tensor, Tensor, Tensor]:
        """Word bags of the candidates, the right ones, and those that are not asked.

        Returns:
            bags: one per concept, then one for each (concept, colour) of the repainted pictures.
            first, second: `B`, indices of what each picture shows.
            silent: `B×len(bags)`, true where a candidate is also true, or may be.
        """
        picks = torch.rand(len(self.bags), generator=generator).tolist()
        bags = [texts[int(at * len(texts))] for texts, at in zip(self.bags, picks, strict=True)]
        extra: dict[tuple[int, int], int] = {}

        def place(concept: int, colour: int) -> int:
            if colour < 0:
                return concept
            wrong = (colour + 1 + int(1e4 * picks[concept]) % (len(NAMES) - 1)) % len(NAMES)
            for shade in (colour, wrong):
                if (concept, shade) not in extra:
                    extra[concept, shade] = len(bags)
                    bags.append([*self.colour_bags[shade], *bags[concept]])
            return extra[concept, colour]

        first, second = (
            torch.tensor([
                place(concept, colour)
                for concept, colour in zip(
                    labels.concept.tolist(), labels.colour.tolist(), strict=True
                )
            ])
            for labels in (scenes.first, scenes.second)
        )  # fmt: skip
        things = torch.tensor([*range(len(self.bags)), *(concept for concept, _ in extra)])
        same_thing = things[None, :] == scenes.first.concept[:, None]
        coloured = torch.arange(len(bags)) >= len(self.bags)
        plain = first < len(self.bags)
        silent = same_thing & (plain[:, None] == coloured[None, :])
        keys = {tuple(sorted(bag)): at for at, bag in enumerate(bags)}
        key = torch.tensor([keys[tuple(sorted(bag))] for bag in bags])
        silent |= (key[None, :] == key[first][:, None]) | (key[None, :] == key[second][:, None])
        return bags, first, second, silent


def attack(loss: Callable[[Tensor], Tensor], image: Tensor, radius: Tensor, sign: Tensor) -> Tensor:
    """Move each picture to where the loss is higher (sign 1) or lower (sign -1), within a ball.

    One step of the ball's radius from a random point at half of it (Wong et al. 2020).

    Args:
        loss: pictures `B×3×H×W` -> `B`.
        image: where the balls are centred, in [0, 1].
        radius: `B`, L2 distance that each picture may move.
        sign: `B`, 1 or -1.
    """
    reach = radius[:, None, None, None]
    delta = (0.5 * reach * unit(torch.randn_like(image))).requires_grad_()
    (slope,) = torch.autograd.grad((sign * loss(image + delta)).sum(), delta)
    moved = delta.detach() + reach * unit(slope)
    moved = unit(moved) * torch.minimum(length(moved), reach)
    return (image + moved).clamp(0.0, 1.0)


def length(image: Tensor) -> Tensor:
    """L2 length of each picture, `B×1×1×1`, never quite zero."""
    return image.square().sum(dim=(1, 2, 3), keepdim=True).sqrt().clamp(min=1e-12)


def unit(image: Tensor) -> Tensor:
    """Each picture scaled to L2 length 1."""
    return image / length(image)


class Lesson:
    """One batch's question: pictures (perhaps two laid over each other) and candidate texts."""

    def __init__(
        self, model: MiniEncoder, candidates: Candidates, generator: torch.Generator
    ) -> None:
        self.model = model
        self.candidates = candidates
        self.generator = generator

    def ask(self, scenes: Scenes, mixed: bool) -> Tensor:
        """Prepare the texts of a batch; returns its pictures, laid over each other if `mixed`."""
        drawn = self.candidates.draw(scenes, self.generator)
        self.bags, self.right, self.second, self.silent = drawn
        self.share = scenes.share
        image = jitter(scenes.image, self.generator)
        if mixed:
            order = torch.randperm(len(image), generator=self.generator)
            self.share = torch.rand(len(image), generator=self.generator) * 0.5 + 0.5
            weight = self.share[:, None, None, None]
            image = image * weight + image[order] * (1 - weight)
            self.second = self.right[order]
        return image

    def loss(
        self, image: Tensor, text: Tensor, answers: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Cross entropy of each picture, and whether the first answer was found, both `B`."""
        with torch.autocast(image.device.type, torch.bfloat16):
            embedded = self.model.encode_image(image)
        scale = self.model.log_scale.clamp(max=HIGHEST_LOG_SCALE).exp()
        logits = scale * embedded @ text.T
        both = torch.stack(answers, 1)
        silent = self.silent.scatter(1, both, torch.zeros_like(both, dtype=torch.bool))
        logits = logits.masked_fill(silent.to(logits.device), -1e4)
        found = functional.log_softmax(logits, 1).gather(1, both.to(logits.device))
        share = self.share.to(logits.device)
        right = (logits.argmax(1).cpu() == answers[0]).float()
        return -(share * found[:, 0] + (1 - share) * found[:, 1]), right

    def attacked(self, image: Tensor, radius: float) -> Tensor:
        """The pictures moved: half away from their answer, half towards a wrong one."""
        count = len(image)
        with torch.no_grad():
            text = self.model.text.encode_places(self.bags)
        wrong = torch.randint(len(self.candidates.bags), (count,), generator=self.generator)
        towards = torch.rand(count, generator=self.generator) < 0.5
        first = torch.where(towards, wrong, self.right)
        second = torch.where(towards, wrong, self.second)
        reach = radius * torch.rand(count, generator=self.generator).sqrt()
        sign = torch.where(towards, -1.0, 1.0)
        reach, sign = reach.to(image.device), sign.to(image.device)
        return attack(lambda moved: self.loss(moved, text, (first, second))[0], image, reach, sign)


def _groups(model: MiniEncoder) -> list[dict[str, Any]]:
    """Parameters with their learning rates: word vectors are of size 1, so they take big steps."""
    text = list(model.text.parameters())
    known = {id(parameter) for parameter in text}
    rest = [parameter for parameter in model.parameters() if id(parameter) not in known]
    return [{"params": rest}, {"params": text, "factor": 4.0}]


def train_encoder(
    corpus: Corpus,
    out: Path,
    budget: Budget,
    seed: int,
    design: str,
    device: torch.device,
    start: Path | None = None,
) -> None:
    """Train one design: plainly, or hardened when it starts from a plain checkpoint."""
    torch.manual_seed(seed)
    vocabulary = vocabulary_of(corpus)
    model = MiniEncoder(design, vocabulary).to(device).to(memory_format=torch.channels_last)
    if start is not None:
        load_modules(start, model=model)
    rate = 1.5e-3 if start is None else 8e-4
    optimiser = torch.optim.AdamW(_groups(model), weight_decay=0.02, betas=(0.9, 0.98), fused=True)
    name = f"{design}-{'plain' if start is None else 'robust'}"
    run = Run(out, name, budget, {"model": model}, optimiser, peak_rate=rate)
    painter = Painter(corpus, SMALL_SIDE, seed + 1000 + run.progress.step)
    chooser = NamedPictures(corpus)
    lesson = Lesson(model, Candidates(corpus, vocabulary), painter.generator)
    parameters = list(model.parameters())
    while not run.done:
        if start is not None and run.share > 0.5:
            painter.resolution = model.resolution
        mixed = float(torch.rand(1, generator=painter.generator)) < MIXUP
        pictures = chooser.draw(BATCH, painter.generator)
        scenes = painter.paint(pictures, REPAINT_SHARE, 0.0 if mixed else BLEND_SHARE)
        image = lesson.ask(scenes, mixed).to(device)
        if start is not None:
            radius = RADIUS * min(1.0, 0.15 + run.share / 0.4) * painter.resolution / 96
            image = lesson.attacked(image, radius)
        run.set_rate()
        text = model.text.encode_places(lesson.bags)
        loss, right = lesson.loss(image, text, (lesson.right, lesson.second))
        optimiser.zero_grad()
        torch.autograd.backward(loss.mean())
        torch.nn.utils.clip_grad_norm_(parameters, 2.0)
        optimiser.step()
        run.advance(BATCH, {"loss": loss.mean().item(), "right": right.mean().item()})
