"""LPIPS: the perceptual distance of the paper, split so that the reference is computed once.

Zhang, Isola, Efros, Shechtman, Wang: The Unreasonable Effectiveness of Deep Features as a
Perceptual Metric, CVPR 2018. Version 0.1 on VGG16; the linear heads are those of `lpips`.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn
from torchvision.models.vgg import cfgs, make_layers

from flexit_engine.errors import WeightsError
from flexit_engine.networks.checkpoints import load_into, read_tensors
from flexit_engine.networks.freeze import freeze

_TAPS = (3, 8, 15, 22, 29)
"""Layers of VGG16 whose features are compared: relu1_2, 2_2, 3_3, 4_3, 5_3."""
_SHIFT = (-0.030, -0.088, -0.188)
_SCALE = (0.458, 0.448, 0.450)
_EPSILON = 1e-10


class LPIPS(nn.Module):
    """Perceptual distance on VGG16 features.

    Args:
        heads: non-negative weights of the channels of each tapped layer.
    """

    shift: Tensor
    scale: Tensor

    def __init__(self, heads: list[Tensor]) -> None:
        super().__init__()
        # the last layer of VGG16's convolutional part is a pooling nobody reads
        self.trunk = make_layers(cfgs["D"], batch_norm=False)[:-1]
        # The distance weighs squared differences: √w on the features comes to the same, once.
        self.heads = nn.ParameterList([head.sqrt().view(1, -1, 1, 1) for head in heads])
        self.register_buffer("shift", torch.tensor(_SHIFT).view(1, 3, 1, 1))
        self.register_buffer("scale", torch.tensor(_SCALE).view(1, 3, 1, 1))

    def features(self, image: Tensor) -> tuple[Tensor, ...]:
        """Weighted unit features of `B×3×H×W` pictures in [0, 1]: five float32 `B×C×h×w`."""
        x = ((2 * image - 1) - self.shift) / self.scale
        x = x.to(next(self.trunk.parameters()).dtype)
        found: list[Tensor] = []
        for index, layer in enumerate(self.trunk):
            x = layer(x)
            if index in _TAPS:
                found.append(_unit(x.float()) * self.heads[len(found)])
        return tuple(found)

    def distance(self, features: tuple[Tensor, ...], reference: tuple[Tensor, ...]) -> Tensor:
        """Distance of pictures from their features, `B`; a reference of one serves them all."""
        layers = [
            (ours - theirs).square().sum(dim=1).mean(dim=(1, 2))
            for ours, theirs in zip(features, reference, strict=True)
        ]
        return torch.stack(layers).sum(dim=0)


def load_lpips(weights: Path, device: torch.device, dtype: torch.dtype = torch.float32) -> LPIPS:
    """Read LPIPS from torchvision's VGG16 state dict.

    Args:
        weights: the published file; its classifier is not used.
        device: where to compute.
        dtype: number format of the convolutions; distances are always float32.

    Raises:
        WeightsError: the file is missing, damaged or of another network.
    """
    tensors = read_tensors(weights)
    network = LPIPS(_published_heads())
    ours = {k.removeprefix("features."): v for k, v in tensors.items() if k.startswith("features.")}
    load_into(network.trunk, ours, weights, "VGG16")
    freeze(network, device, torch.float32)
    freeze(network.trunk, device, dtype)
    return network


def _unit(x: Tensor) -> Tensor:
    # vector_norm has a gradient where all channels are 0; √Σx² has not
    length: Tensor = torch.linalg.vector_norm(x, dim=1, keepdim=True)
    return x / (length + _EPSILON)


def _published_heads() -> list[Tensor]:
    # Found without importing `lpips`, which pulls in its training code and half of SciPy.
    spec = find_spec("lpips")
    if spec is None or spec.origin is None:
        raise WeightsError("The package `lpips` is missing.", "Install it: pip install lpips")
    tensors = read_tensors(Path(spec.origin).parent / "weights" / "v0.1" / "vgg.pth")
    return [tensors[f"lin{index}.model.1.weight"].flatten() for index in range(len(_TAPS))]
