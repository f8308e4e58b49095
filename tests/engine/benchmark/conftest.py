from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from .tiny import write_judge, write_minidata


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> Iterator[None]:
    """Networks this small only lose time by waiting for each other's threads."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def minidata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of that layout."""
    return write_minidata(tmp_path_factory.mktemp("minidata"))


@pytest.fixture(scope="session")
def judge_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a judge that knows the labels of that folder."""
    return write_judge(tmp_path_factory.mktemp("judges") / "judge.safetensors")
