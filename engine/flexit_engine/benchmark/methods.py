"""The methods side by side: the paper's three baselines, FlexIT, and anybody's own class."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from flexit_engine.benchmark.datasets import DataSet
from flexit_engine.benchmark.pictures import to_tensor
from flexit_engine.benchmark.queries import Query
from flexit_engine.canvas import Picture
from flexit_engine.editor import Editor, EditStep, Mask
from flexit_engine.errors import UsageError
from flexit_engine.flexit.augmentation import whole
from flexit_engine.flexit.objective import aim, open_source, read
from flexit_engine.flexit.query import parse_query
from flexit_engine.settings import Settings

ALONG = (0, 8, 16, 32, 64, 96, 128, 160)
"""Steps after which FlexIT's pictures are kept: the abscissae of the paper's curves."""
RETRIEVED_PER_LABEL = 20
"""Real pictures of each label that RETRIEVE chooses among."""

Selection = Callable[[Query], Mask | None]
"""Where a query's picture may change: `H×W` in [0, 1]; none for all of it."""
OwnMethod = Callable[[Image.Image, str, str], Image.Image]
"""What a user's class is once it is made: (picture, source, target) -> picture."""


def everywhere(query: Query) -> Mask | None:  # noqa: ARG001 -- a `Selection`
    """No selection."""
    return None


def in_the_mask(data: DataSet) -> Selection:
    """The query's mask as a selection, where it has one."""

    def select(query: Query) -> Mask | None:
        if not query.mask:
            return None
        mask = data.picture(query.mask, query.index).convert("L")
        return np.asarray(mask, dtype=np.float32) / np.float32(255)

    return select


@dataclass(frozen=True)
class Edit:
    """What a method made of one query."""

    picture: Image.Image
    along: Mapping[int, Image.Image] = field(default_factory=dict)
    """Pictures after fewer steps."""
    losses: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    """Its share of the time its batch took."""
    refused: str = ""
    """Why the method could not do it; the picture is then the source."""


class Method(Protocol):
    """Edits some pictures at a time; the same ones in the same order give the same bytes."""

    def edit(self, pictures: Sequence[Image.Image], queries: Sequence[Query]) -> list[Edit]:
        """Edit square RGB pictures of one size, one for each query."""
        ...


class Copy:
    """COPY: the source itself."""

    def edit(self, pictures: Sequence[Image.Image], queries: Sequence[Query]) -> list[Edit]:
        """The same pictures."""
        return [Edit(picture) for picture, _ in zip(pictures, queries, strict=True)]


@dataclass(frozen=True)
class Encode:
    """ENCODE: what the autoencoder makes of the source."""

    editor: Editor
    settings: Settings

    def edit(self, pictures: Sequence[Image.Image], queries: Sequence[Query]) -> list[Edit]:
        """Step 0 of FlexIT, which is the autoencoder's copy."""
        settings = self.settings.replace(steps=0, composition="decoded")
        return FlexIT(self.editor, settings).edit(pictures, queries)


@dataclass(frozen=True)
class FlexIT:
    """The edit itself, several pictures side by side."""

    editor: Editor
    settings: Settings
    selection: Selection = everywhere

    def edit(self, pictures: Sequence[Image.Image], queries: Sequence[Query]) -> list[Edit]:
        """Edit; a query's views depend on its own index alone."""
        started = time.perf_counter()
        opened = [
            self.editor.open(
                Picture.from_array(np.asarray(picture)),
                self.selection(query),
                self.settings,
                query.source,
            )
            for picture, query in zip(pictures, queries, strict=True)
        ]
        texts = [(query.source, query.target) for query in queries]
        seeds = [self.settings.seed + query.index for query in queries]
        along: list[dict[int, Image.Image]] = [{} for _ in queries]
        rows: list[EditStep] = []
        for rows in self.editor.edit(opened, texts, self.settings, seeds):
            if rows[0].index in ALONG and rows[0].index < self.settings.steps:
                for row, step in enumerate(rows):
                    along[row][step.index] = Image.fromarray(step.picture.pixels)
        ends = [Image.fromarray(step.picture.pixels) for step in rows]
        seconds = (time.perf_counter() - started) / len(queries)
        return [
            Edit(end, kept, step.losses, seconds)
            for end, kept, step in zip(ends, along, rows, strict=True)
        ]


class Retrieve:
    """RETRIEVE: the real picture nearest to the target point, mean over the networks."""

    def __init__(self, editor: Editor, settings: Settings, data: DataSet) -> None:
        self.editor, self.settings, self.data = editor, settings, data
        self._known: list[tuple[str, int]] = [
            (path, number)
            for paths in data.references.values()
            for number, path in enumerate(paths[:RETRIEVED_PER_LABEL])
        ]
        if not self._known:
            raise UsageError(
                "RETRIEVE has no real pictures to choose from.",
                "Name a folder of them with --references.",
            )
        self._embeddings: tuple[Tensor, ...] | None = None

    def edit(self, pictures: Sequence[Image.Image], queries: Sequence[Query]) -> list[Edit]:
        """Find the nearest of the references."""
        image = to_tensor(pictures).to(self.editor.device)
        source = open_source(image, self.editor.networks, self.settings)
        texts = [parse_query(query.source, query.target) for query in queries]
        networks = self.editor.networks
        readings = read(texts, source, networks, self.settings.member)
        target = aim(source, readings, networks.encoders, self.settings)
        if self._embeddings is None:
            self._embeddings = self._embed()
        nearness = [
            share[:, None] * (point.float() @ known.T)
            for share, point, known in zip(
                target.weights, target.points, self._embeddings, strict=True
            )
        ]
        nearest = torch.stack(nearness).sum(0).argmax(1)
        return [Edit(self.data.picture(*self._known[place])) for place in nearest.tolist()]

    @torch.no_grad()
    def _embed(self) -> tuple[Tensor, ...]:
        rows: list[list[Tensor]] = [[] for _ in self.editor.networks.encoders]
        for start in range(0, len(self._known), 64):
            pictures = [self.data.picture(*known) for known in self._known[start : start + 64]]
            image = to_tensor(pictures).to(self.editor.device)
            for found, encoder in zip(rows, self.editor.networks.encoders, strict=True):
                found.append(encoder.encode_image(whole(image, encoder.resolution)).float())
        return tuple(torch.cat(found) for found in rows)


@dataclass(frozen=True)
class Own:
    """A user's method, one picture at a time."""

    call: OwnMethod

    def edit(self, pictures: Sequence[Image.Image], queries: Sequence[Query]) -> list[Edit]:
        """Call it; what it returns is brought to the size of what it got.

        Raises:
            UsageError: it returned something else than a picture.
        """
        edits = []
        for picture, query in zip(pictures, queries, strict=True):
            started = time.perf_counter()
            made = self.call(picture.copy(), query.source, query.target)
            if not isinstance(made, Image.Image):
                raise UsageError(
                    f"The method returned a {type(made).__name__}.", "It returns a PIL image."
                )
            seconds = time.perf_counter() - started
            edits.append(Edit(made.convert("RGB").resize(picture.size), seconds=seconds))
        return edits


def import_method(path: str, arguments: Mapping[str, Any]) -> Own:
    """Make a user's class, `package.module:Class`.

    Raises:
        UsageError: there is no such class.
    """
    module, _, name = path.partition(":")
    try:
        made: OwnMethod = getattr(import_module(module), name)(**arguments)
    except (ImportError, AttributeError, TypeError) as error:
        raise UsageError(
            f"The method {path!r} cannot be made: {error}.",
            "Write it as package.module:Class; its folder belongs on PYTHONPATH.",
        ) from None
    return Own(made)
