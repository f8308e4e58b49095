"""From nothing to an edit in a real Krita, and back to nothing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flexit_installer import kritarc
from tests.editors.display import Display
from tests.editors.krita import host

from .conftest import Flexit
from .homes import snapshot

ROOT = Path(__file__).parents[2]
PICTURE = ROOT / "docs/images/red-apple.png"
EDIT = {"source": "red apple", "target": "lemon", "steps": 3, "seed": 7}
REAL = "FLEXIT_REAL_INSTALL"
"""Set it to download torch as well: some 3 GB."""


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    with Display() as display:
        yield display


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the tests' Krita get only what drives it: our plug-in is there already, or is not."""

    def put(home: Path, _language: str, _made: Path | None) -> None:
        pykrita = home / ".local/share/krita/pykrita"
        shutil.copytree(host.HERE / "driver", pykrita, dirs_exist_ok=True)
        shutil.copytree(host.HERE / "inside", home / "inside")
        kritarc_path = home / ".config/kritarc"
        text = kritarc_path.read_bytes()
        line = b"[python]\nenable_flexit_driver=true"
        kritarc_path.write_bytes(text.replace(b"[python]", line, 1))

    monkeypatch.setattr(host, "make_home", put)


def edit_in_krita(home: Path, display: Display) -> None:
    """A real edit, in a real Krita, by the engine that was installed."""
    with host.Krita(home, display, {}, fresh=True) as krita:
        found = krita.run(
            "real:edit_file",
            path=str(PICTURE),
            selection=[100, 120, 300, 280],
            to=str(home / "seen"),
            choices=EDIT,
            deadline=240,
        )
    assert found["error"] is None
    assert found["layers"] == ["red apple → lemon #7", "Background"]


def check_only_ours_is_gone(home: Path, before: dict[str, object]) -> None:
    """Krita's own files are as it left them; nothing of ours is there."""
    after = snapshot(home)
    settings = ".config/kritarc"
    assert after.pop(settings) == kritarc.forgotten(before.pop(settings))  # type: ignore[arg-type]
    assert {name: value for name, value in after.items() if before.get(name) != value} == {}
    gone = {name for name in before.keys() - after.keys() if before[name] is not None}
    assert gone
    assert [name for name in gone if "flexit" not in name] == []
    ours = [name for name in after if "flexit" in name and "flexit_driver" not in name]
    assert ours == []


@pytest.mark.usefixtures("driver")
def test_one_command_installs_krita_edits_and_one_command_takes_it_away(
    home: Path, data: Path, display: Display, flexit: Flexit
) -> None:
    answer = flexit("install", "krita", PATH="/usr/bin:/bin")
    assert answer.returncode == 0, answer.stderr
    edit_in_krita(home, display)
    assert (data / "engine.json").exists()
    before: dict[str, object] = {**snapshot(home)}
    answer = flexit("uninstall", "--yes")
    assert answer.returncode == 0, answer.stderr
    check_only_ours_is_gone(home, before)


@pytest.mark.skipif(not os.environ.get(REAL), reason=f"{REAL} is not set: it downloads 3 GB")
@pytest.mark.usefixtures("driver")
def test_the_same_with_an_environment_of_its_own_and_all_that_is_downloaded(
    home: Path, data: Path, display: Display, tmp_path: Path
) -> None:
    light = tmp_path / "light"
    subprocess.run([sys.executable, "-m", "venv", light], check=True)
    subprocess.run([light / "bin/pip", "install", "--quiet", ROOT], check=True)
    environ = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("SSL_", "UV_", "http")) or name == "HOME"
    }
    environ["PATH"] = "/usr/bin:/bin"
    before_all = snapshot(home)
    words = [light / "bin/flexit", "install", "krita", "--json"]
    done = subprocess.run(words, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["python"] == str(data / "env/bin/python")
    command = home / ".local/bin/flexit"
    assert subprocess.run([command, "doctor"], env=environ).returncode == 0
    edit_in_krita(home, display)
    before: dict[str, object] = {
        name: value for name, value in snapshot(home).items() if "flexit/env" not in name
    }
    assert subprocess.run([command, "uninstall", "--yes"], env=environ).returncode == 0
    check_only_ours_is_gone(home, before)
    assert before_all.keys() <= snapshot(home).keys()
