"""One small run of everything, made once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flexit_engine.training.__main__ import main
from flexit_engine.training.corpus import Corpus

from .tiny import write_data, write_drawings, write_photographs, write_teacher

STAGES = "flexit_engine.training"


@pytest.fixture(scope="package")
def small() -> Iterator[None]:
    """Batches of four small pictures, short edits, one drawing of each shape and colour."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{STAGES}.corpus.SHAPE_VARIANTS", 1)
        for stage in ("autoencoder", "encoders", "judge"):
            patch.setattr(f"{STAGES}.{stage}.BATCH", 4)
        patch.setattr(f"{STAGES}.edits.TOGETHER", 4)
        patch.setattr(f"{STAGES}.edits.KEPT_STEPS", (1, 2))
        for stage in ("autoencoder", "edits"):
            patch.setattr(f"{STAGES}.{stage}.SIDE", 32)
        yield


@pytest.fixture(scope="package")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of training pictures."""
    folder = tmp_path_factory.mktemp("data")
    write_data(folder)
    return folder


@pytest.fixture(scope="package")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of the teacher's files."""
    folder = tmp_path_factory.mktemp("teacher")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(f"{STAGES}.teacher.HASHES", write_teacher(folder))
        yield folder


@pytest.fixture(scope="package")
def folders(data: Path, teacher: Path, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """All that `all` learns from, as options."""
    photographs, drawings = (tmp_path_factory.mktemp(name) for name in ("photographs", "drawings"))
    write_photographs(photographs)
    write_drawings(drawings)
    given = {"data": data, "photographs": photographs, "drawings": drawings, "teacher": teacher}
    return [word for name, folder in given.items() for word in (f"--{name}", str(folder))]


@pytest.fixture(scope="package")
def out(
    small: None,  # noqa: ARG001
    folders: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A folder in which everything was prepared, trained for one batch and exported."""
    out = tmp_path_factory.mktemp("out")
    main(["all", *folders, "--out", str(out), "--budget", "1"])
    return out


@pytest.fixture(scope="package")
def corpus(out: Path) -> Corpus:
    return Corpus.load(out / "corpus")
