"""One small run of everything, made once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flexit_engine.training.__main__ import main
from flexit_engine.training.corpus import Corpus

from .tiny import write_data

STAGES = "flexit_engine.training"


@pytest.fixture(scope="package")
def small() -> Iterator[None]:
    """Batches of four, and one drawing of each shape and colour."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{STAGES}.corpus.SHAPE_VARIANTS", 1)
        for stage in ("autoencoder", "sharp", "encoders", "judge"):
            patch.setattr(f"{STAGES}.{stage}.BATCH", 4)
        yield


@pytest.fixture(scope="package")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of training pictures."""
    folder = tmp_path_factory.mktemp("data")
    write_data(folder)
    return folder


@pytest.fixture(scope="package")
def out(small: None, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:  # noqa: ARG001
    """A folder in which everything was prepared, trained for one batch and exported."""
    out = tmp_path_factory.mktemp("out")
    main(["all", "--data", str(data), "--out", str(out), "--budget", "1"])
    return out


@pytest.fixture(scope="package")
def corpus(out: Path) -> Corpus:
    return Corpus.load(out / "corpus")
