import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.load import load_networks
from tests.engine.reference import profile_of

OURS = Path(__file__).parents[1] / "reference"
FOLDER = Path(os.environ.get("FLEXIT_REFERENCE", OURS))


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Two processes test on two cores, and threads of small networks only wait for each other."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def reference_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the small networks of the released code's recorded runs."""
    out = tmp_path_factory.mktemp("reference")
    subprocess.run([sys.executable, FOLDER / "make_checkpoints.py", out], check=True)
    return out


@pytest.fixture(scope="session")
def reference_networks(reference_weights: Path) -> Networks:
    """All of those networks, through the ordinary loader."""
    names = sorted(p.stem.removeprefix("clip-") for p in reference_weights.glob("clip-*.pt"))
    return load_networks(
        profile_of(names), torch.device("cpu"), precision="float32", folder=reference_weights
    )
