"""Krita with the real engine: edits, and who starts and ends whom (requirement 8)."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image

from flexit.client import Engine, FlexITError
from flexit_engine.cli import main
from tests.editors.display import Display
from tests.editors.engines import real_engine
from tests.plugin.client.stand_in import wait_until

from .host import SUITE, Krita

PICTURE = Path(__file__).parents[3] / "docs" / "images" / "red-apple.png"
SELECTION = [100, 120, 300, 280]
CHOICES = {"source": "red apple", "target": "lemon", "steps": 3, "seed": 7, "context": 0.25}


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data folder where the engine is installed and does not run; ends it afterwards.

    A Krita in a Debian of its own cannot start this machine's: there it does run.
    """
    folder = tmp_path / "data"
    if SUITE:
        with real_engine(folder):
            yield folder
        return
    folder.mkdir()
    (folder / "command.json").write_text(json.dumps([sys.executable, "-m", "flexit_engine"]))
    yield folder
    with suppress(FlexITError):
        engine = Engine(folder)
        pid = engine.address().pid
        engine.shutdown()
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(20)


@pytest.fixture
def picture(tmp_path: Path) -> str:
    """Where any Krita sees it."""
    return shutil.copy(PICTURE, tmp_path)


def start(tmp_path: Path, name: str, display: Display, data: Path) -> Krita:
    home = tmp_path / name
    home.mkdir()
    return Krita(home, display, {"FLEXIT_DATA": str(data)})


def edit_file(krita: Krita, picture: str, seen: Path) -> dict[str, Any]:
    """Edit a part of a picture, and have what is seen then written to a file."""
    where = {"path": picture, "selection": SELECTION, "to": str(seen)}
    return dict(krita.run("real:edit_file", **where, choices=CHOICES, deadline=120))


def engines(data: Path) -> list[int]:
    """Processes of engines on a data folder."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "flexit_engine" in words and "serve" in words:
            with suppress(psutil.Error):
                if process.environ().get("FLEXIT_DATA") == str(data):
                    found.append(process.pid)
    return found


def test_krita_starts_the_engine_and_gets_the_bytes_that_the_command_line_gets(
    tmp_path: Path, display: Display, data: Path, picture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "seen"
    with start(tmp_path, "first", display, data) as krita:
        found = edit_file(krita, picture, raw)
    assert found["error"] is None
    assert found["layers"] == ["red apple → lemon #7", "Background"]
    assert found["preview"]
    mask, out = tmp_path / "mask.png", tmp_path / "out.png"
    selected = np.zeros((512, 512), np.uint8)
    left, top, width, height = SELECTION
    selected[top : top + height, left : left + width] = 255
    Image.fromarray(selected).save(mask)
    monkeypatch.setenv("FLEXIT_DATA", str(data))
    words = ["edit", str(PICTURE), str(out), "--mask", str(mask), "--quiet"]
    words += ["--from", "red apple", "--to", "lemon", "--steps", "3", "--seed", "7"]
    assert main(words) == 0
    seen = np.frombuffer(raw.read_bytes(), np.uint8).reshape(512, 512, 4)
    with Image.open(out) as picture:
        wanted = np.asarray(picture.convert("RGB"))
    np.testing.assert_array_equal(seen[..., 2::-1], wanted)
    with Image.open(PICTURE) as picture:
        assert (wanted != np.asarray(picture.convert("RGB"))).any()


def test_8_a_killed_krita_leaves_one_engine_which_the_next_one_takes_over(
    tmp_path: Path, display: Display, data: Path, picture: str
) -> None:
    with (
        start(tmp_path, "first", display, data) as first,
        start(tmp_path, "second", display, data) as second,
    ):
        first.run("real:begin", path=picture, deadline=120)
        (pid,) = engines(data)
        os.killpg(first.process.pid, signal.SIGKILL)
        first.process.wait(10)
        left = Engine(data).edits()[0]
        assert left["state"] == "running"
        Engine(data).call("DELETE", f"/v1/edits/{left['id']}")
        found = edit_file(second, picture, tmp_path / "seen")
        assert found["error"] is None
        assert engines(data) == [pid]


@pytest.mark.skipif(bool(SUITE), reason="in a Debian of its own it cannot start the engine")
def test_7_a_killed_engine_is_told_and_started_again_and_the_edit_goes_on(
    tmp_path: Path, display: Display, data: Path, picture: str
) -> None:
    with start(tmp_path, "first", display, data) as krita:
        krita.run("real:begin", path=picture, deadline=120)
        (pid,) = engines(data)
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not psutil.pid_exists(pid) or not engines(data))
        found = krita.run("session:error")
        assert found["restart"]
        krita.run("session:restart_and_cancel", deadline=60)
        assert len(engines(data)) == 1
        wait_until(lambda: Engine(data).edits()[0]["state"] == "cancelled")
