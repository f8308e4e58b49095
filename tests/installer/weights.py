"""Small weights in the published formats, and a profile of them as a distributor would write it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from flexit_engine.networks.profiles import Profile, sha256
from tests.engine.networks.test_checkpoints import save_with_class
from tests.engine.reference import profile_of

MAKE = Path(__file__).parents[1] / "reference" / "make_checkpoints.py"


def make_weights(folder: Path) -> Path:
    """Write the files; the VQGAN is a Lightning checkpoint with a callback, like the published."""
    subprocess.run([sys.executable, MAKE, folder], check=True)
    lightning = type(
        "ModelCheckpoint", (), {"__module__": "pytorch_lightning.callbacks.model_checkpoint"}
    )
    vqgan = folder / "vqgan.ckpt"
    contents = torch.load(vqgan, weights_only=True)
    contents["callbacks"] = {lightning: {"best_model_score": 1.0}}
    save_with_class(contents, lightning, vqgan)
    return folder


def profile(files: Path, sources: Sequence[str] = (), hashes: bool = True) -> Profile:
    """A profile of these files, with what is known of published ones."""
    names = sorted(path.stem.removeprefix("clip-") for path in files.glob("clip-*.pt"))
    plain = profile_of(names)
    described = []
    for file in plain.files:
        path = files / file.name
        known = {"sha256": sha256(path), "size": path.stat().st_size} if hashes else {}
        if file.role == "autoencoder":
            known = {**known, "size": None, "converted": "vqgan.safetensors"}
        found = tuple(f"{source}/{file.name}" for source in sources)
        described.append(file.model_copy(update={**known, "sources": found}))
    return plain.model_copy(update={"files": tuple(described)})
