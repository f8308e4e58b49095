from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from flexit_engine.service import daemon
from flexit_installer.editors import Editor

from .homes import made_up

Flexit = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder, empty, which is this process's own for the length of a test."""
    home = made_up(tmp_path).home
    for name in [name for name in os.environ if name.startswith(("FLEXIT_", "XDG_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture
def data(home: Path) -> Iterator[Path]:
    """Where the data folder will be; an engine that a failed test has left there ends."""
    folder = home / ".local/share/flexit"
    yield folder
    daemon.stop(folder)


@pytest.fixture
def krita(home: Path) -> Editor:
    """A Krita that was never started."""
    return Editor("krita", "native", home / ".local/share/krita", settings=home / ".config/kritarc")


@pytest.fixture
def gimp(home: Path) -> Editor:
    """A GIMP that was started before."""
    profile = home / ".config/GIMP/3.0"
    profile.mkdir(parents=True)
    return Editor("gimp", "native", profile)


@pytest.fixture
def flexit(home: Path) -> Flexit:
    """Runs the command as a process."""

    def run(*words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "flexit_engine", *map(str, words)],
            env={**os.environ, **environ},
            cwd=home.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )

    return run
