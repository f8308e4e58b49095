from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.engines import FakeEngine
from tests.editors.krita.display import Display

from .host import Gimp
from .window import Window


@pytest.fixture(scope="session", autouse=True)
def root() -> None:
    """A Debian of its own can only be entered by root."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("GIMP 3 runs in a Debian of its own, for which one must be root.")


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where GIMP looks for an engine."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def shared_gimp(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gimp]:
    """One GIMP without a window for all tests that do not need their own."""
    with Gimp(tmp_path_factory.mktemp("gimp"), data) as gimp:
        yield gimp
    assert gimp.complaints() == []


@pytest.fixture
def gimp(shared_gimp: Gimp) -> Gimp:
    """GIMP, without open images."""
    shared_gimp("close_all")
    return shared_gimp


@pytest.fixture(scope="session")
def shared_window(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """One GIMP with a window, on a display of its own."""
    with Display() as display, Gimp(tmp_path_factory.mktemp("gimp"), data, display.name) as gimp:
        yield Window(gimp, display)
    assert gimp.complaints() == []


@pytest.fixture
def window(shared_window: Window) -> Iterator[Window]:
    """GIMP with a window, without open images, dialogs and old texts."""
    shared_window.tidy_up()
    yield shared_window
    shared_window.tidy_up()


@pytest.fixture
def engine(data: Path) -> Iterator[FakeEngine]:
    """An engine that gives back what it gets."""
    with FakeEngine(data) as engine:
        yield engine
