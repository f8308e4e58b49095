"""Homes, folders and disks that are not as usual: a sentence with the way out, never a trace."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flexit_engine.commands.failures import as_error
from flexit_engine.errors import EngineUnreachable, OutOfMemory, StorageError
from flexit_engine.folders import data_folder, weights_folder
from flexit_engine.service.config import Config
from flexit_engine.service.daemon import start as start_engine

from .conftest import Start
from .disks import mounted
from .places import full_disk, somebody_elses_folder
from .test_storage import finish

COMMANDS = ("start", "status", "logs", "stop", "serve")
FLEXIT = """
import pwd, sys
def nobody(number):
    raise KeyError(number)
if "--unknown" in sys.argv:
    sys.argv.remove("--unknown")
    pwd.getpwuid = nobody
from flexit_engine.cli import main
sys.exit(main())
"""


def flexit(*words: str, here: Path, **environment: str | bytes) -> subprocess.CompletedProcess[str]:
    """Run the command with these variables alone."""
    kept = {"PATH": os.environ["PATH"], "PYTHONIOENCODING": "utf-8", **environment}
    command = [sys.executable, "-c", FLEXIT, *words]
    return subprocess.run(command, cwd=here, env=kept, capture_output=True, text=True, timeout=60)


def assert_a_sentence(done: subprocess.CompletedProcess[str], way_out: str) -> None:
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert "unexpected" not in said
    assert done.returncode in (0, 10), said
    if done.stderr:
        assert way_out in done.stderr


@pytest.fixture
def cannot(tmp_path: Path) -> Path:
    """A folder in which nothing can be made."""
    return somebody_elses_folder(tmp_path) / "flexit" if os.geteuid() else Path("/proc/flexit")


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_home_and_an_entry_for_the_user(tmp_path: Path, command: str) -> None:
    done = flexit(command, "--unknown", here=tmp_path)
    assert done.returncode == 10
    assert "no home folder" in done.stderr
    assert_a_sentence(done, "FLEXIT_DATA")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", ["~nobody-of-that-name/x", b"/tmp/not-utf-8-\xff", "a" * 300])
def test_with_a_name_that_cannot_be(tmp_path: Path, command: str, name: str | bytes) -> None:
    done = flexit(command, here=tmp_path, FLEXIT_DATA=name)
    assert_a_sentence(done, "FLEXIT_DATA")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", COMMANDS)
def test_with_a_folder_that_cannot_be_made(tmp_path: Path, cannot: Path, command: str) -> None:
    assert_a_sentence(flexit(command, here=tmp_path, FLEXIT_DATA=str(cannot)), "FLEXIT_DATA")


@pytest.mark.parametrize("command", COMMANDS)
def test_in_a_home_that_is_not_ones_own(tmp_path: Path, cannot: Path, command: str) -> None:
    assert_a_sentence(flexit(command, here=tmp_path, HOME=str(cannot)), "FLEXIT_DATA")


def test_from_a_working_folder_that_is_gone(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f'rmdir "$PWD"; exec "{sys.executable}" -m flexit_engine start'
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=gone,
        env={**os.environ, "FLEXIT_DATA": "here"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert_a_sentence(done, "whole path")


def test_a_tilde_that_no_shell_has_replaced_is_ones_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable, folder in (("FLEXIT_DATA", data_folder), ("FLEXIT_WEIGHTS", weights_folder)):
        monkeypatch.setenv(variable, "~/flexit")
        assert folder() == tmp_path / "flexit"


@pytest.fixture(params=["disk", "quota"])
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """A data folder in which nothing more can be written."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    if request.param == "quota":
        with full_disk():
            yield folder
        return
    with mounted(folder, "size=64k,mode=700") as may:
        if not may:
            pytest.skip("only root may mount a disk")
        with pytest.raises(OSError, match="No space left"):
            (folder / "filler").write_bytes(bytes(1 << 20))
        yield folder / "data"  # beside the filler, which is none of the files of an engine


def test_on_a_full_disk_the_reason_is_the_disk(full: Path) -> None:
    with pytest.raises(StorageError) as caught:
        start_engine(Config(full))
    assert "exit code" not in caught.value.message
    assert "Make room" in caught.value.hint


def test_where_python_is_gone_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(EngineUnreachable, match="'/no/such/python': No such file") as caught:
        start_engine(Config(tmp_path))
    assert "Install FlexIT again" in caught.value.hint


@pytest.mark.parametrize("number", [errno.EOPNOTSUPP, errno.EPERM, errno.EINVAL])
def test_where_there_are_no_unix_sockets_it_listens_on_a_port(start: Start, number: int) -> None:
    engine = start(no_sockets=number)
    assert engine.address.socket is None
    assert engine.address.port is not None
    finish(engine)


@pytest.mark.parametrize(
    "error",
    [
        ImportError("libtorch_cpu.so: failed to map segment from shared object"),
        OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)),
        RuntimeError("can't start new thread"),
    ],
)
def test_too_little_memory_is_called_that_whoever_says_so(error: Exception) -> None:
    said = as_error(error)
    assert type(said) is OutOfMemory
    assert "ulimit" in said.hint
