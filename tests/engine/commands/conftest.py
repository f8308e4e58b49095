from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from flexit_engine.canvas import Picture, write_picture
from flexit_engine.cli import main
from flexit_engine.commands.editors import load_editor
from flexit_engine.editor import Editor

from .tiny_flexit import load_tiny


@dataclass
class Answer:
    """What a call of `flexit` left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # noqa: ANN401
        return json.loads(self.out)


Flexit = Callable[..., Answer]


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The engine of whoever runs the tests is left alone."""
    monkeypatch.setenv("FLEXIT_DATA", str(tmp_path / "no-engine"))


@pytest.fixture
def flexit(capsys: pytest.CaptureFixture[str]) -> Flexit:
    """The command, in this process."""

    def call(*words: object) -> Answer:
        code = main([str(word) for word in words])
        return Answer(code, *capsys.readouterr())

    return call


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch, flexit: Flexit) -> Iterator[Flexit]:
    """The command, with networks that need no time."""
    monkeypatch.setattr(Editor, "load", load_tiny)
    load_editor.cache_clear()
    yield flexit
    load_editor.cache_clear()


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    """A picture with something in it: an orange disc on green, `48×64`."""
    return draw(tmp_path / "cat.png")


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    """The left half of that picture."""
    selected = np.zeros((48, 64), np.uint8)
    selected[:, :32] = 255
    write_picture(Picture.from_array(selected), tmp_path / "mask.png")
    return tmp_path / "mask.png"


def draw(path: Path, height: int = 48, width: int = 64, seed: int = 0) -> Path:
    rows, columns = np.mgrid[:height, :width]
    inside = (rows - height / 2) ** 2 + (columns - width / 2) ** 2 < (height / 3) ** 2
    picture = np.where(inside[..., None], (230, 140, 40), (60, 150, 70))
    noise = np.random.default_rng(seed).integers(-9, 10, picture.shape)
    write_picture(Picture.from_array((picture + noise).astype(np.uint8)), path)
    return path


def hashes(folder: Path) -> dict[str, str]:
    """What is in every file of a folder."""
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.iterdir())
        if path.is_file()
    }
