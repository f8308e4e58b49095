from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flexit_engine.networks.interfaces import Networks

from .tiny import tiny_networks


@pytest.fixture
def networks() -> Networks:
    return tiny_networks()


@pytest.fixture
def image() -> Tensor:
    """Two pictures, not square."""
    return torch.rand(2, 3, 32, 48, dtype=torch.float64, generator=torch.Generator().manual_seed(1))
