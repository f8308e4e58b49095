"""Networks of the published sizes with random weights: speed does not depend on their values."""

from __future__ import annotations

from dataclasses import dataclass

import open_clip
import torch
from torch import nn

from flexit_engine.networks.allocator import keep_freed_memory
from flexit_engine.networks.clip import ClipEncoder, prepare_clip
from flexit_engine.networks.device import Kind, Precision, choose_dtype
from flexit_engine.networks.freeze import freeze
from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.perceptual import LPIPS
from flexit_engine.networks.vqgan import VQGAN, prepare_vqgan

VQGAN_F16_1024 = {
    "embed_dim": 256,
    "ddconfig": {
        "double_z": False, "z_channels": 256, "resolution": 256, "in_channels": 3, "out_ch": 3,
        "ch": 128, "ch_mult": [1, 1, 2, 2, 4], "num_res_blocks": 2, "attn_resolutions": [16],
        "dropout": 0.0,
    },
}  # fmt: skip
PAPER = ("RN50", "RN50x4", "ViT-B-32")
LPIPS_CHANNELS = (64, 128, 256, 512, 512)


@dataclass(frozen=True)
class Parts:
    """The raw modules, as an implementation finds them before it does anything about speed."""

    clips: dict[str, nn.Module]
    vqgan: VQGAN
    lpips: LPIPS


def raw_parts() -> Parts:
    """Modules in float32 with trainable weights."""
    torch.manual_seed(0)
    return Parts(
        clips={name: open_clip.create_model(name, force_quick_gelu=True).eval() for name in PAPER},
        vqgan=VQGAN(VQGAN_F16_1024).eval(),
        lpips=LPIPS([torch.rand(channels) for channels in LPIPS_CHANNELS]).eval(),
    )


def paper_networks(device: torch.device, precision: Precision = "auto") -> Networks:
    """The same modules made ready by the project's own loading code."""
    keep_freed_memory()
    parts = raw_parts()
    kinds: tuple[Kind, ...] = ("convolutional", "transformer")
    dtypes = {kind: choose_dtype(device, kind, precision) for kind in kinds}
    encoders = [
        prepare_clip(ClipEncoder(name, clip), device, dtypes) for name, clip in parts.clips.items()
    ]
    freeze(parts.lpips, device, torch.float32)
    freeze(parts.lpips.trunk, device, dtypes["convolutional"])
    return Networks(
        encoders=tuple(encoders),
        autoencoder=prepare_vqgan(parts.vqgan, device, dtypes["convolutional"]),
        perceptual=parts.lpips,
    )
