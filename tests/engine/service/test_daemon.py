"""The engine in the background: one of it, apart from whoever started it, and gone when told so."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from flexit_engine.cli import main
from flexit_engine.errors import EngineUnreachable, FlexITError, StorageError
from flexit_engine.service import caller, daemon
from flexit_engine.service.config import Config
from flexit_engine.service.daemon import answering, start, stop
from flexit_engine.service.discovery import Address, discover, is_alive, publish

from .places import mode, occupy, somebody_elses_folder, wait_for
from .test_discovery import holder

FLEXIT = [sys.executable, "-m", "flexit_engine"]

FROM_A_TERMINAL = """
import fcntl, signal, subprocess, sys, termios
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # what `nohup` ignores, its children ignore as well
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
subprocess.run([sys.executable, "-m", "flexit_engine", "start"], check=True)
input()
"""


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder with a short name, and no engine left in it."""
    with tempfile.TemporaryDirectory(prefix="flexit-") as folder:
        monkeypatch.setenv("FLEXIT_DATA", folder)
        yield Path(folder)
        stop(Path(folder))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """An engine that was started from an editor's environment, for tests that only look at it."""
    with tempfile.TemporaryDirectory(prefix="flexit-") as folder, pytest.MonkeyPatch.context() as p:
        elsewhere = tmp_path_factory.mktemp("appimage")
        for name in ("PYTHONPATH", "LD_LIBRARY_PATH", "GI_TYPELIB_PATH", "QT_PLUGIN_PATH"):
            p.setenv(name, str(elsewhere))
        p.setenv("APPDIR", str(elsewhere))
        p.setenv("LD_LIBRARY_PATH", f"{elsewhere}:/typed/lib")
        p.setenv("ONEDNN_VERBOSE", "0")
        p.setenv("LC_ALL", "C.UTF-8")
        before = os.umask(0)
        address = start(Config(Path(folder))).address
        os.umask(before)
        yield address
        stop(Path(folder))


def engines(data: Path) -> list[int]:
    """All engines of a data folder, found without its files."""
    found = []
    for process in psutil.process_iter():
        try:
            words, place = process.cmdline(), process.environ().get("FLEXIT_DATA")
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if "serve" in words and place == str(data):
            found.append(process.pid)
    return found


def call(*words: str) -> tuple[int, Any]:
    done = subprocess.run([*FLEXIT, *words, "--json"], capture_output=True, check=False)
    return done.returncode, json.loads(done.stdout)


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_alive(pid))


def test_a_started_engine_answers_and_is_reused(data: Path) -> None:
    first = start(Config(data))
    assert first.is_new
    assert answering(data) == first.address == discover(data)
    assert start(Config(data)) == (first.address, False)


@pytest.mark.parametrize("_round", range(3))
def test_of_several_started_at_once_one_lives_and_all_callers_get_it(
    data: Path, _round: int
) -> None:
    command = [*FLEXIT, "start", "--json"]
    starters = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(3)]
    answers = []
    for starter in starters:
        out, _ = starter.communicate()
        assert starter.returncode == 0
        answers.append(json.loads(out))
    assert len({answer["pid"] for answer in answers}) == 1
    assert not [answer for answer in answers if "token" in answer]
    assert sum(answer["started"] for answer in answers) == 1
    wait_for(lambda: engines(data) == [answers[0]["pid"]])


def test_it_outlives_the_terminal_it_was_started_from(data: Path) -> None:
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-c", FROM_A_TERMINAL],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as starter:
        os.close(theirs)
        seen = b""
        while b"runs now" not in seen:
            seen += os.read(ours, 4096)
        os.close(ours)  # the terminal is closed
        assert starter.wait() == -signal.SIGHUP
    address = answering(data)
    assert address is not None
    assert os.getsid(address.pid) == address.pid
    assert os.readlink(f"/proc/{address.pid}/fd/0") == "/dev/null"


def test_one_that_is_just_ending_is_waited_for(data: Path) -> None:
    with holder(data) as ending:
        starter = subprocess.Popen([*FLEXIT, "start", "--json"], stdout=subprocess.PIPE)
        said = data / "logs" / "startup.log"
        wait_for(lambda: said.exists() and "already_running" in said.read_text())
        ending.kill()
        out, _ = starter.communicate()
    assert starter.returncode == 0
    assert json.loads(out)["started"]


def test_what_an_editor_set_up_for_itself_did_not_reach_it(running: Address) -> None:
    environment = psutil.Process(running.pid).environ()
    assert environment["FLEXIT_DATA"] == str(running.log.parents[1])
    assert environment["LC_ALL"] == "C.UTF-8"
    unwanted = ("PYTHONPATH", "GI_", "QT_PLUGIN_PATH", "APPDIR")
    assert not [name for name in environment if name.startswith(unwanted)]


def test_what_was_typed_at_the_terminal_did(running: Address) -> None:
    environment = psutil.Process(running.pid).environ()
    assert environment["LD_LIBRARY_PATH"] == "/typed/lib"
    assert environment["ONEDNN_VERBOSE"] == "0"


def test_it_holds_no_terminal_and_no_folder_of_its_starter(running: Address) -> None:
    data = running.log.parents[1]
    assert psutil.Process(running.pid).cwd() == str(data)
    streams = [os.readlink(f"/proc/{running.pid}/fd/{number}") for number in range(3)]
    assert streams == ["/dev/null", *[str(data / "logs" / "startup.log")] * 2]


def test_it_has_loaded_neither_torch_nor_numpy(running: Address) -> None:
    loaded = Path(f"/proc/{running.pid}/maps").read_text()
    assert "pydantic_core" in loaded  # what libraries are loaded is to be seen there
    assert "torch" not in loaded
    assert "numpy" not in loaded


def test_nobody_else_can_read_anything(running: Address) -> None:
    data = running.log.parents[1]
    assert mode(data) == 0o700
    for path in data.rglob("*"):
        assert mode(path) == (0o700 if path.is_dir() else 0o600), path
    assert stat.S_ISSOCK((data / "engine.sock").stat().st_mode)


def test_status_says_what_it_does(running: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLEXIT_DATA", str(running.log.parents[1]))
    code, report = call("status")
    assert code == 0
    assert (report["running"], report["pid"], report["queued"]) == (True, running.pid, 0)
    assert report["uptime"] > 0
    assert [worker["device"] for worker in report["workers"]] == ["auto"]
    assert Path(report["log"]).exists()
    assert "token" not in report
    people = subprocess.run([*FLEXIT, "status"], capture_output=True, check=True, text=True)
    assert str(running.pid) in people.stdout
    assert str(running.socket) in people.stdout


def test_no_command_of_the_daemon_imports_torch_or_numpy(data: Path) -> None:
    program = (
        "import sys; from flexit_engine.cli import main\n"
        "codes = [main([name]) for name in ('start', 'status', 'logs', 'stop', 'status')]\n"
        "sys.exit(str({'torch', 'numpy'} & set(sys.modules)) if codes == [0, 0, 0, 0, 10] else 9)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.stderr == b"set()\n"
    assert engines(data) == []


def test_stopping_ends_it_and_leaves_nothing_to_find(data: Path) -> None:
    pid = start(Config(data)).address.pid
    assert stop(data)
    assert not is_alive(pid)
    assert not (data / "engine.json").exists()
    assert not (data / "engine.sock").exists()
    assert not stop(data)


def test_stopping_nothing_is_said_and_makes_nothing(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEXIT_DATA", str(data / "none"))
    assert call("stop") == (0, {"running": False, "stopped": False})
    assert call("status") == (10, {"running": False, "log": f"{data}/none/logs/engine.jsonl"})
    assert not (data / "none").exists()


def test_in_a_folder_that_is_not_the_engines_nothing_is_touched(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = data / "pictures"
    pictures.mkdir()
    pictures.chmod(0o755)
    (pictures / "wedding.jpg").write_text("keep me")
    monkeypatch.setenv("FLEXIT_DATA", str(pictures))
    assert (call("status")[0], call("stop")[0]) == (10, 0)
    assert mode(pictures) == 0o755
    assert os.listdir(pictures) == ["wedding.jpg"]


def test_what_a_killed_engine_left_is_replaced(data: Path) -> None:
    first = start(Config(data)).address
    kill(first.pid)
    assert (data / "engine.json").exists()
    assert discover(data) is None
    second = start(Config(data))
    assert second.is_new
    assert second.address.token != first.token


def test_what_a_killed_engine_left_is_cleaned_by_stopping(data: Path) -> None:
    kill(start(Config(data)).address.pid)
    assert not stop(data)
    assert not (data / "engine.json").exists()
    assert not (data / "engine.sock").exists()


def test_an_engine_that_hangs_is_reported_and_ended_by_force(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(caller, "SECONDS_FOR_HEALTH", 0.3)
    monkeypatch.setattr(daemon, "SECONDS_TO_DIE", 0.3)
    pid = start(Config(data)).address.pid
    os.kill(pid, signal.SIGSTOP)
    assert main(["status"]) == 10
    assert f"process {pid}, but does not answer" in capsys.readouterr().err
    with pytest.raises(EngineUnreachable, match="did not answer within 2 seconds"):
        start(Config(data), seconds=2)
    assert stop(data)
    assert not is_alive(pid)
    assert engines(data) == []


# httpcore forgets to close the socket of a connection that failed.
@pytest.mark.filterwarnings("ignore:.*socket:pytest.PytestUnraisableExceptionWarning")
def test_another_program_with_the_dead_engines_number_is_left_alone(data: Path) -> None:
    sleeping = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(sleeping, stdin=subprocess.PIPE) as innocent:
        leftover = Address(
            protocol=1,
            version="0.1.0",
            pid=innocent.pid,
            token="old",  # noqa: S106
            socket=data / "engine.sock",
            log=data / "log",
        )
        publish(data, leftover)
        assert answering(data) is None
        assert not stop(data)
        assert innocent.poll() is None
        publish(data, leftover)
        assert start(Config(data)).address.pid != innocent.pid


def test_where_a_sockets_name_would_be_too_long_it_listens_on_a_port(data: Path) -> None:
    deep = data / ("long" * 30)
    address = start(Config(deep)).address
    try:
        assert address.socket is None
        assert address.port is not None
        assert answering(deep) == address
    finally:
        assert stop(deep)


def test_at_login_is_asked_for_and_taken_back_with_the_engine(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))  # no systemctl there
    unit = tmp_path / "systemd" / "user" / "flexit.service"
    code, answer = call("start", "--at-login", "--tcp")
    assert (code, str(unit) in answer["at_login"]) == (0, True)
    assert '"serve"' in unit.read_text()
    assert '"--tcp"' in unit.read_text()
    assert call("stop", "--at-login")[1]["at_login"] == "It does not start at login any more."
    assert not unit.exists()
    assert engines(data) == []


def test_both_addresses_are_there_when_asked_for(data: Path) -> None:
    address = start(Config(data, tcp=True, devices=("cpu",), keep_alive=-1)).address
    assert address.socket is not None
    assert answering(data) == address
    assert address.port is not None
    for place in (address, address.model_copy(update={"socket": None})):
        with caller.Caller(place) as asked:
            assert [worker.device for worker in asked.ready().workers] == ["cpu"]


def test_it_ends_by_itself_when_idle(data: Path) -> None:
    code, answer = call("start", "--exit-when-idle", "0.05")
    assert code == 0
    wait_for(lambda: not is_alive(answer["pid"]))
    assert not (data / "engine.json").exists()
    assert call("status")[0] == 10


def test_a_second_one_in_the_foreground_says_that_there_is_one(data: Path) -> None:
    start(Config(data))
    code, said = call("serve")
    assert (code, said["code"]) == (11, "already_running")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_one_in_the_foreground_in_good_order(data: Path, number: int) -> None:
    with subprocess.Popen(
        [*FLEXIT, "serve"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        wait_for(lambda: answering(data))
        process.send_signal(number)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (0, b"The engine has ended.\n", b"")
    assert not (data / "engine.json").exists()


@pytest.mark.parametrize("name", ["engine.sock", "logs/engine.jsonl", "engine.json"])
def test_a_folder_in_the_place_of_a_file_is_a_sentence_with_the_log(data: Path, name: str) -> None:
    (data / "logs").mkdir()
    occupy(data / name, "folder")
    with pytest.raises(StorageError) as caught:
        start(Config(data))
    assert name.split("/")[-1] in caught.value.message
    assert str(data / "logs" / "startup.log") in caught.value.hint
    assert (data / name / "holiday.txt").exists()
    assert engines(data) == []


@pytest.mark.parametrize(("name", "what"), [("logs", "file"), ("logs/startup.log", "folder")])
def test_without_a_place_for_the_log_nothing_is_started(data: Path, name: str, what: str) -> None:
    (data / name).parent.mkdir(exist_ok=True)
    occupy(data / name, what)
    with pytest.raises(StorageError, match=name.split("/")[-1]):
        start(Config(data))


def test_a_data_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    occupy(tmp_path / "file", "file")
    places = [tmp_path / "file", Path("/proc/flexit"), somebody_elses_folder(tmp_path)]
    for place in places:
        with pytest.raises(StorageError):
            start(Config(place))


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo ImportError: no module named x >&2; exit 1", "ImportError: no module named x"),
        ("exit 139", "exit code 139"),
        ('echo \'{"code": "device", "message": "No GPU.", "hint": ""}\'; exit 8', "No GPU."),
    ],
)
def test_the_last_words_of_one_that_dies_are_the_reason(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, reason: str
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(FlexITError) as caught:
        start(Config(data))
    assert reason in caught.value.message
    assert str(data / "logs" / "startup.log") in caught.value.hint


def test_one_that_never_answers_is_ended(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/pid\nexec sleep 100\n")
    python.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(python))
    with pytest.raises(EngineUnreachable, match="did not answer within 1 seconds"):
        start(Config(data), seconds=1)
    assert not is_alive(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    "words",
    [["--keep-alive", "-2"], ["--keep-alive", "nan"], ["--exit-when-idle", "0"], ["--device"]],
)
def test_impossible_options_are_refused_before_anything_is_started(
    data: Path, words: list[str]
) -> None:
    assert call("start", *words)[0] == 2
    assert list(data.iterdir()) == []
