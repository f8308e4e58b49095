"""The wizard as a process with a window on an X server, driven by clicks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from flexit_engine.networks.profiles import load_profile
from flexit_engine.ownership import stamp
from flexit_engine.service.private import make_private_folder
from flexit_installer.wizard import words
from tests.editors.display import Display
from tests.installer.conftest import Flexit
from tests.installer.homes import snapshot

Drive = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def display() -> Iterator[Display]:
    with Display() as display:
        yield display


@pytest.fixture
def drive(display: Display, tmp_path: Path) -> Drive:
    """Goes through the wizard; what was seen."""

    def run(*words: str, language: str = "en") -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "tests.installer.wizard.driver", str(tmp_path), *words],
            env={
                **os.environ,
                "DISPLAY": display.name,
                "PATH": "/usr/bin:/bin",
                "LANG": f"{language}.UTF-8",
                "LANGUAGE": language,
            },
            capture_output=True,
            text=True,
            timeout=420,
        )
        assert done.returncode == 0, done.stderr
        seen: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return seen

    return run


def test_from_the_first_page_to_a_picture_that_has_changed(
    drive: Drive, home: Path, data: Path, tmp_path: Path
) -> None:
    (home / ".local/share/krita").mkdir(parents=True)
    seen = drive()
    assert [row[0] for row in seen["table"]] == ["Plug-in for Krita", "Engine, with small networks"]
    assert seen["table"][0][1] == "~/.local/share/krita/pykrita"
    assert (data / "install.json").exists()
    assert (home / ".local/share/krita/pykrita/flexit_krita/__init__.py").exists()
    assert "In Krita, FlexIT is a docker" in " ".join(seen["4-tried"])
    assert "the small networks make of it" in " ".join(seen["4-tried"])
    assert len(list(tmp_path.glob("*.png"))) == 4


def test_cancelling_leaves_nothing_half_done(drive: Drive, home: Path) -> None:
    krita = home / ".local/share/krita"
    krita.mkdir(parents=True)
    seen = drive("cancel")
    assert seen["running"] is False
    assert list(krita.iterdir()) == []
    assert not (home / ".config/kritarc").exists()
    left = {name for name in snapshot(home) if "flexit" in name}
    assert left <= {
        ".local/share/flexit",
        ".local/share/flexit/install.json",
    }


def test_it_takes_flexit_away_again_and_speaks_the_users_language(
    drive: Drive, home: Path, data: Path, flexit: Flexit
) -> None:
    (home / ".local/share/krita").mkdir(parents=True)
    before = snapshot(home)
    assert flexit("install", "krita", PATH="/usr/bin:/bin").returncode == 0
    weights = data / "weights" / load_profile("paper").files[0].name
    weights.parent.mkdir()
    stamp(weights.parent)
    weights.write_bytes(bytes(2_000_000))
    seen = drive("leave", language="de_DE")
    assert seen["1-found"][:3] == [
        "Wohin soll FlexIT?",
        "FlexIT ändert ein Bild nach zwei Texten: was da ist und was daraus wird.",
        "&Weiter >",  # Qt's own word
    ]
    assert seen["boxes"] == ["Die geladenen Netze behalten (2 MB)"]
    assert "FlexIT ist entfernt. Das bleibt:\n~/.local/share/flexit/weights" in seen["3-gone"]
    assert weights.stat().st_size == 2_000_000
    shutil.rmtree(data)
    assert {name: value for name, value in snapshot(home).items() if "krita" in name} == {
        name: value for name, value in before.items() if "krita" in name
    }


def test_what_cannot_be_taken_away_is_said(drive: Drive, data: Path) -> None:
    make_private_folder(data)
    (data / "install.json").write_text("{")
    seen = drive("leave")
    assert seen["boxes"] == []
    assert "install.json', is damaged" in " ".join(seen["3-gone"])
    assert (data / "install.json").read_text() == "{"


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"task": "downloading x"}, "Downloading x"),
        (
            {"task": "x", "done": 3e8, "total": 2.9e9, "speed": 2.4e7, "seconds_left": 108.3},
            "X, 300 MB of 2.9 GB, 24 MB a second, about 2 minutes left",
        ),
        (
            {"task": "x", "done": 1, "total": 2e3, "speed": None, "seconds_left": 3},
            "X, 0 kB of 2 kB, a few seconds left",
        ),
    ],
)
def test_progress_is_told_as_people_say_it(facts: dict[str, Any], sentence: str) -> None:
    assert words.progress(facts) == sentence


def test_time_left_is_rounded_to_what_one_can_believe() -> None:
    assert words.time_left(40) == "less than a minute left"
    assert words.time_left(62) == "about a minute left"
    assert words.time_left(3600) == "about 60 minutes left"
