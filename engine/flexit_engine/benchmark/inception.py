"""The Inception network of the Fréchet inception distance, as torchvision's with other poolings.

Its published weights are a port of TensorFlow's (`pt_inception-2015-12-05-6726825d.pth`, Seitzer,
pytorch-fid): there, average pooling leaves padding out of the mean, and the last block has maximum
pooling instead.
"""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import inception as blocks

from flexit_engine.networks.checkpoints import load_into, read_tensors
from flexit_engine.networks.freeze import freeze
from flexit_engine.networks.profiles import sha256

SIDE = 299
CLASSES = 1008


class _MeanWithoutPadding:
    """Replaces a block's pooled branch."""

    def _forward(self, x: Tensor) -> list[Tensor]:
        *branches, _ = super()._forward(x)  # type: ignore[misc]
        pooled = functional.avg_pool2d(x, 3, 1, 1, count_include_pad=False)
        return [*branches, self.branch_pool(pooled)]  # type: ignore[attr-defined]


class _A(_MeanWithoutPadding, blocks.InceptionA):  # type: ignore[misc]
    pass


class _C(_MeanWithoutPadding, blocks.InceptionC):  # type: ignore[misc]
    pass


class _E(_MeanWithoutPadding, blocks.InceptionE):  # type: ignore[misc]
    pass


class _LastE(blocks.InceptionE):  # type: ignore[misc]
    def _forward(self, x: Tensor) -> list[Tensor]:
        *branches, _ = super()._forward(x)
        return [*branches, self.branch_pool(functional.max_pool2d(x, 3, 1, 1))]


class Inception:
    """Mean of the last block's cells: 2048 features."""

    name = "Inception (FID)"

    def __init__(self, network: nn.Module, identity: str, device: torch.device) -> None:
        self.network, self.identity, self.device = network, identity, device

    @torch.no_grad()
    def features(self, image: Tensor) -> Tensor:
        """`B×3×H×W` in [0, 1] -> `B×2048`."""
        image = functional.interpolate(image.to(self.device), (SIDE, SIDE), mode="bilinear")
        features: Tensor = self.network(2 * image - 1)
        return features


def build() -> nn.Module:
    """The network without weights; its last layer only passes features on."""
    network: nn.Module = blocks.Inception3(
        CLASSES,
        aux_logits=False,
        init_weights=False,
        inception_blocks=[
            blocks.BasicConv2d,
            _A,
            blocks.InceptionB,
            _C,
            blocks.InceptionD,
            _E,
            blocks.InceptionAux,
        ],
    )
    network.Mixed_7c = _LastE(2048)
    network.fc = nn.Identity()
    return network


def load_inception(weights: Path, device: str) -> Inception:
    """Read the published weights.

    Raises:
        WeightsError: the file is missing, damaged or of another network.
    """
    network, where = build(), torch.device(device)
    load_into(network, read_tensors(weights), weights, "FID's Inception")
    return Inception(freeze(network, where, torch.float32), sha256(weights), where)
