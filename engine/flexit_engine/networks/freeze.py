"""Frozen networks: read, never trained."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def freeze(network: Network, device: torch.device, dtype: torch.dtype) -> Network:
    """Eval mode, no gradients for weights, cast once, in the memory layout convolutions like best.

    Autocast is not used: it would cast frozen weights again at every call.
    """
    network.eval().requires_grad_(False)
    network.to(device, dtype)
    # In float32 the gain is small, and the released code's own layout keeps its very rounding.
    if dtype == torch.bfloat16:
        network.to(memory_format=torch.channels_last)
    return network
