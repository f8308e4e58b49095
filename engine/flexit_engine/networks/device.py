"""Which device computes, and in which number format each kind of network runs there."""

from __future__ import annotations

from typing import Literal

import torch

from flexit_engine.errors import DeviceError

Kind = Literal["convolutional", "depthwise", "transformer"]
Precision = Literal["auto", "float32"]


def choose_device(name: str = "auto") -> torch.device:
    """Find the device asked for; `auto` takes the first of CUDA, XPU, MPS, CPU.

    Args:
        name: `auto`, or torch's name of a device, such as `cpu`, `cuda` or `cuda:1`.

    Raises:
        DeviceError: the device is not there.
    """
    if name == "auto":
        name = next((kind for kind in ("cuda", "xpu", "mps") if _count(kind)), "cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise DeviceError(f"There is no kind of device called {name!r}.", _choices()) from None
    if (device.index or 0) >= _count(device.type):
        raise DeviceError(f"The device {name!r} is not there.", _choices())
    return device


def choose_dtype(device: torch.device, kind: Kind, precision: Precision = "auto") -> torch.dtype:
    """Number format of a frozen network's weights and activations.

    bfloat16 where the hardware multiplies it fast. Not float16: its range is too small for the
    gradients of the output range map.
    """
    if precision == "float32":
        return torch.float32
    fast = {"cuda": _cuda_bf16, "xpu": _xpu_bf16, "cpu": _cpu_bf16}.get(device.type)
    return torch.bfloat16 if fast is not None and fast(device, kind) else torch.float32


def _count(kind: str) -> int:
    if kind == "cpu":
        return 1
    if kind == "mps":
        return int(torch.backends.mps.is_available())
    if kind == "cuda":
        return torch.cuda.device_count()
    if kind == "xpu":
        return torch.xpu.device_count()
    return 0


def _choices() -> str:
    there = [
        f"{kind}:{index}" if _count(kind) > 1 else kind
        for kind in ("cuda", "xpu", "mps", "cpu")
        for index in range(_count(kind))
    ]
    return f"This machine has: {', '.join(there)}."


def _cuda_bf16(device: torch.device, _kind: Kind) -> bool:
    return torch.cuda.get_device_capability(device) >= (8, 0)


def _xpu_bf16(_device: torch.device, _kind: Kind) -> bool:
    return torch.xpu.is_bf16_supported()


def _cpu_bf16(_device: torch.device, kind: Kind) -> bool:
    # Measured: with AMX all gain; with AVX-512 alone a transformer gets twice as slow, and
    # convolutions of single channels a little.
    if torch.cpu._is_amx_tile_supported():
        return True
    return kind == "convolutional" and torch.cpu._is_avx512_bf16_supported()
