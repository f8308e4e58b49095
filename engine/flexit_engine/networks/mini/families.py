"""The three kinds of embedded encoders, each with a closed vocabulary of its own.

Photographs know ImageNet's 1000 kinds of things, drawings the names they were taught, colours the
eleven basic colour words.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, Protocol

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from flexit_engine.flexit.query import WeightedText
from flexit_engine.flexit.target import encode_texts
from flexit_engine.networks.mini.colours import ColourEncoder
from flexit_engine.networks.mini.encoders import MiniEncoder
from flexit_engine.networks.mini.photographs import PhotographEncoder
from flexit_engine.vocabulary import Meaning, Vocabulary


class Side(NamedTuple):
    """One side of a query, understood: its things and how much each of them counts."""

    meanings: Sequence[Meaning]
    weights: Sequence[float]

    def texts(self, names: Sequence[str]) -> list[WeightedText]:
        """Those things that have a name, under it."""
        named = zip(names, self.weights, strict=True)
        return [WeightedText(name, weight) for name, weight in named if name]


class Recogniser(Protocol):
    """A kind of encoders that knows things, not only colours."""

    places: Sequence[int]
    """Which of the profile's encoders they are."""

    def names(self, side: Side, image: Sequence[Tensor], member: int = 0) -> list[str]:
        """What each thing is called here, empty where it is not known.

        Args:
            side: the things.
            image: C_i(I0) of each of the profile's encoders, `D`.
            member: which member of a group is taken, 0 for the nearest to the picture.
        """
        ...

    def sureness(self, side: Side, image: Sequence[Tensor]) -> float:
        """How likely the picture shows the side, mean over the encoders.

        Of a side without things: how likely it shows what it most likely shows.
        """
        ...

    def map(self, texts: Sequence[WeightedText], image: Tensor, size: Sequence[int]) -> Tensor:
        """Where a picture `1×3×H×W` shows texts: `1×1×h×w` of `size`, ≥ 0, at most about 1."""
        ...


class Photographs:
    """EfficientNet-Lite 0, 1 and 2."""

    def __init__(self, places: Sequence[int], encoders: Sequence[PhotographEncoder]) -> None:
        self.places, self.encoders = places, encoders
        self.labels = list(encoders[0].labels)

    def names(self, side: Side, image: Sequence[Tensor], member: int = 0) -> list[str]:
        """See `Recogniser`. The mean of a group's vectors paints nothing: one member does."""
        likeness = torch.stack(
            [
                encoder.likeness(image[at])
                for at, encoder in zip(self.places, self.encoders, strict=True)
            ]
        ).mean(dim=0)

        def name(meaning: Meaning) -> str:
            nearest = sorted(meaning.classes, key=lambda index: -float(likeness[index]))
            return self.labels[nearest[member % len(nearest)]] if nearest else ""

        return [name(meaning) for meaning in side.meanings]

    def sureness(self, side: Side, image: Sequence[Tensor]) -> float:
        """See `Recogniser`; a group is as likely as its members together."""
        likely = torch.stack(
            [
                encoder.recognise(image[at])
                for at, encoder in zip(self.places, self.encoders, strict=True)
            ]
        ).mean(dim=0)
        if not side.meanings:
            return float(likely.max())
        classes = sorted({index for meaning in side.meanings for index in meaning.classes})
        return float(likely[classes].sum())

    def map(self, texts: Sequence[WeightedText], image: Tensor, size: Sequence[int]) -> Tensor:
        """See `Recogniser`."""
        return activation_map(self.encoders, texts, image, size)


class Drawings:
    """The encoders that this project taught the names of drawings."""

    def __init__(self, places: Sequence[int], encoders: Sequence[MiniEncoder]) -> None:
        self.places, self.encoders = places, encoders

    def names(self, side: Side, image: Sequence[Tensor], member: int = 0) -> list[str]:
        """See `Recogniser`; a drawn cat is a cat, whichever: there are no members."""
        del image, member
        return [meaning.drawn for meaning in side.meanings]

    def sureness(self, side: Side, image: Sequence[Tensor]) -> float:
        """See `Recogniser`."""
        named = [name for name in self.names(side, image) if name]
        likely = torch.stack(
            [
                encoder.recognise(image[at], [*named, *self._all_names])
                for at, encoder in zip(self.places, self.encoders, strict=True)
            ]
        ).mean(dim=0)
        return float(likely[: len(named)].sum() if side.meanings else likely.max())

    def map(self, texts: Sequence[WeightedText], image: Tensor, size: Sequence[int]) -> Tensor:
        """See `Recogniser`."""
        return activation_map(self.encoders, texts, image, size)

    @cached_property
    def _all_names(self) -> list[str]:
        return sorted(Vocabulary.load().tables.phrases)


class Colours:
    """The encoder of colours."""

    def __init__(self, place: int) -> None:
        self.place = place

    @staticmethod
    def names(side: Side) -> list[str]:
        """The colour words of each thing, empty where it has none."""
        return [" ".join(meaning.colours) for meaning in side.meanings]


def families(
    encoders: Sequence[MiniEncoder | PhotographEncoder | ColourEncoder],
) -> tuple[Photographs, Drawings, Colours]:
    """Sort a profile's encoders by kind."""
    photographs = {
        at: each for at, each in enumerate(encoders) if isinstance(each, PhotographEncoder)
    }
    drawings = {at: each for at, each in enumerate(encoders) if isinstance(each, MiniEncoder)}
    colours = [at for at, each in enumerate(encoders) if isinstance(each, ColourEncoder)]
    return (
        Photographs(list(photographs), list(photographs.values())),
        Drawings(list(drawings), list(drawings.values())),
        Colours(*colours),
    )


def activation_map(
    encoders: Sequence[MiniEncoder | PhotographEncoder],
    texts: Sequence[WeightedText],
    image: Tensor,
    size: Sequence[int],
) -> Tensor:
    """Mean of the encoders' class activation maps, each with a maximum of 1 before it is enlarged.

    Zhou et al. 2016; exact where the head is a mean over the cells and a linear map.
    """
    total = image.new_zeros(1, 1, *size)
    for encoder in encoders:
        found = encoder.activation(image, encode_texts(encoder, texts)).clamp(min=0)
        found = found / found.amax().clamp(min=1e-6)
        total += interpolate(found, tuple(size), mode="bicubic").clamp(min=0) / len(encoders)
    return total
