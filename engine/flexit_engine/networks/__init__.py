"""The networks an edit needs, the profiles that name them, and the files they are read from.

Importing this package imports no torch, so that the service can read profiles; the names below
are found at their first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flexit_engine.networks.device import choose_device
    from flexit_engine.networks.interfaces import Networks
    from flexit_engine.networks.load import load_networks

__all__ = ["Networks", "choose_device", "load_networks"]

_HOMES = {"Networks": "interfaces", "choose_device": "device", "load_networks": "load"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
