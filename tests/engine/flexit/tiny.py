"""Small random networks in float64: real modules, so that gradients mean something."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from flexit_engine.networks.interfaces import Networks


class TinyEncoder(nn.Module):
    def __init__(self, name: str, resolution: int) -> None:
        super().__init__()
        self.name, self.resolution = name, resolution
        self.image = nn.Sequential(
            nn.Conv2d(3, 8, 4, 4),
            nn.Tanh(),
            nn.AdaptiveAvgPool2d(2),
            nn.Flatten(),
            nn.Linear(32, 16),
        )
        self.words = nn.Embedding(64, 16)

    def encode_image(self, image: Tensor) -> Tensor:
        assert image.shape[-2:] == (self.resolution, self.resolution)
        return normalize(self.image(image), dim=-1)

    def encode_text(self, texts: Sequence[str]) -> Tensor:
        codes = torch.tensor([sum(text.encode()) % 64 for text in texts])
        return normalize(self.words(codes), dim=-1)

    def drop_text_tower(self) -> None:
        del self.words


class TinyAutoencoder(nn.Module):
    stride = 8

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(3, 6, 8, 8)
        self.up = nn.ConvTranspose2d(6, 3, 8, 8)

    def encode(self, image: Tensor) -> Tensor:
        return self.down(image)

    def decode(self, latent: Tensor) -> Tensor:
        return torch.sigmoid(self.up(latent))


class TinyPerceptual(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 4, 3, padding=1)

    def features(self, image: Tensor) -> tuple[Tensor, ...]:
        return (torch.tanh(self.layer(image)),)

    def distance(self, features: tuple[Tensor, ...], reference: tuple[Tensor, ...]) -> Tensor:
        return (features[0] - reference[0]).square().mean(dim=(1, 2, 3))


def tiny_networks(seed: int = 0) -> Networks:
    torch.manual_seed(seed)
    modules = [TinyEncoder("a", 24), TinyEncoder("b", 32), TinyAutoencoder(), TinyPerceptual()]
    for module in modules:
        module.double().eval().requires_grad_(False)
    a, b, autoencoder, perceptual = modules
    return Networks((a, b), autoencoder, perceptual)
