"""Stage `edits`: latents along real edits, for the autoencoder to learn to decode.

Crops of the gallery are edited towards things drawn at random, by the hardened encoders and the
autoencoder of the stage before; some of the latents on the way are kept.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from flexit_engine.errors import UsageError
from flexit_engine.flexit.objective import aim, open_source
from flexit_engine.flexit.optimise import optimise
from flexit_engine.flexit.query import Query, Reading, WeightedText
from flexit_engine.networks import mini
from flexit_engine.networks.device import choose_dtype
from flexit_engine.networks.freeze import freeze
from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.mini.encoders import MiniEncoder
from flexit_engine.networks.mini.photographs import PhotographEncoder
from flexit_engine.settings import Settings
from flexit_engine.training.average import read_average
from flexit_engine.training.export import export
from flexit_engine.training.gallery import Gallery
from flexit_engine.training.run import Run, Task
from flexit_engine.vocabulary.bag import split_words

SIDE = 96
TOGETHER = 8
KEPT_STEPS = (4, 8, 13, 18, 24)
SETTINGS = Settings(learning_rate=0.1, augmentations=1, perceptual_weight=0.1)
PHOTOGRAPHS = 0.75
"""Share of the edits that the encoders of photographs lead; drawings' lead the others."""


def make_edits(task: Task) -> None:
    """Write latents into the folder `edits`; the budget counts edits."""
    run = Run(task.out, "edits", task.budget)
    folder = task.out / "edits"
    folder.mkdir(exist_ok=True)
    networks = _networks(task)
    gallery = Gallery.load(task.pictures, task.corpus)
    things = _Things(networks, [thing.name for thing in task.corpus.subjects])
    generator = torch.Generator().manual_seed(task.seed + 5000 + run.progress.step)
    together = task.batch(TOGETHER)
    while not run.done:
        image = gallery.crops(together, SIDE, generator)
        seed = int(torch.randint(1 << 31, (1,), generator=generator))
        latents = edited_latents(image, networks, things.draw(together, seed), seed)
        path = folder / f"{run.progress.step:06}.safetensors"
        save_file({"latents": latents.half().contiguous()}, path)
        run.advance(together, {"size": latents.square().mean().sqrt()})


def edited_latents(
    image: Tensor, networks: Networks, readings: Sequence[Reading], seed: int
) -> Tensor:
    """Edit pictures `B×3×H×W`; the latents at `KEPT_STEPS`, `N×C×h×w`."""
    settings = SETTINGS.model_copy(update={"steps": KEPT_STEPS[-1]})
    source = open_source(image, networks, settings)
    target = aim(source, readings, networks.encoders, settings)
    steps = optimise(source, target, networks, settings, range(seed, seed + len(image)))
    return torch.cat([step.latent for step in steps if step.index in KEPT_STEPS])


def read_edits(folder: Path) -> Tensor:
    """All latents that were written, `N×C×h×w` in half precision.

    Raises:
        UsageError: there are none.
    """
    paths = sorted(folder.glob("*.safetensors"))
    if not paths:
        raise UsageError(f"There are no edits in {folder}.", "Run the stage edits first.")
    return torch.cat([load_file(path)["latents"] for path in paths])


def _networks(task: Task) -> Networks:
    """The encoders of `--start`, or as they have become, with the autoencoder as it stands."""
    autoencoder = read_average(task.out / "autoencoder.pt")
    if task.start:
        networks = mini.load(task.start, task.device)
        dtype = choose_dtype(task.device, autoencoder.kind)
        return replace(networks, autoencoder=freeze(autoencoder, task.device, dtype))
    with TemporaryDirectory() as folder:
        export(task.corpus, task.out, Path(folder), "robust", autoencoder)
        return mini.load(Path(folder), task.device)


class _Things:
    """Draws what to make of pictures: a thing that one kind of encoders knows."""

    def __init__(self, networks: Networks, names: Sequence[str]) -> None:
        self.encoders = networks.encoders
        drawings = [encoder for encoder in self.encoders if isinstance(encoder, MiniEncoder)]
        photographs = next(e for e in self.encoders if isinstance(e, PhotographEncoder))
        self.names = {
            MiniEncoder: [n for n in names if all(_knows(encoder, n) for encoder in drawings)],
            PhotographEncoder: list(photographs.labels),
        }

    def draw(self, count: int, seed: int) -> list[Reading]:
        chance = random.Random(seed)  # noqa: S311 -- no secret
        return [self._one(chance) for _ in range(count)]

    def _one(self, chance: random.Random) -> Reading:
        kind = PhotographEncoder if chance.random() < PHOTOGRAPHS else MiniEncoder
        asked = [isinstance(encoder, kind) for encoder in self.encoders]
        query = Query([], [WeightedText(chance.choice(self.names[kind]), 1.0)])
        return Reading(
            [query if there else None for there in asked], [there / sum(asked) for there in asked]
        )


def _knows(encoder: MiniEncoder, name: str) -> bool:
    return all(encoder.text.vocabulary.known(word) for word in split_words(name))
