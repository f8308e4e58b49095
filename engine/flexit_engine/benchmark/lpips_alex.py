"""LPIPS on AlexNet, version 0.1, times 100: the distance to the source in the paper's tables."""

from __future__ import annotations

import warnings
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from flexit_engine.errors import WeightsError
from flexit_engine.networks.checkpoints import read_tensors
from flexit_engine.networks.freeze import freeze

SIDE = 256
"""Side at which the paper compares pictures."""


class LPIPSAlex:
    """The package's own network: it is only read here, so its speed does not matter."""

    def __init__(self, network: nn.Module, device: torch.device) -> None:
        self.network, self.device = network, device

    @torch.no_grad()
    def distance(self, image: Tensor, other: Tensor) -> Tensor:
        """Of `B×3×H×W` pictures in [0, 1] at 256 pixels, `B`."""
        pair = [
            functional.interpolate(
                picture.to(self.device), (SIDE, SIDE), mode="bicubic", antialias=True
            ).clamp(0, 1)
            for picture in (image, other)
        ]
        distance: Tensor = self.network(*pair, normalize=True)
        return 100 * distance.flatten()


def load_lpips_alex(weights: Path, device: str) -> LPIPSAlex:
    """Read torchvision's AlexNet (`alexnet-owt-7be5be79.pth`); the package brings the heads.

    Raises:
        WeightsError: the file is missing, damaged or of another network.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torchvision's, about arguments that lpips still uses
        import lpips

        network: nn.Module = lpips.LPIPS(net="alex", pnet_rand=True, verbose=False)
    tensors = read_tensors(weights)
    for part in range(1, 6):
        for name, layer in getattr(network.net, f"slice{part}").named_children():
            for kind, parameter in layer.named_parameters():
                published = tensors.get(f"features.{name}.{kind}")
                if published is None or published.shape != parameter.shape:
                    raise WeightsError(f"The file {weights.name!r} does not hold AlexNet.")
                parameter.data = published.float()
    where = torch.device(device)
    return LPIPSAlex(freeze(network, where, torch.float32), where)
