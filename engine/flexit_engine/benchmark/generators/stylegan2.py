"""StyleGAN2, from checkpoints of the form of rosinality's converter (`g_ema`, `latent_avg`).

Karras, Laine, Aittala, Hellsten, Lehtinen, Aila: Analyzing and Improving the Image Quality of
StyleGAN, CVPR 2020. The latent is W+: one style for each layer.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.benchmark.generators.checkpoint import read_checkpoint
from flexit_engine.networks.checkpoints import load_into, wrong_network
from flexit_engine.networks.freeze import freeze

SLOPE = 0.2
"""Of the leaky rectifiers; their output is scaled by √2 to keep its variance."""
MAPPING_RATE = 0.01
"""The mapping network learns this much slower, and its stored weights are that much larger."""
AVERAGED = 4096
"""Styles whose mean stands in for `latent_avg` where a checkpoint lacks it."""


class StyleGAN2(nn.Module):
    """From W+ to pictures.

    Args:
        shapes: of the tensors of a checkpoint: they say how many layers of what width there are.
    """

    average: Tensor

    def __init__(self, shapes: Mapping[str, torch.Size]) -> None:
        super().__init__()
        widths = [shapes["conv1.conv.weight"][1]]
        while (name := f"convs.{2 * len(widths) - 2}.conv.weight") in shapes:
            widths.append(shapes[name][1])
        depth, dimension = 0, shapes["style.1.weight"][1]
        while f"style.{depth + 1}.weight" in shapes:
            depth += 1
        self.side = shapes["input.input"][-1] * 2 ** (len(widths) - 1)
        self.layers = 2 * len(widths)
        self.dimension = dimension
        self.style = nn.Sequential(
            _UnitLength(), *(_Dense(dimension, dimension, MAPPING_RATE) for _ in range(depth))
        )
        self.input = nn.ParameterDict({"input": torch.empty(shapes["input.input"])})
        self.conv1 = _StyledConv(widths[0], widths[0], dimension, up=False)
        self.to_rgb1 = _ToRGB(widths[0], dimension, up=False)
        self.convs, self.to_rgbs = nn.ModuleList(), nn.ModuleList()
        for before, width in itertools.pairwise(widths):
            self.convs.append(_StyledConv(before, width, dimension, up=True))
            self.convs.append(_StyledConv(width, width, dimension, up=False))
            self.to_rgbs.append(_ToRGB(width, dimension, up=True))
        self.noises = nn.Module()
        for name, shape in shapes.items():
            if name.startswith("noises."):
                self.noises.register_buffer(name.removeprefix("noises."), torch.empty(shape))
        self.register_buffer("average", torch.empty(dimension), persistent=False)

    def start(self, image: Tensor) -> Tensor:
        """The mean style in every layer for each of B pictures, `B×D×layers×1`."""
        return self.average.view(1, -1, 1, 1).repeat(len(image), 1, self.layers, 1)

    def generate(self, latent: Tensor) -> Tensor:
        """`B×D×layers×1` in W+ -> `B×3×side×side` in [0, 1]."""
        styles = latent[..., 0].unbind(2)
        noises = [getattr(self.noises, f"noise_{place}") for place in range(len(self.convs) + 1)]
        x = self.input["input"].expand(len(latent), -1, -1, -1)
        x = self.conv1(x, styles[0], noises[0])
        image = self.to_rgb1(x, styles[1], None)
        for place, to_rgb in enumerate(self.to_rgbs):
            first = 2 * place
            x = self.convs[first](x, styles[first + 1], noises[first + 1])
            x = self.convs[first + 1](x, styles[first + 2], noises[first + 2])
            image = to_rgb(x, styles[first + 3], image)
        return cast(Tensor, ((image + 1) / 2).clamp(0, 1))


class _UnitLength(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()


class _Dense(nn.Module):
    """A linear layer whose stored weights have unit variance; rectified in the mapping network."""

    def __init__(self, inputs: int, outputs: int, rate: float = 1.0) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.rate, self.scale = rate, rate / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.linear(x, self.weight * self.scale, self.bias * self.rate)
        return x if self.rate == 1 else _rectify(x)


class _Kernel(nn.Module):
    """A low-pass filter; the checkpoint holds it."""

    kernel: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernel", torch.empty(4, 4))

    def forward(self, x: Tensor, before: int, after: int) -> Tensor:
        """Filter each channel, with so many zeros before and after rows and columns."""
        flat = functional.pad(x, (before, after, before, after)).flatten(0, 1).unsqueeze(1)
        flat = functional.conv2d(flat, self.kernel.flip(0, 1)[None, None])
        return flat.view(*x.shape[:2], *flat.shape[2:])


class _Modulated(nn.Module):
    """A convolution whose input channels a style scales (section 2.2 of the paper)."""

    def __init__(self, inputs: int, outputs: int, side: int, dimension: int, up: bool) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(1, outputs, inputs, side, side))
        self.modulation = _Dense(dimension, inputs)
        self.scale = 1 / math.sqrt(inputs * side**2)
        self.normalised = side > 1  # colours are not
        if up:
            self.blur = _Kernel()
        self.up = up

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        weight = self.weight[0] * self.scale
        gain = cast(Tensor, self.modulation(style))
        x = x * gain[:, :, None, None]
        if self.up:
            x = functional.conv_transpose2d(x, weight.transpose(0, 1), stride=2)
            x = self.blur(x, 1, 1)
        else:
            x = functional.conv2d(x, weight, padding=weight.shape[-1] // 2)
        if not self.normalised:
            return x
        power = gain.square() @ weight.square().sum(dim=(2, 3)).T
        return x * (power + 1e-8).rsqrt()[:, :, None, None]


class _StyledConv(nn.Module):
    def __init__(self, inputs: int, outputs: int, dimension: int, up: bool) -> None:
        super().__init__()
        self.conv = _Modulated(inputs, outputs, 3, dimension, up)
        self.noise = nn.ParameterDict({"weight": torch.empty(1)})
        self.activate = nn.ParameterDict({"bias": torch.empty(outputs)})

    def forward(self, x: Tensor, style: Tensor, noise: Tensor) -> Tensor:
        x = self.conv(x, style) + self.noise["weight"] * noise
        return _rectify(x + self.activate["bias"].view(1, -1, 1, 1))


class _ToRGB(nn.Module):
    def __init__(self, inputs: int, dimension: int, up: bool) -> None:
        super().__init__()
        if up:
            self.upsample = _Kernel()
        self.conv = _Modulated(inputs, 3, 1, dimension, up=False)
        self.bias = nn.Parameter(torch.empty(1, 3, 1, 1))

    def forward(self, x: Tensor, style: Tensor, image: Tensor | None) -> Tensor:
        x = cast(Tensor, self.conv(x, style)) + self.bias
        if image is None:
            return x
        sparse = image.new_zeros(*image.shape[:2], 2 * image.shape[2], 2 * image.shape[3])
        sparse[..., ::2, ::2] = image
        return x + cast(Tensor, self.upsample(sparse, 2, 1))


def _rectify(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, SLOPE) * math.sqrt(2)


def load_stylegan2(path: Path, device: torch.device) -> StyleGAN2:
    """Read a generator.

    Args:
        path: a plain pickle of `g_ema` (a state dict) and, if it is there, `latent_avg`.
        device: where to compute.

    Raises:
        WeightsError: the file is missing, damaged, asks to run code, or is of another network.
    """
    contents = read_checkpoint(path, "StyleGAN2", "g_ema", "conv1.conv.weight")
    tensors: dict[str, Tensor] = contents["g_ema"]
    try:
        network = StyleGAN2({name: tensor.shape for name, tensor in tensors.items()})
    except (KeyError, IndexError) as error:
        raise wrong_network(path, "StyleGAN2", f"no {error}") from None
    load_into(network, tensors, path, "StyleGAN2")
    freeze(network, device, torch.float32)
    network.average = _average(network, contents).to(device)
    return network


@torch.no_grad()
def _average(network: StyleGAN2, contents: Mapping[str, Any]) -> Tensor:
    if isinstance(known := contents.get("latent_avg"), Tensor):
        return known.flatten()
    chance = torch.Generator().manual_seed(0)
    noise = torch.randn(AVERAGED, network.dimension, generator=chance)
    return cast(Tensor, network.style(noise.to(next(network.parameters())))).mean(0)
