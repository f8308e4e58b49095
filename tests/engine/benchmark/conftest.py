from __future__ import annotations

from pathlib import Path

import pytest

from .tiny import write_judge, write_minidata


@pytest.fixture(scope="session")
def minidata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small folder of that layout."""
    return write_minidata(tmp_path_factory.mktemp("minidata"))


@pytest.fixture(scope="session")
def judge_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a judge that knows the labels of that folder."""
    return write_judge(tmp_path_factory.mktemp("judges") / "judge.safetensors")
