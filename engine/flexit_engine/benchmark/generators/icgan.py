"""IC-GAN on BigGAN: pictures like one instance, from its published `G_ema` checkpoints.

Casanova, Careil, Verbeek, Drozdzal, Romero-Soriano: Instance-Conditioned GAN, NeurIPS 2021; Brock,
Donahue, Simonyan: Large Scale GAN Training for High Fidelity Natural Image Synthesis, ICLR 2019.
The latent is the noise and the instance's features, which ResNet-50 (SwAV) reads from a picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import resnet50

from flexit_engine.benchmark.generators.checkpoint import read_checkpoint
from flexit_engine.networks.checkpoints import load_into, wrong_network
from flexit_engine.networks.freeze import freeze

FEATURES = 2048
FEATURE_SIDE = 224
BOTTOM = 4
"""Side of the smallest feature map."""
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""Of ImageNet, which ResNet-50 expects to be taken out."""
Shapes = Mapping[str, torch.Size]


class ICGAN(nn.Module):
    """From noise and instance features to pictures.

    Args:
        shapes: of the tensors of a checkpoint, spectral norms folded.
        extractor: what reads the features of a picture: `B×3×224×224`, normalised -> `B×2048`.
    """

    def __init__(self, shapes: Shapes, extractor: nn.Module) -> None:
        super().__init__()
        self.chunk = shapes["linear.weight"][1]
        embedding = shapes["shared_feat.weight"][0]
        condition = shapes["blocks.0.0.bn1.gain.weight"][1]
        self.hierarchical = condition > embedding
        self.shared_feat = nn.Linear(FEATURES, embedding)
        self.linear = nn.Linear(self.chunk, shapes["linear.weight"][0])
        self.blocks = nn.ModuleList()
        while (name := f"blocks.{len(self.blocks)}.0.conv1.weight") in shapes:
            outputs, inputs = shapes[name][:2]
            block = nn.ModuleList([_Block(inputs, outputs, condition)])
            if f"blocks.{len(self.blocks)}.1.gamma" in shapes:
                block.append(_Attention(outputs))
            self.blocks.append(block)
        self.output_layer = nn.Sequential(_Norm(outputs), nn.ReLU(), _conv(outputs, 3))
        self.side = BOTTOM * 2 ** len(self.blocks)
        self.noise = self.chunk * (len(self.blocks) + 1 if self.hierarchical else 1)
        self.extractor = [extractor]  # in a list, so that it is no part of the checkpoint

    def start(self, image: Tensor) -> Tensor:
        """No noise, and the features of each of `B×3×H×W` pictures: `B×(noise + 2048)×1×1`."""
        size = (FEATURE_SIDE, FEATURE_SIDE)
        seen = functional.interpolate(image, size, mode="bilinear", antialias=True)
        mean, std = (torch.tensor(v).to(image).view(1, 3, 1, 1) for v in (MEAN, STD))
        features = functional.normalize(self.extractor[0]((seen - mean) / std), dim=1)
        return torch.cat([features.new_zeros(len(image), self.noise), features], 1)[..., None, None]

    def generate(self, latent: Tensor) -> Tensor:
        """`B×(noise + 2048)×1×1` -> `B×3×side×side` in [0, 1]."""
        flat = latent.flatten(1)
        noise, features = flat[:, : self.noise], flat[:, self.noise :]
        instance = self.shared_feat(functional.normalize(features, dim=1))
        chunks = torch.split(noise, self.chunk, 1)
        x = self.linear(chunks[0]).view(len(flat), -1, BOTTOM, BOTTOM)
        for place, (block, *attention) in enumerate(cast("list[nn.ModuleList]", self.blocks)):
            condition = [instance, chunks[place + 1]] if self.hierarchical else [instance]
            x = block(x, torch.cat(condition, 1))
            for layer in attention:
                x = layer(x)
        return (torch.tanh(self.output_layer(x)) + 1) / 2


class _Norm(nn.Module):
    """Batch normalisation with stored statistics."""

    stored_mean: Tensor
    stored_var: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("stored_mean", torch.empty(channels))
        self.register_buffer("stored_var", torch.empty(channels))
        self.gain = nn.Parameter(torch.empty(channels))
        self.bias = nn.Parameter(torch.empty(channels))

    def forward(self, x: Tensor) -> Tensor:
        return functional.batch_norm(x, self.stored_mean, self.stored_var, self.gain, self.bias)


class _ConditionedNorm(nn.Module):
    """Batch normalisation whose gain and bias a condition says."""

    stored_mean: Tensor
    stored_var: Tensor

    def __init__(self, channels: int, condition: int) -> None:
        super().__init__()
        self.register_buffer("stored_mean", torch.empty(channels))
        self.register_buffer("stored_var", torch.empty(channels))
        self.gain = nn.Linear(condition, channels, bias=False)
        self.bias = nn.Linear(condition, channels, bias=False)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        x = functional.batch_norm(x, self.stored_mean, self.stored_var)
        gain, bias = (cast(Tensor, part(condition)) for part in (self.gain, self.bias))
        return x * (1 + gain[..., None, None]) + bias[..., None, None]


class _Block(nn.Module):
    """Twice the side, two convolutions beside a shortcut."""

    def __init__(self, inputs: int, outputs: int, condition: int) -> None:
        super().__init__()
        self.bn1, self.conv1 = _ConditionedNorm(inputs, condition), _conv(inputs, outputs)
        self.bn2, self.conv2 = _ConditionedNorm(outputs, condition), _conv(outputs, outputs)
        self.conv_sc = nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        inner = self.conv1(_twice(torch.relu(self.bn1(x, condition))))
        inner = self.conv2(torch.relu(self.bn2(inner, condition)))
        return cast(Tensor, inner + self.conv_sc(_twice(x)))


class _Attention(nn.Module):
    """Each cell reads from all cells of a map of half the side."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.theta = nn.Conv2d(width, width // 8, 1, bias=False)
        self.phi = nn.Conv2d(width, width // 8, 1, bias=False)
        self.g = nn.Conv2d(width, width // 2, 1, bias=False)
        self.o = nn.Conv2d(width // 2, width, 1, bias=False)
        self.gamma = nn.Parameter(torch.empty(()))

    def forward(self, x: Tensor) -> Tensor:
        queries = self.theta(x).flatten(2)
        keys, values = (
            functional.max_pool2d(layer(x), 2).flatten(2) for layer in (self.phi, self.g)
        )
        weights = (queries.transpose(1, 2) @ keys).softmax(2)
        read = (values @ weights.transpose(1, 2)).view(len(x), -1, *x.shape[2:])
        return x + self.gamma * cast(Tensor, self.o(read))


def _conv(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, padding=1)


def _twice(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2)


def load_icgan(path: Path, extractor: nn.Module, device: torch.device) -> ICGAN:
    """Read a generator.

    Args:
        path: a published `G_ema` file (BigGAN, conditioned on instances but not on classes).
        extractor: what reads instance features, from `load_extractor`.
        device: where to compute.

    Raises:
        WeightsError: the file is missing, damaged, asks to run code, or is of another network.
    """
    tensors = fold(read_checkpoint(path, "IC-GAN", "shared_feat.weight"))
    shapes = {name: tensor.shape for name, tensor in tensors.items()}
    try:
        network = ICGAN(shapes, extractor)
    except (KeyError, IndexError) as error:
        raise wrong_network(path, "IC-GAN on BigGAN", f"no {error}") from None
    condition = shapes["blocks.0.0.bn1.gain.weight"][1] - shapes["shared_feat.weight"][0]
    if condition not in (0, network.chunk):
        raise wrong_network(path, "IC-GAN", "it is conditioned on classes too")
    load_into(network, tensors, path, "IC-GAN")
    return freeze(network, device, torch.float32)


def load_extractor(path: Path, device: torch.device) -> nn.Module:
    """Read ResNet-50, without its last layer: normalised `B×3×224×224` -> `B×2048`.

    Args:
        path: of SwAV, which IC-GAN was trained with, or of torchvision.
        device: where to compute.

    Raises:
        WeightsError: the file is missing, damaged, asks to run code, or is of another network.
    """
    network: nn.Module = resnet50(weights=None)
    network.fc = nn.Identity()
    contents = read_checkpoint(path, "ResNet-50")
    tensors = {name.removeprefix("module."): value for name, value in contents.items()}
    load_into(network, tensors, path, "ResNet-50")
    return freeze(network, device, torch.float32)


def fold(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Weights divided by their spectral norms, and one name for each statistic.

    The norm is one power iteration from the stored vector, as the generator itself has it.
    """
    folded: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        stem, _, last = name.rpartition(".")
        if f"{stem}.u0" in tensors and last == "weight":
            matrix, known = tensor.flatten(1), tensors[f"{stem}.u0"]
            right = functional.normalize(known @ matrix)
            left = functional.normalize(right @ matrix.T)
            tensor = tensor / (right @ matrix.T @ left.T)
        plain = name.replace(".bn.running_", ".stored_")
        for old, new in ((".bn.weight", ".gain"), (".bn.bias", ".bias")):
            plain = plain.replace(old, new)
        folded[plain] = tensor
    return folded
