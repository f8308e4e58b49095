"""An encoder of colours without parameters: how much of a region has each basic colour's name."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.errors import UnknownWords
from flexit_engine.networks.device import Kind

PROTOTYPES = {
    "black": (20, 20, 20),
    "blue": (35, 85, 200),
    "brown": (115, 70, 30),
    "gray": (128, 128, 128),
    "green": (45, 150, 50),
    "orange": (240, 140, 30),
    "pink": (245, 150, 180),
    "purple": (125, 50, 150),
    "red": (210, 30, 35),
    "white": (245, 245, 245),
    "yellow": (250, 215, 40),
}
"""The eleven basic colour terms (Berlin and Kay 1969), one sRGB value each."""
LIGHTNESS = 0.7
"""How much lightness counts beside the two colour axes of CIELAB."""
SPREAD = 2500.0
"""Squared distance in CIELAB at which a colour's name is e times less likely."""


class ColourEncoder(nn.Module):
    """Pictures and colour words as probabilities of the eleven names, of unit length."""

    name = "colours"
    resolution = 64
    kind: Kind = "convolutional"

    def __init__(self) -> None:
        super().__init__()
        rgb = torch.tensor(list(PROTOTYPES.values())) / 255
        self.prototypes = nn.Buffer(cielab(rgb.T[None, :, :, None])[0, :, :, 0].T)

    def encode_image(self, image: Tensor) -> Tensor:
        """`B×3×H×W` in [0, 1] -> `B×11`: the names' shares of the picture, unit length."""
        return self.encode_region(image, torch.ones_like(image[:, :1]))

    def encode_region(self, image: Tensor, region: Tensor) -> Tensor:
        """The names' shares of the `region`, `B×1×H×W` or smaller, in [0, 1]: `B×11`."""
        small = functional.interpolate(image, scale_factor=0.5, mode="bilinear", antialias=True)
        weight = functional.interpolate(region.to(small), small.shape[-2:], mode="area")
        return functional.normalize((weight * self.names(small)).sum(dim=(2, 3)), dim=1)

    def names(self, image: Tensor) -> Tensor:
        """How likely each name is for each pixel of `B×3×H×W`: `B×11×H×W`."""
        lab = cielab(image.float())
        distance = lab[:, None] - self.prototypes[None, :, :, None, None]
        scale = distance.new_tensor([LIGHTNESS, 1.0, 1.0]).view(1, 1, 3, 1, 1)
        return (-(distance * scale).square().sum(dim=2) / SPREAD).softmax(dim=1)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """N texts of colour words, such as `red` or `black white` -> `N×11`, unit length.

        Raises:
            UnknownWords: a word is none of the eleven.
        """
        rows = torch.zeros(len(texts), len(PROTOTYPES))
        places = {name: place for place, name in enumerate(PROTOTYPES)}
        for row, text in zip(rows, texts, strict=True):
            for word in text.split():
                if word not in places:
                    raise UnknownWords(f"The colour encoder does not know {word[:40]!r}.")
                row[places[word]] = 1.0
        return functional.normalize(rows.to(self.prototypes), dim=1)

    def drop_text_tower(self) -> None:
        """Nothing: there is none."""


def cielab(image: Tensor) -> Tensor:
    """From sRGB in [0, 1], `B×3×H×W`, to CIELAB under D65: L in [0, 100], a and b about ±100."""
    linear = torch.where(
        image <= 0.04045, image / 12.92, ((image.clamp(min=0.04) + 0.055) / 1.055) ** 2.4
    )
    to_xyz = image.new_tensor(
        [
            [0.4124564 / 0.95047, 0.3575761 / 0.95047, 0.1804375 / 0.95047],
            [0.2126729, 0.7151522, 0.0721750],
            [0.0193339 / 1.08883, 0.1191920 / 1.08883, 0.9503041 / 1.08883],
        ]
    )
    xyz = torch.einsum("ij,bjhw->bihw", to_xyz, linear)
    root = torch.where(xyz > 0.008856, xyz.clamp(min=0.008) ** (1 / 3), xyz * 7.787 + 16 / 116)
    x, y, z = root.unbind(dim=1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)
