"""The teacher of the autoencoder: TAEF2 by Ollin Boer Bohan (madebyollin/taesd, MIT).

Its weight files are no part of the project; their folder is given as an argument. Pictures are
`B×3×H×W` in [0, 1], latents `B×32×H/8×W/8` with a root mean square of 0.65–0.9 on photographs.
"""

from __future__ import annotations

from pathlib import Path
from typing import cast

import torch
from torch import Tensor, nn

from flexit_engine.errors import UsageError, WeightsError
from flexit_engine.networks.freeze import freeze
from flexit_engine.networks.profiles import sha256

WIDTH = 64
HASHES = {
    "taef2_encoder.pth": "10a4e1021e89d7551eaf161352da8dbd0b1aa83872ae28b150c1df1ce2f147b6",
    "taef2_decoder.pth": "0a44a31e1ae59eb9dbf9359d24942fd3ef5928162c1800d97a28c61d51be0ab5",
}


def teacher_files(folder: Path | None) -> list[Path]:
    """The weight files of encoder and decoder.

    Raises:
        UsageError: no folder was given, or a file is not there.
        WeightsError: a file is not the published one.
    """
    if folder is None:
        raise UsageError(
            "The autoencoder has no teacher.", "Give the folder of TAEF2's files with --teacher."
        )
    for name, known in HASHES.items():
        if not (folder / name).is_file():
            raise UsageError(f"The teacher's file {name!r} is not in {str(folder)!r}.")
        if sha256(folder / name) != known:
            raise WeightsError(f"The teacher's file {name!r} is not the published one.")
    return [folder / name for name in HASHES]


def _conv(inputs: int, outputs: int, *, stride: int = 1, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=bias)


class _Block(nn.Module):
    """Three convolutions beside the identity; `pooled` looks at the whole picture first."""

    def __init__(self, *, pooled: bool = False) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            _conv(WIDTH, WIDTH), nn.ReLU(), _conv(WIDTH, WIDTH), nn.ReLU(), _conv(WIDTH, WIDTH)
        )
        self.pool = None
        if pooled:
            self.pool = nn.Sequential(
                nn.Conv2d(WIDTH, 4 * WIDTH, 1, bias=False),
                nn.GroupNorm(4, 4 * WIDTH),
                nn.ReLU(),
                nn.Conv2d(4 * WIDTH, WIDTH, 1, bias=False),
            )

    def forward(self, x: Tensor) -> Tensor:
        if self.pool is not None:
            x = x + cast(Tensor, self.pool(x))
        return torch.relu(cast(Tensor, self.conv(x)) + x)


class _Held(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return 3 * torch.tanh(x / 3)


def _encoder() -> nn.Sequential:
    layers: list[nn.Module] = [_conv(3, WIDTH), _Block()]
    for pooled in (False, False, True):
        layers.append(_conv(WIDTH, WIDTH, stride=2, bias=False))
        layers += [_Block(pooled=pooled) for _ in range(3)]
    return nn.Sequential(*layers, _conv(WIDTH, 32))


def _decoder() -> nn.Sequential:
    layers: list[nn.Module] = [_Held(), _conv(32, WIDTH), nn.ReLU()]
    for pooled, count in ((True, 3), (False, 3), (False, 3)):
        layers += [_Block(pooled=pooled) for _ in range(count)]
        layers += [nn.Upsample(scale_factor=2), _conv(WIDTH, WIDTH, bias=False)]
    return nn.Sequential(*layers, _Block(), _conv(WIDTH, 3))


class Teacher(nn.Module):
    """E and D to learn from, frozen."""

    stride = 8

    def __init__(self, folder: Path | None, device: torch.device, dtype: torch.dtype) -> None:
        """Read both files, as `teacher_files` finds them."""
        super().__init__()
        self.encoder, self.decoder = _encoder(), _decoder()
        for part, path in zip((self.encoder, self.decoder), teacher_files(folder), strict=True):
            part.load_state_dict(torch.load(path, weights_only=True, map_location="cpu"))
        freeze(self, device, dtype).to(memory_format=torch.channels_last)

    def encode(self, image: Tensor) -> Tensor:
        """`B×3×H×W` in [0, 1] -> `B×32×H/8×W/8`."""
        return cast(Tensor, self.encoder(self._cast(image))).float()

    def decode(self, latent: Tensor) -> Tensor:
        """`B×32×h×w` -> `B×3×8h×8w` in [0, 1]."""
        return cast(Tensor, self.decoder(self._cast(latent))).float().clamp(0.0, 1.0)

    def _cast(self, x: Tensor) -> Tensor:
        return x.to(next(self.parameters()).dtype)
