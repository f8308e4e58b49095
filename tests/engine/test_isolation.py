"""Nothing is run that lies in the folder or the home from which something of ours is started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from flexit.client.launch import start_engine
from flexit_engine.isolation import python_words
from flexit_engine.service import daemon
from flexit_engine.service.at_login import systemd_unit
from flexit_engine.service.config import Config
from flexit_engine.service.discovery import record_command
from tests.engine.service.places import wait_for
from tests.engine.service.running import ROOT

PLANTED = [
    "torch",
    "numpy",
    "platformdirs",
    "random",
    "email",
    "secrets",
    "psutil",
    "httpx",
    "uuid",
]
"""Names of modules that the engine imports sooner or later, early and late ones."""
PICTURE = ROOT / "docs/images/red-apple.png"


@pytest.fixture
def trap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder and the home at once, full of modules that write down that they were run.

    `PYTHONSAFEPATH` is not set: as for Python 3.10, which does not know it.
    """
    folder = tmp_path / "trap"
    folder.mkdir()
    for name in PLANTED:
        (folder / f"{name}.py").write_text(
            f"open({str(tmp_path / 'ran')!r}, 'a').write({name!r})\nraise SystemExit(9)\n"
        )
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("PYTHONSAFEPATH", raising=False)
    return tmp_path / "ran"


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="flexit-") as folder:
        monkeypatch.setenv("FLEXIT_DATA", folder)
        yield Path(folder)
        daemon.stop(Path(folder))


def flexit(*words: str) -> subprocess.CompletedProcess[str]:
    """As the `flexit` command does it, which is a program in a folder of its own."""
    command = [sys.executable, "-I", "-m", "flexit_engine"]
    return subprocess.run([*command, *words], capture_output=True, text=True, timeout=120)


def test_the_trap_works(trap: Path) -> None:
    subprocess.run([sys.executable, "-c", "import secrets"], check=False)
    assert trap.read_text() == "secrets"


def test_an_edit_by_an_engine_in_the_foreground_runs_nothing_of_the_current_folder(
    trap: Path, data: Path, tmp_path: Path
) -> None:
    with subprocess.Popen([*python_words(sys.executable, "flexit_engine"), "serve"]) as engine:
        try:
            wait_for(lambda: daemon.answering(data))
            words = ["--from", "red apple", "--to", "lemon", "--steps", "1"]
            done = flexit("edit", str(PICTURE), str(tmp_path / "result.png"), *words)
        finally:
            engine.terminate()
    assert done.returncode == 0, done.stderr
    assert '"state": "done"' in (data / "logs/engine.jsonl").read_text()  # the engine has made it
    assert not trap.exists()


def test_an_engine_that_an_editor_starts_runs_nothing_of_the_home(trap: Path, data: Path) -> None:
    record_command(data)
    start_engine(timeout=60)
    assert daemon.answering(data) is not None
    assert not trap.exists()


def test_doctor_runs_nothing_of_the_current_folder(trap: Path, data: Path) -> None:
    done = flexit("doctor", "--json")
    findings = {finding["about"]: finding["state"] for finding in json.loads(done.stdout)}
    assert (findings["environment"], findings["engine"]) == ("right", "right")
    assert not trap.exists()
    assert data.is_dir()


@pytest.mark.usefixtures("data")
def test_typed_as_a_module_it_runs_nothing_of_the_current_folder(trap: Path) -> None:
    for words in (["--version"], ["profiles"], ["status"]):
        subprocess.run([sys.executable, "-m", "flexit_engine", *words], check=False)
    assert not trap.exists()


def test_what_is_written_down_to_be_started_later_is_safe_by_itself(
    trap: Path, tmp_path: Path
) -> None:
    record_command(tmp_path)
    commands = [json.loads((tmp_path / "command.json").read_text()), [*Config.worker, "cpu"]]
    for command in commands:
        words = [*command, "--version"] if command is commands[0] else command
        subprocess.run(words, stdin=subprocess.DEVNULL, check=False)
    assert not trap.exists()


def test_the_unit_names_a_folder_of_ours(tmp_path: Path) -> None:
    unit = systemd_unit(["/python"], {"FLEXIT_DATA": "/home/zoë/100% mine"}, tmp_path)
    assert "\nWorkingDirectory=-/home/zoë/100%% mine\n" in unit.content.decode()


def test_the_worker_runs_in_the_data_folder(tmp_path: Path) -> None:
    """So it does where the service itself was started elsewhere."""
    import asyncio

    from flexit_engine.service.worker_process import WorkerProcess

    words = ("sh", "-c", "pwd > place; cat")

    async def start() -> None:
        worker = WorkerProcess(words, "cpu", tmp_path)
        process = await worker._start()
        await asyncio.to_thread(wait_for, lambda: (tmp_path / "place").exists())
        process.kill()
        await worker.end()

    asyncio.run(start())
    assert (tmp_path / "place").read_text().strip() == os.path.realpath(tmp_path)
