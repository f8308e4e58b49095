"""What an encoder is asked in one step: which of these texts does each picture show?"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from flexit_engine.networks.mini.encoders import MiniEncoder
from flexit_engine.networks.mini.text import Vocabulary
from flexit_engine.training.attacks import attack
from flexit_engine.training.colours import NAMES
from flexit_engine.training.corpus import Corpus
from flexit_engine.training.run import half_precision
from flexit_engine.training.scenes import Scenes, jitter

HIGHEST_LOG_SCALE = 3.22


class Candidates:
    """The texts that a batch of pictures has to tell apart."""

    def __init__(self, corpus: Corpus, vocabulary: Vocabulary) -> None:
        self.bags = []
        for thing in corpus.subjects:
            texts = [thing.name, thing.name, *thing.texts]
            self.bags.append([sorted(vocabulary.places(text)) for text in texts])
        self.colour_bags = [vocabulary.places(name) for name in NAMES]

    def draw(
        self, scenes: Scenes, generator: torch.Generator
    ) -> tuple[list[list[int]], Tensor, Tensor, Tensor]:
        """Word bags of the candidates, the right ones, and those that are not asked.

        Returns:
            bags: one per subject, then one for each (subject, colour) of the repainted pictures.
            first, second: `B`, indices of what each picture shows.
            silent: `B×len(bags)`, true where a candidate is also true, or may be.
        """
        picks = torch.rand(len(self.bags), generator=generator).tolist()
        bags = [texts[int(at * len(texts))] for texts, at in zip(self.bags, picks, strict=True)]
        extra: dict[tuple[int, int], int] = {}

        def place(subject: int, colour: int) -> int:
            if colour < 0:
                return subject
            wrong = (colour + 1 + int(1e4 * picks[subject]) % (len(NAMES) - 1)) % len(NAMES)
            for shade in (colour, wrong):
                if (subject, shade) not in extra:
                    extra[subject, shade] = len(bags)
                    bags.append(sorted([*self.colour_bags[shade], *bags[subject]]))
            return extra[subject, colour]

        first, second = (
            torch.tensor([
                place(subject, colour)
                for subject, colour in zip(
                    labels.subject.tolist(), labels.colour.tolist(), strict=True
                )
            ])
            for labels in (scenes.first, scenes.second)
        )  # fmt: skip
        things = torch.tensor([*range(len(self.bags)), *(subject for subject, _ in extra)])
        same_thing = things[None, :] == scenes.first.subject[:, None]
        coloured = torch.arange(len(bags)) >= len(self.bags)
        plain = first < len(self.bags)
        silent = same_thing & (plain[:, None] == coloured[None, :])
        keys = {tuple(bag): at for at, bag in enumerate(bags)}
        key = torch.tensor([keys[tuple(bag)] for bag in bags])
        silent |= (key[None, :] == key[first][:, None]) | (key[None, :] == key[second][:, None])
        return bags, first, second, silent


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
        self.bags, *answers = self.candidates.draw(scenes, self.generator)
        device = scenes.image.device
        self.right, self.second, self.silent = (answer.to(device) for answer in answers)
        self.share = scenes.share
        image = jitter(scenes.image, self.generator)
        if mixed:
            order = torch.randperm(len(image), generator=self.generator).to(device)
            chance = torch.rand(len(image), generator=self.generator).to(device)
            self.share = 0.5 + 0.5 * chance
            weight = self.share[:, None, None, None]
            image = image * weight + image[order] * (1 - weight)
            self.second = self.right[order]
        return image

    def loss(
        self, image: Tensor, text: Tensor, answers: tuple[Tensor, Tensor]
    ) -> tuple[Tensor, Tensor]:
        """Cross entropy of each picture, and whether the first answer was found, both `B`."""
        with half_precision(image.device, self.model.kind):
            embedded = self.model.encode_image(image)
        scale = self.model.log_scale.clamp(max=HIGHEST_LOG_SCALE).exp()
        logits = scale * embedded @ text.T
        both = torch.stack(answers, 1)
        silent = self.silent.scatter(1, both, torch.zeros_like(both, dtype=torch.bool))
        logits = logits.masked_fill(silent, -1e4)
        found = functional.log_softmax(logits, 1).gather(1, both)
        right = (logits.argmax(1) == answers[0]).float()
        return -(self.share * found[:, 0] + (1 - self.share) * found[:, 1]), right

    def attacked(self, image: Tensor, radius: float) -> Tensor:
        """The pictures moved: half away from their answer, half towards a wrong one."""
        count = len(image)
        with torch.no_grad():
            text = self.model.text.encode_places(self.bags)
        wrong = torch.randint(len(self.candidates.bags), (count,), generator=self.generator)
        chance, part = torch.rand((2, count), generator=self.generator).to(image.device)
        towards = chance < 0.5
        first = torch.where(towards, wrong.to(image.device), self.right)
        second = torch.where(towards, wrong.to(image.device), self.second)
        reach, sign = radius * part.sqrt(), torch.where(towards, -1.0, 1.0)
        return attack(lambda moved: self.loss(moved, text, (first, second))[0], image, reach, sign)
