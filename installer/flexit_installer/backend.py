"""Which build of torch suits this machine: uv finds out, except where the GPU is too old for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Literal

from flexit_engine.isolation import run_apart

Accelerator = Literal["cpu", "cuda", "rocm", "xpu"]

AUTO = "auto"
VARIABLE = "UV_TORCH_BACKEND"
FOR_OLD_GPUS = "cu126"
"""The last builds with kernels for NVIDIA's Maxwell, Pascal and Volta; uv looks at the driver only.

https://github.com/pytorch/pytorch/issues/157517: later ones start at compute capability 7.5.
"""
OLDEST_FOR_NEW_BUILDS = 7.5
BYTES: Mapping[Accelerator, int] = {
    "cpu": 1_500_000_000,
    "cuda": 6_000_000_000,
    "rocm": 20_000_000_000,
    "xpu": 6_000_000_000,
}
"""About what the engine's environment takes on the disk, nearly all of it torch.

CUDA: measured, torch 2.14.1+cu130 on Linux is 5.3 GB, all the rest 0.4 GB. CPU: the same without
what is CUDA's, 0.7 GB and 0.4 GB, and some room. ROCm: 13 GB of 6.0, 19 GB of later ones,
https://github.com/pytorch/pytorch/issues/129165,
https://github.com/ultralytics/ultralytics/pull/24137. XPU: reckoned from its wheels,
https://github.com/pytorch/test-infra/pull/6612.
"""
PCI_DISPLAY, PCI_INTEL = 0x03, 0x8086
SECONDS = 10


def backends(environ: Mapping[str, str] = os.environ) -> Iterator[str]:
    """What to try one after another, until a kernel runs on every GPU.

    Args:
        environ: where `UV_TORCH_BACKEND` is set, it is the only one.
    """
    if chosen := environ.get(VARIABLE):
        yield chosen
        return
    capabilities = nvidia_capabilities(environ)
    if not capabilities or max(capabilities) >= OLDEST_FOR_NEW_BUILDS:
        yield AUTO
    if capabilities:
        yield FOR_OLD_GPUS
        yield "cpu"


def accelerator(environ: Mapping[str, str] = os.environ, root: Path = Path("/")) -> Accelerator:
    """For which kind of GPU the build will be, told as `uv` tells it.

    Source: https://github.com/astral-sh/uv/blob/main/crates/uv-torch/src/accelerator.rs.

    Args:
        environ: where `UV_TORCH_BACKEND` is set, it decides.
        root: stands for `/`.
    """
    chosen = environ.get(VARIABLE, AUTO)
    if chosen != AUTO:
        kinds: dict[str, Accelerator] = {"cu": "cuda", "ro": "rocm", "xp": "xpu"}
        return kinds.get(chosen[:2], "cpu")
    if nvidia_capabilities(environ):
        return "cuda"
    if shutil.which("rocm_agent_enumerator", path=environ.get("PATH", os.defpath)):
        return "rocm"
    return "xpu" if any(map(_is_intel_display, (root / "sys/bus/pci/devices").glob("*"))) else "cpu"


def _is_intel_display(device: Path) -> bool:
    with suppress(OSError, ValueError):
        kind, vendor = (int((device / name).read_text(), 16) for name in ("class", "vendor"))
        return kind >> 16 == PCI_DISPLAY and vendor == PCI_INTEL
    return False


def nvidia_capabilities(environ: Mapping[str, str] = os.environ) -> list[float]:
    """Compute capability of each NVIDIA GPU, such as 8.6; nothing where there is no driver."""
    program = shutil.which("nvidia-smi", path=environ.get("PATH", os.defpath))
    if program is None:
        return []
    words = [program, "--query-gpu=compute_cap", "--format=csv,noheader"]
    try:
        done = run_apart(words, environ=os.environ, timeout=SECONDS)
        done.check_returncode()
        said = done.stdout.decode()
        return [float(line) for line in said.split()]
    except (OSError, ValueError, subprocess.SubprocessError):
        return []
