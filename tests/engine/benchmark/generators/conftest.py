from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

RECORDED = Path(__file__).with_name("recorded")


class Recorded:
    """What upstream's generator made of a latent, and its checkpoint."""

    def __init__(self, name: str) -> None:
        tensors = load_file(RECORDED / f"{name}.safetensors")
        self.latent, self.image = tensors["latent"], tensors["image"]
        self.average = tensors.get("latent_avg")
        self.weights: dict[str, Tensor] = {
            key.removeprefix("weights/"): tensor
            for key, tensor in tensors.items()
            if key.startswith("weights/")
        }


@pytest.fixture(scope="session")
def recorded_stylegan2() -> Recorded:
    return Recorded("stylegan2")


@pytest.fixture(scope="session")
def recorded_icgan() -> Recorded:
    return Recorded("icgan")


@pytest.fixture(scope="session")
def stylegan2_file(recorded_stylegan2: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint as the converter writes it."""
    path = tmp_path_factory.mktemp("stylegan2") / "small.pt"
    contents = {"g_ema": recorded_stylegan2.weights, "latent_avg": recorded_stylegan2.average}
    torch.save(contents, path)
    return path


@pytest.fixture(scope="session")
def icgan_file(recorded_icgan: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A `G_ema` file."""
    path = tmp_path_factory.mktemp("icgan") / "G_ema_best0.pth"
    torch.save(recorded_icgan.weights, path)
    return path
