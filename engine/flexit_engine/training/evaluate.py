"""Stage `evaluate`: within-cluster edits of held-out pictures, named by the judge.

Sources are drawings of the held-out style on random backgrounds and held-out photographs; targets
are other concepts of the same cluster. Beside FlexIT stand the paper's three baselines: COPY (the
source itself), ENCODE (the autoencoder's copy of it) and RETRIEVE (the training picture nearest to
the target point), and the same edit with encoders that were never hardened.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from flexit_engine.flexit.objective import aim, open_source
from flexit_engine.flexit.optimise import optimise
from flexit_engine.flexit.query import parse_query
from flexit_engine.networks.interfaces import Networks
from flexit_engine.settings import Settings
from flexit_engine.training.corpus import INK_STYLES, Corpus, Picture
from flexit_engine.training.judge import Judge
from flexit_engine.training.scenes import Painter, Placement

PLACEMENT = Placement(scale=(0.8, 0.95), shift=0.04, rotation=0.0, crop=(0.95, 1.0), flip=False)
BATCH = 16


@dataclass(frozen=True)
class Query:
    """Turn `picture`, which shows concept `source`, into concept `target` of the same cluster."""

    picture: Picture
    cluster: str
    source: int
    target: int


@dataclass(frozen=True)
class Score:
    """Figures of one method over all queries, fractions and means."""

    in_cluster: float
    """The judge names the target when it may choose among the cluster."""
    among_all: float
    """The judge names the target among all concepts."""
    source_named: float
    """The judge still names the source among all concepts."""
    pixels: float
    """Mean absolute difference to the source picture, in [0, 1]."""


def held_out(corpus: Corpus, usable: Callable[[Picture], bool]) -> dict[int, list[Picture]]:
    """Pictures of each concept that satisfy `usable`, ink drawings and drawn shapes left out."""
    found: dict[int, list[Picture]] = {}
    for picture in corpus.pictures:
        shown = picture.concept >= 0 and picture.origin not in (*INK_STYLES, "drawn")
        if shown and usable(picture):
            found.setdefault(picture.concept, []).append(picture)
    return found


def draw_queries(
    corpus: Corpus,
    count: int,
    seed: int,
    usable: Callable[[Picture], bool],
    wanted: Callable[[str], bool] = lambda _cluster: True,
) -> list[Query]:
    """Queries over all clusters in turn, so that each has its share.

    Photographs are asked for in clusters of photographs, drawings in those of drawings.

    Args:
        corpus: all pictures.
        count: how many queries.
        seed: of the choices.
        usable: which pictures may be sources.
        wanted: which clusters, by name.
    """
    chance = random.Random(seed)  # noqa: S311 -- not a secret
    pictures = held_out(corpus, usable)
    choices = []
    for cluster, members in corpus.clusters().items():
        kind = "photo" if cluster.startswith(("photo", "texture")) else "sprite"
        shown = {
            member: [picture for picture in pictures.get(member, []) if picture.kind == kind]
            for member in members
        }
        sources = [member for member, found in shown.items() if found]
        shape = cluster.startswith("drawn ")
        if sources and len(members) > 1 and wanted(cluster) and not shape:
            choices.append((cluster, members, sources, shown))
    queries: list[Query] = []
    while len(queries) < count:
        chance.shuffle(choices)
        for cluster, members, sources, shown in choices[: count - len(queries)]:
            source = chance.choice(sources)
            target = chance.choice([member for member in members if member != source])
            queries.append(Query(chance.choice(shown[source]), cluster, source, target))
    return queries


def flexit(
    networks: Networks,
    images: Tensor,
    texts: Sequence[tuple[str, str]],
    settings: Settings,
    seed: int = 0,
) -> Tensor:
    """Edit `B×3×R×R` pictures by FlexIT, some at a time; returns the same shape."""
    edited = []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        source = open_source(batch, networks, settings)
        queries = [parse_query(*pair) for pair in texts[start : start + BATCH]]
        target = aim(source, queries, networks.encoders, settings)
        seeds = range(seed + start, seed + start + len(batch))
        *_, last = optimise(source, target, networks, settings, seeds)
        edited.append(last.image.float())
    return torch.cat(edited)


@torch.no_grad()
def encode(networks: Networks, images: Tensor) -> Tensor:
    """ENCODE: what the autoencoder makes of the pictures."""
    return networks.autoencoder.decode(networks.autoencoder.encode(images)).float()


class Retrieval:
    """RETRIEVE: the training picture nearest to the target point, mean over the networks."""

    def __init__(self, corpus: Corpus, networks: Networks, resolution: int, seed: int) -> None:
        pictures = held_out(corpus, lambda picture: not picture.held_out)
        shown = [picture for found in pictures.values() for picture in found]
        painter = Painter(corpus, resolution, seed, PLACEMENT)
        self.networks = networks
        batches = [
            painter.paint(shown[start : start + 64]).image for start in range(0, len(shown), 64)
        ]
        self.images = torch.cat(batches)
        with torch.no_grad():
            self.embeddings = [
                torch.cat([encoder.encode_image(batch) for batch in batches]).float()
                for encoder in networks.encoders
            ]

    def find(self, images: Tensor, texts: Sequence[tuple[str, str]], settings: Settings) -> Tensor:
        """The nearest picture for each query, `B×3×R×R`."""
        source = open_source(images, self.networks, settings)
        queries = [parse_query(*pair) for pair in texts]
        target = aim(source, queries, self.networks.encoders, settings)
        nearness = sum(
            (
                point.float() @ known.T
                for point, known in zip(target.points, self.embeddings, strict=True)
            ),
            torch.zeros(()),
        )
        return self.images[nearness.argmax(1)]


@torch.no_grad()
def name_pictures(judge: Judge, images: Tensor) -> Tensor:
    """The judge's logits, mean over the picture and its mirror image."""
    judge.eval()
    return functional.log_softmax(judge(images), 1) + functional.log_softmax(
        judge(images.flip(3)), 1
    )


def score(
    judge: Judge, corpus: Corpus, queries: Sequence[Query], images: Tensor, sources: Tensor
) -> Score:
    """Ask the judge about one method's pictures."""
    logits = name_pictures(judge, images)
    target = torch.tensor([query.target for query in queries])
    source = torch.tensor([query.source for query in queries])
    allowed = torch.zeros_like(logits, dtype=torch.bool)
    members = corpus.clusters()
    for row, query in enumerate(queries):
        allowed[row, members[query.cluster]] = True
    inside = logits.masked_fill(~allowed, -torch.inf).argmax(1)
    named = logits.argmax(1)
    return Score(
        in_cluster=float((inside == target).float().mean()),
        among_all=float((named == target).float().mean()),
        source_named=float((named == source).float().mean()),
        pixels=float((images - sources).abs().mean()),
    )
