"""What an engine does when its own files are taken away: it writes them again, or it ends."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from flexit_engine.commands.serve import TAKEN
from flexit_engine.service import daemon
from flexit_engine.service.config import Config
from flexit_engine.service.discovery import discover

from .conftest import QUICK, Start
from .places import wait_for
from .running import LONGEST, ROOT, Running, drawn
from .test_daemon import call, data, engines  # noqa: F401 -- a fixture
from .test_discovery import holder
from .test_storage import finish

LONG = {**QUICK, "steps": 2000}
OFTEN = {"server.SECONDS_BETWEEN_LOOKS": 0.1}


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


@pytest.mark.parametrize("instead", [None, b"", os.urandom(400), b'{"pid": 1}'])
def test_a_discovery_file_that_is_lost_is_written_again(
    data: Path,  # noqa: F811
    instead: bytes | None,
) -> None:
    first = daemon.start(Config(data))
    file = data / "engine.json"
    remove(file)
    if instead is not None:
        file.write_bytes(instead)
    assert call("status")[1]["pid"] == first.address.pid
    assert daemon.start(Config(data)) == (first.address, False)
    assert engines(data) == [first.address.pid]
    remove(file)
    assert daemon.stop(data)
    assert engines(data) == []


def test_while_one_runs_that_cannot_be_found_no_others_are_started(
    data: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spawned: list[int] = []
    really = daemon._spawn

    def spawn(config: Config) -> subprocess.Popen[bytes]:
        child = really(config)
        spawned.append(child.pid)
        return child

    monkeypatch.setattr(daemon, "_spawn", spawn)
    with holder(data), pytest.raises(daemon.EngineUnreachable):
        daemon.start(Config(data), seconds=5)
    assert len(spawned) == 1


@pytest.mark.parametrize("name", ["engine.lock", "engine.sock", "edits", "edits.sqlite"])
def test_without_a_file_it_cannot_write_again_it_ends_and_the_next_one_works(
    start: Start, name: str
) -> None:
    engine = start(constants=OFTEN)
    finish(engine)
    remove(engine.data / name)
    assert engine.process.wait(LONGEST) == 0
    again = start()
    finish(again)


@pytest.mark.parametrize("with_what", ["nothing", "folder", "moved"])
def test_without_its_folder_it_ends_in_the_middle_of_an_edit_and_makes_no_new_one(
    start: Start, faults: Path, tmp_path: Path, with_what: str
) -> None:
    engine = start(constants=OFTEN)
    (faults / "pace").write_text("0.02")
    engine.until_step(engine.submit(drawn(), settings=LONG), 2)
    if with_what == "moved":
        engine.data.rename(tmp_path / "moved")
    else:
        shutil.rmtree(engine.data)
    if with_what == "folder":
        engine.data.mkdir()
    assert engine.process.wait(LONGEST) == 0
    assert engine.data.exists() == (with_what == "folder")
    if with_what == "folder":
        assert set(os.listdir(engine.data)) <= {"logs"}


def test_two_never_share_a_queue_even_if_the_lock_is_removed(start: Start) -> None:
    engine = start(constants=OFTEN)
    os.kill(engine.process.pid, signal.SIGSTOP)  # before it can see what happens
    try:
        remove(engine.data / "engine.json")
        remove(engine.data / "engine.lock")
        assert second(engine).returncode == TAKEN
    finally:
        os.kill(engine.process.pid, signal.SIGCONT)
    assert engine.process.wait(LONGEST) == 0
    assert discover(engine.data) is None


def second(engine: Running) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "flexit_engine", "serve"]
    environment = {**os.environ, "FLEXIT_DATA": str(engine.data)}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=60)


@pytest.mark.parametrize("name", ["logs", "logs/engine.jsonl"])
def test_a_log_that_is_lost_begins_anew(start: Start, name: str) -> None:
    engine = start()
    remove(engine.data / name)
    edit = finish(engine)
    wait_for(lambda: edit in [entry.get("edit") for entry in engine.log()])
