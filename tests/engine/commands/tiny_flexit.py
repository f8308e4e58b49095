"""`python -m tests.engine.commands.tiny_flexit` is `flexit` with networks that need no time."""

from __future__ import annotations

import sys

import torch

from flexit_engine.cli import main
from flexit_engine.editor import Editor
from flexit_engine.networks.device import choose_device
from flexit_engine.networks.profiles import load_profile
from tests.engine.flexit.tiny import tiny_networks


def load_tiny(profile: str = "mini", device: str = "auto", precision: str = "auto") -> Editor:  # noqa: ARG001
    """Stands in for `Editor.load`: small random networks under the profile's name."""
    networks = tiny_networks()
    for module in (*networks.encoders, networks.autoencoder, networks.perceptual):
        module.float()
    return Editor(load_profile(profile), networks, choose_device(device))


if __name__ == "__main__":
    torch.set_num_threads(1)
    Editor.load = load_tiny
    sys.exit(main())
