"""What the algorithm asks of its networks: three protocols and their bundle.

Pictures are `B×3×H×W` tensors of sRGB values in [0, 1]; latents `B×C×H/stride×W/stride`. Every
network is frozen: in eval mode, no parameter requires a gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor


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


@dataclass(frozen=True)
class Networks:
    """The networks of one profile, on one device."""

    encoders: tuple[ImageTextEncoder, ...]
    autoencoder: Autoencoder
    perceptual: PerceptualDistance
