"""Profile `mini`: small networks shipped with this project; an edit takes seconds on a CPU.

The autoencoder and the encoders of drawings were trained by this project, the encoders of
photographs are classifiers as ImageNet left them, the encoder of colours has nothing to learn
(`docs/mini-networks.md`).
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn

from flexit_engine.errors import WeightsError
from flexit_engine.networks.device import Precision, choose_dtype
from flexit_engine.networks.freeze import freeze
from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.mini.autoencoder import MiniAutoencoder
from flexit_engine.networks.mini.colours import ColourEncoder
from flexit_engine.networks.mini.encoders import DESIGNS, MiniEncoder, fold
from flexit_engine.networks.mini.perceptual import PERCEPTUAL_DESIGN, MiniPerceptual
from flexit_engine.networks.mini.photographs import SHAPES, PhotographEncoder
from flexit_engine.networks.mini.reader import MiniReader
from flexit_engine.networks.mini.text import Vocabulary

__all__ = [
    "MiniAutoencoder",
    "MiniEncoder",
    "MiniPerceptual",
    "load",
    "load_autoencoder",
    "load_encoder",
    "load_photographs",
]


def load(folder: Path, device: torch.device, precision: Precision = "auto") -> Networks:
    """Read the autoencoder and all encoders, frozen, in the device's fast number format.

    Raises:
        WeightsError: a file is missing, truncated or of another network.
    """
    autoencoder = load_autoencoder(folder / "autoencoder.safetensors")
    drawings = {name: load_encoder(folder / f"{name}.safetensors", name) for name in DESIGNS}
    photographs = [load_photographs(folder / f"{name}.safetensors", name) for name in SHAPES]
    encoders: list[MiniEncoder | PhotographEncoder | ColourEncoder]
    encoders = [*photographs, *drawings.values(), ColourEncoder()]
    networks: list[MiniAutoencoder | MiniEncoder | PhotographEncoder | ColourEncoder]
    networks = [autoencoder, *encoders]
    for network in networks:
        dtype = choose_dtype(device, network.kind, precision)
        freeze(network, device, dtype).to(memory_format=torch.channels_last)
    perceptual = MiniPerceptual(drawings[PERCEPTUAL_DESIGN]).eval()
    return Networks(tuple(encoders), autoencoder, perceptual, MiniReader(encoders))


def load_autoencoder(path: Path) -> MiniAutoencoder:
    """Read the autoencoder.

    Raises:
        WeightsError: the file is missing, truncated or of another network.
    """
    autoencoder = MiniAutoencoder()
    _fill(autoencoder, _tensors(path)[0], "autoencoder")
    return autoencoder


def load_encoder(path: Path, design: str) -> MiniEncoder:
    """Read one encoder, its normalisations folded.

    Raises:
        WeightsError: the file is missing, truncated or of another network.
    """
    tensors, about = _tensors(path)
    try:
        vocabulary = Vocabulary(json.loads(about["vocabulary"]))
    except (KeyError, ValueError):
        raise WeightsError(f"The weight file {path.name} has no vocabulary.") from None
    encoder = MiniEncoder(design, vocabulary)
    fold(encoder)
    _fill(encoder, tensors, design)
    return encoder


def load_photographs(path: Path, design: str) -> PhotographEncoder:
    """Read one encoder of photographs.

    Raises:
        WeightsError: the file is missing, truncated or of another network.
    """
    tensors, about = _tensors(path)
    try:
        labels = json.loads(about["labels"])
    except (KeyError, ValueError):
        raise WeightsError(f"The weight file {path.name} has no labels.") from None
    encoder = PhotographEncoder(design, labels)
    _fill(encoder, tensors, design)
    return encoder


def _tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Tensors (stored in half precision) and metadata of one weight file."""
    try:
        with safe_open(path, framework="pt") as file:
            names = file.keys()
            return {name: file.get_tensor(name).float() for name in names}, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise WeightsError(
            f"The weight file {path.name} of profile mini cannot be read: {error}.",
            "Install flexit again.",
        ) from None


def _fill(network: nn.Module, tensors: dict[str, Tensor], name: str) -> None:
    try:
        network.load_state_dict(tensors)
    except RuntimeError:
        raise WeightsError(
            f"The weight file for {name} belongs to another version of the network.",
            "Install flexit again.",
        ) from None
