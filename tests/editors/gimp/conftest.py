from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors.display import Display

from .host import CHROOT, SUITE, Gimp
from .served import ServedEngine
from .window import Window, open_window


@pytest.fixture(scope="session", autouse=True)
def debian() -> None:
    """A Debian of its own, made before any clock runs; it can only be entered by root."""
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("GIMP 3 runs in a Debian of its own, for which one must be root.")
    subprocess.run([CHROOT, SUITE, "gimp", "true"], check=True)


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where GIMP looks for an engine."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="session")
def shared_gimp(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gimp]:
    """One GIMP without a window for all tests that do not need their own."""
    with Gimp(tmp_path_factory.mktemp("gimp"), data) as gimp:
        yield gimp


@pytest.fixture
def gimp(shared_gimp: Gimp) -> Iterator[Gimp]:
    """GIMP, without open images; afterwards it must have printed nothing about us."""
    shared_gimp("close_all")
    yield shared_gimp
    assert shared_gimp.complaints() == []


@pytest.fixture(scope="session")
def shared_window(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """One GIMP with a window, on a display of its own."""
    with (
        Display() as display,
        open_window(display, tmp_path_factory.mktemp("gimp"), data) as window,
    ):
        yield window


@pytest.fixture
def window(shared_window: Window) -> Iterator[Window]:
    """GIMP with a window, without open images, dialogs and old texts; it printed nothing of us."""
    shared_window.tidy_up()
    yield shared_window
    shared_window.tidy_up()
    assert shared_window.gimp.complaints() == []


@pytest.fixture
def engine(data: Path) -> Iterator[ServedEngine]:
    """An engine that gives back what it gets."""
    with ServedEngine(data) as engine:
        yield engine
