"""What the algorithm asks of its networks: three protocols and their bundle.

Pictures are `B×3×H×W` tensors of sRGB values in [0, 1]; latents `B×C×H/stride×W/stride`. Every
network is frozen: in eval mode, no parameter requires a gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

from torch import Tensor

from flexit_engine.flexit.query import Query, Reading, WeightedText


class ImageTextEncoder(Protocol):
    """C_i and C_t of the paper: pictures and texts in one embedding space."""

    name: str
    resolution: int
    """Side in pixels of the square pictures it reads."""

    def encode_image(self, image: Tensor) -> Tensor:
        """Embed `B×3×R×R` pictures as `B×D` vectors of unit length."""
        ...

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed N texts as `N×D` vectors of unit length.

        Raises:
            UnknownWords: a network of a closed vocabulary does not know a word.
            WeightsError: the text tower was dropped.
        """
        ...

    def drop_text_tower(self) -> None:
        """Give back the text tower's memory; only pictures can be encoded afterwards."""
        ...


@runtime_checkable
class RegionEncoder(Protocol):
    """An encoder that looks at a part of the picture, pixel by pixel, and needs no views."""

    def encode_region(self, image: Tensor, region: Tensor) -> Tensor:
        """Embed what `B×3×H×W` pictures show where `region`, `B×1×H×W` in [0, 1], says: `B×D`."""
        ...


class Autoencoder(Protocol):
    """E and D of the paper."""

    stride: int
    """Pixels per latent cell along one side."""

    def encode(self, image: Tensor) -> Tensor:
        """Encode pictures; height and width are multiples of `stride`."""
        ...

    def decode(self, latent: Tensor) -> Tensor:
        """Decode to pictures in [0, 1], the output range map included."""
        ...


class PerceptualDistance(Protocol):
    """LPIPS of the paper, split so that the reference is computed once."""

    def features(self, image: Tensor) -> tuple[Tensor, ...]:
        """Features of `B×3×H×W` pictures, ready to be compared."""
        ...

    def distance(self, features: tuple[Tensor, ...], reference: tuple[Tensor, ...]) -> Tensor:
        """Distance of two pictures' features, `B`, ≥ 0."""
        ...


class Reader(Protocol):
    """Puts queries into the words of networks that each have a closed vocabulary."""

    def read(self, query: Query, image: Sequence[Tensor], member: int) -> Reading:
        """What each network is asked, and how much it counts.

        Args:
            query: as it was typed.
            image: C_i(I0) of each network, `D`.
            member: which member of a group of things is taken: 0 is the nearest to the picture.

        Raises:
            UnknownWords: no network knows the target.
        """
        ...

    def locate(self, source: Sequence[WeightedText], image: Tensor) -> Tensor | None:
        """Where the source is in a `1×3×H×W` picture: `1×1×h×w` in [0, 1], or None if unseen."""
        ...

    def among(self, encoders: Sequence[ImageTextEncoder]) -> Reader:
        """A reader for some of its networks only: the others tell it nothing.

        Raises:
            UsageError: it cannot do without the others.
        """
        ...


@dataclass(frozen=True)
class Networks:
    """The networks of one profile, on one device."""

    encoders: tuple[ImageTextEncoder, ...]
    autoencoder: Autoencoder
    perceptual: PerceptualDistance
    reader: Reader | None = None
    """None where every network takes any text as it is."""

    def among(self, encoders: Sequence[ImageTextEncoder]) -> Networks:
        """The same with some of the encoders only.

        Raises:
            UsageError: queries cannot be read without the others.
        """
        reader = None if self.reader is None else self.reader.among(encoders)
        return replace(self, encoders=tuple(encoders), reader=reader)
