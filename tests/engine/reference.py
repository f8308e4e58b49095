"""The recorded runs of the released code, in the words of this project."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.profiles import Profile, WeightFile
from flexit_engine.settings import Settings, make_settings


def profile_of(encoders: Iterable[str]) -> Profile:
    """The files `make_checkpoints.py` writes, as a profile."""
    files = [
        WeightFile(name="vqgan.ckpt", role="autoencoder", licence="MIT"),
        WeightFile(name="model.yaml", role="config", licence="MIT"),
        WeightFile(name="vgg16.pth", role="perceptual", licence="MIT"),
    ]
    files += [
        WeightFile(name=f"clip-{name}.pt", role="encoder", network=name, licence="MIT")
        for name in encoders
    ]
    return Profile(name="reference", title="Reference", resolution=64, files=tuple(files))


def read_cases(folder: Path) -> list[dict[str, Any]]:
    cases: list[dict[str, Any]] = json.loads((folder / "cases.json").read_text())
    return cases


def read_input(folder: Path, size: int) -> Tensor:
    """`input.png`, shorter side resized to `size` with antialiasing, centre-cropped."""
    image = Image.open(folder / "input.png").convert("RGB")
    scale = size / min(image.size)
    width, height = (int(side * scale) for side in image.size)
    image = image.resize((width, height), Image.Resampling.BILINEAR)
    left, top = (width - size) // 2, (height - size) // 2
    image = image.crop((left, top, left + size, top + size))
    return torch.from_numpy(np.array(image)).permute(2, 0, 1)[None].float() / 255


def settings_of(case: dict[str, Any]) -> Settings:
    """A case's settings, given under the released code's names."""
    recorded = case["settings"]
    return make_settings(
        {
            "steps": recorded["steps"],
            "learning_rate": recorded["lr"],
            "perceptual_weight": recorded["lpips_weight"],
            "latent_weight": recorded["znorm_weight"],
            "latent_norm": recorded.get("znorm_loss", "l1l2").replace("l1l2", "l21"),
            "source_weight": recorded["source_coef"],
            "image_weight": recorded["im0_coef"],
            "augmentations": 0,
        }
    )


def networks_of(case: dict[str, Any], networks: Networks) -> Networks:
    """Those of the reference networks that a case uses, in its order."""
    by_name = {encoder.name: encoder for encoder in networks.encoders}
    encoders = tuple(by_name[name] for name in case["settings"]["names"])
    return Networks(encoders, networks.autoencoder, networks.perceptual)
