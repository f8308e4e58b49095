"""`python -m tests.engine.service.faulty_worker FAULTS DEVICE`: the real worker, whose networks
are small, random, and fail when told to by a file in the folder FAULTS:

    pace    every decoding takes so many seconds
    hold    decodings wait for as long as the file is there; `held` appears while one does
    oom     so many decodings find the memory full
    cuda    the next decoding loses the device, as do all others of this process after it
    die     the next loading of the networks ends the process with these last words
    chatty  every step is reported (only at the start)
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from flexit_engine.editor import Editor
from flexit_engine.networks.device import choose_device
from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.profiles import load_profile
from flexit_engine.worker import reporter
from flexit_engine.worker.__main__ import main
from tests.engine.flexit.tiny import TinyAutoencoder, tiny_networks


@dataclass
class Faults:
    """What is to go wrong."""

    folder: Path
    lost: bool = False

    def meet(self) -> None:
        """Fail if it is time to."""
        time.sleep(float(self._told("pace") or 0))
        while self._told("hold") is not None:
            (self.folder / "held").touch()
            time.sleep(0.01)
        (self.folder / "held").unlink(missing_ok=True)
        left = int(self._told("oom") or 0)
        if left:
            (self.folder / "oom").write_text(str(left - 1))
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 MiB.")
        if self._told("cuda") is not None:
            (self.folder / "cuda").unlink()
            self.lost = True
        if self.lost:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")

    def load(self) -> None:
        """End the process if it is to die."""
        words = self._told("die")
        if words is not None:
            (self.folder / "die").unlink()
            os.write(2, words.encode())
            os._exit(3)

    def _told(self, name: str) -> str | None:
        try:
            return (self.folder / name).read_text()
        except FileNotFoundError:
            return None


class FaultyAutoencoder(TinyAutoencoder):
    def __init__(self, faults: Faults) -> None:
        super().__init__()
        self.faults = faults

    def decode(self, latent: Tensor) -> Tensor:
        self.faults.meet()
        return super().decode(latent)


def faulty_networks(faults: Faults) -> Networks:
    networks = tiny_networks()
    autoencoder = FaultyAutoencoder(faults)
    autoencoder.load_state_dict(networks.autoencoder.state_dict())
    with torch.no_grad():
        autoencoder.up.weight.mul_(20)  # else no step could be seen in 8 bits
    for module in (*networks.encoders, autoencoder, networks.perceptual):
        module.eval().float().requires_grad_(False)
    return Networks(networks.encoders, autoencoder, networks.perceptual)


if __name__ == "__main__":
    faults = Faults(Path(sys.argv[1]))

    def load(profile: str, device: str) -> Editor:
        faults.load()
        return Editor(load_profile(profile), faulty_networks(faults), choose_device(device))

    Editor.load = load
    torch.set_num_threads(1)
    if (faults.folder / "chatty").exists():
        reporter.SECONDS_BETWEEN_REPORTS = 0
    main(sys.argv[2])
