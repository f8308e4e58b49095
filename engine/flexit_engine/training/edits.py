"""Stage `edits`: latents along real edits, for the autoencoder to learn to decode.

Crops of the gallery are edited towards things drawn at random, with the autoencoder as it stands;
some of the latents on the way are kept.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from flexit_engine.flexit.objective import aim, open_source
from flexit_engine.flexit.optimise import optimise
from flexit_engine.flexit.query import Query, Reading, WeightedText
from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.mini.encoders import MiniEncoder
from flexit_engine.networks.mini.photographs import PhotographEncoder
from flexit_engine.settings import Settings
from flexit_engine.training.gallery import Gallery
from flexit_engine.vocabulary import Vocabulary

SIDE = 96
TOGETHER = 8
KEPT_STEPS = (4, 8, 13, 18, 24)
SETTINGS = Settings(steps=KEPT_STEPS[-1], learning_rate=0.1, augmentations=1, perceptual_weight=0.1)


def edited_latents(networks: Networks, gallery: Gallery, generator: torch.Generator) -> Tensor:
    """Edit a few random crops; the latents at `KEPT_STEPS`, `N×C×h×w`."""
    image = gallery.crops(TOGETHER, SIDE, generator)
    seed = int(torch.randint(1 << 31, (1,), generator=generator))
    source = open_source(image, networks, SETTINGS)
    readings = [_anything(networks, random.Random(seed + row)) for row in range(TOGETHER)]  # noqa: S311
    target = aim(source, readings, networks.encoders, SETTINGS)
    seeds = range(seed, seed + TOGETHER)
    steps = optimise(source, target, networks, SETTINGS, seeds)
    return torch.cat([step.latent for step in steps if step.index in KEPT_STEPS])


def _anything(networks: Networks, chance: random.Random) -> Reading:
    """A random thing for one kind of encoders, photographs three times of four."""
    kind = PhotographEncoder if chance.random() < 0.75 else MiniEncoder
    asked = [isinstance(encoder, kind) for encoder in networks.encoders]
    vocabulary = Vocabulary.load()
    if kind is PhotographEncoder:
        name = vocabulary.class_name(chance.randrange(1000))
    else:
        name = chance.choice(sorted(vocabulary.tables.phrases))
    query = Query([], [WeightedText(name, 1.0)])
    return Reading(
        [query if there else None for there in asked], [there / sum(asked) for there in asked]
    )


def keep(latents: Tensor, folder: Path, number: int) -> None:
    """Write a batch of them."""
    folder.mkdir(parents=True, exist_ok=True)
    save_file({"latents": latents.half().contiguous()}, folder / f"{number:06}.safetensors")


def draw(folder: Path, count: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Batches of `count` latents at random, of all that have been written by then."""
    read: dict[Path, Tensor] = {}
    while True:
        for path in folder.glob("*.safetensors"):
            if path not in read:
                read[path] = load_file(path)["latents"]
        pool = torch.cat(list(read.values()))
        for _ in range(64):
            yield pool[torch.randint(len(pool), (count,), generator=generator)].float()
