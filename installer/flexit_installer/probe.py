"""Runs in the engine's environment, `python -m flexit_installer.probe`: what works there, as JSON.

A GPU that is listed need not compute: its driver may be too old, or torch lack the kernels for it.
So one small kernel runs on each.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from flexit_engine import __version__
from flexit_engine.networks.profiles import list_profiles, load_profile


def facts() -> dict[str, Any]:
    """Versions, and each device with the reason why it does not compute, if it does not.

    Raises:
        WeightsError: the embedded networks are damaged.
    """
    import torch
    import torchvision

    for profile in filter(lambda profile: profile.embedded, map(load_profile, list_profiles())):
        for file in profile.files:
            file.check_contents(profile.folder)
    names = ["cpu"]
    names += [f"cuda:{index}" for index in range(torch.cuda.device_count())]
    names += [f"xpu:{index}" for index in range(torch.xpu.device_count())]
    names += ["mps"] if torch.backends.mps.is_available() else []
    return {
        "version": __version__,
        "python": sys.version.split()[0],
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
        "devices": [{"name": name, "title": _title(name), "error": _fault(name)} for name in names],
    }


def _title(name: str) -> str:
    import torch

    kind, _, index = name.partition(":")
    if kind in ("cuda", "xpu"):
        return str(getattr(torch, kind).get_device_name(int(index)))
    return "CPU" if kind == "cpu" else "Apple GPU"


def _fault(name: str) -> str | None:
    import torch

    try:
        ones = torch.ones(1, 1, 4, 4, device=name)
        result = torch.nn.functional.conv2d(ones, ones[..., :2, :2]).sum().item()
    except Exception as error:  # whatever the driver thinks of
        return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    return None if result == 36.0 else f"It computes {result} instead of 36."


if __name__ == "__main__":
    json.dump(facts(), sys.stdout)
