from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.display import Display

from .host import Krita
from .watched import WatchedEngine


@pytest.fixture(scope="session")
def display() -> Iterator[Display]:
    """A display for all of Krita's windows."""
    with Display() as display:
        yield display


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the shared Krita looks for an engine."""
    return tmp_path_factory.mktemp("data", numbered=True)


@pytest.fixture(scope="session")
def shared_krita(
    display: Display, data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Krita]:
    """One Krita for all tests that do not need their own: a start takes many seconds."""
    home = tmp_path_factory.mktemp("krita")
    with Krita(home, display, {"FLEXIT_DATA": str(data)}) as krita:
        yield krita


@pytest.fixture
def krita(shared_krita: Krita) -> Iterator[Krita]:
    """Krita, without open pictures, and afterwards without faults."""
    yield shared_krita
    shared_krita.run("steps:tidy_up")


@pytest.fixture
def engine(data: Path) -> Iterator[WatchedEngine]:
    """An engine that gives back what it gets."""
    with WatchedEngine(data) as engine:
        yield engine
