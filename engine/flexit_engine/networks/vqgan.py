"""VQGAN: E and D of the paper, on taming-transformers' encoder and decoder.

Esser, Rombach, Ommer: Taming Transformers for High-Resolution Image Synthesis, CVPR 2021. The
latent is the one before quantisation: FlexIT never uses the codebook.
"""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

import torch
import yaml
from taming.modules.diffusionmodules import model as taming_model
from taming.modules.diffusionmodules.model import Decoder, Encoder
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 -- its usual name

from flexit_engine.errors import WeightsError
from flexit_engine.networks.checkpoints import (
    load_into,
    read_tensors,
    refuse_other_files,
    write_safetensors,
)
from flexit_engine.networks.freeze import freeze
from flexit_engine.networks.group_norm import replace_group_norms
from flexit_engine.networks.profiles import FETCH_AGAIN

# x·σ(x) in one kernel instead of two, forward and back: a sixth of the decoder's time
taming_model.nonlinearity = F.silu

_LINEAR_PART = 0.1
"""Below this, tanh(x⁵)^⅕ and x are the same float32 number: they differ by x¹¹ / 15."""


class VQGAN(nn.Module):
    """Autoencoder between pictures in [0, 1] and latents.

    Args:
        config: `model.params` of the published `model.yaml`.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__()
        shape, embed = config["ddconfig"], config["embed_dim"]
        self.stride = int(2 ** (len(shape["ch_mult"]) - 1))
        # taming prints the shape of its latent
        with contextlib.redirect_stdout(io.StringIO()):
            self.encoder = Encoder(**shape)
            self.decoder = Decoder(**shape)
        self.quant_conv = nn.Conv2d(shape["z_channels"], embed, 1)
        self.post_quant_conv = nn.Conv2d(embed, shape["z_channels"], 1)

    def encode(self, image: Tensor) -> Tensor:
        """Encode `B×3×H×W` pictures in [0, 1] as float32 latents `B×C×H/stride×W/stride`."""
        dtype = self.quant_conv.weight.dtype
        latent: Tensor = self.quant_conv(self.encoder((2 * image - 1).to(dtype)))
        return latent.float()

    def decode(self, latent: Tensor) -> Tensor:
        """Decode latents to float32 pictures in [0, 1], mapped by `soft_clamp`."""
        dtype = self.post_quant_conv.weight.dtype
        image: Tensor = self.decoder(self.post_quant_conv(latent.to(dtype)))
        return soft_clamp((image.float() + 1) / 2)


def soft_clamp(image: Tensor) -> Tensor:
    """Map any value into [0, 1]: a smooth clamp, as the released code has it (β = 5).

    tanh(x⁵)^⅕ of x = 2·image − 1, odd in x. The identity in the middle, 1.0 becomes 0.973. Around
    x = 0 the formula's gradient is ∞ · 0, so there the identity itself is taken.
    """
    x = 2 * image - 1
    size = x.abs().clamp(min=_LINEAR_PART)
    bent = x.sign() * torch.tanh(size**5) ** 0.2
    return (torch.where(x.abs() < _LINEAR_PART, x, bent) + 1) / 2


def load_vqgan(
    weights: Path,
    config: Path,
    device: torch.device,
    dtype: torch.dtype = torch.float32,
) -> VQGAN:
    """Read a VQGAN from the published checkpoint, or from the safetensors made of it.

    Raises:
        WeightsError: a file is missing or damaged, or the weights are not of that VQGAN.
    """
    tensors = read_tensors(weights)
    network = _empty_vqgan(config)
    load_into(network, tensors, weights, "this VQGAN")
    return prepare_vqgan(network, device, dtype)


def prepare_vqgan(network: VQGAN, device: torch.device, dtype: torch.dtype) -> VQGAN:
    """Freeze a VQGAN on a device, in a number format."""
    if device.type == "cpu" and dtype == torch.bfloat16:
        replace_group_norms(network)
    return freeze(network, device, dtype)


def convert_vqgan(weights: Path, config: Path, out: Path) -> None:
    """Write what an edit needs of a published checkpoint to safetensors: a third of its size.

    Codebook, discriminator, loss networks and optimiser state are left out.

    Raises:
        WeightsError: as `load_vqgan`; then nothing is written.
    """
    write_safetensors(load_vqgan(weights, config, torch.device("cpu")).state_dict(), out)


def _empty_vqgan(config: Path) -> VQGAN:
    refuse_other_files(config)
    try:
        params = yaml.safe_load(config.read_text(encoding="utf-8"))["model"]["params"]
        # on the meta device, no time goes into random weights
        with torch.device("meta"):
            return VQGAN(params)
    # Any value may be missing, or of a kind the networks cannot be built from.
    except Exception as error:
        raise WeightsError(
            f"The file {config.name!r} does not describe a VQGAN.", FETCH_AGAIN
        ) from error
