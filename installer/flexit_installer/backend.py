"""Which build of torch suits this machine: uv finds out, except where the GPU is too old for it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping

AUTO = "auto"
VARIABLE = "UV_TORCH_BACKEND"
FOR_OLD_GPUS = "cu126"
"""The last builds with kernels for NVIDIA's Maxwell, Pascal and Volta; uv looks at the driver only.

https://github.com/pytorch/pytorch/issues/157517: later ones start at compute capability 7.5.
"""
OLDEST_FOR_NEW_BUILDS = 7.5
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


def nvidia_capabilities(environ: Mapping[str, str] = os.environ) -> list[float]:
    """Compute capability of each NVIDIA GPU, such as 8.6; nothing where there is no driver."""
    program = shutil.which("nvidia-smi", path=environ.get("PATH", os.defpath))
    if program is None:
        return []
    words = [program, "--query-gpu=compute_cap", "--format=csv,noheader"]
    try:
        said = subprocess.run(  # noqa: S603 -- found on the PATH
            words, capture_output=True, text=True, timeout=SECONDS, check=True
        ).stdout
        return [float(line) for line in said.split()]
    except (OSError, ValueError, subprocess.SubprocessError):
        return []
