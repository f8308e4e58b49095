"""An engine is found exactly while it runs, and there is only ever one."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flexit_engine.errors import AlreadyRunning, StorageError
from flexit_engine.ownership import STAMP
from flexit_engine.service.discovery import (
    Address,
    data_folder,
    discover,
    is_alive,
    only_instance,
    publish,
    record_command,
    withdraw,
)

from .places import mode, occupy, somebody_elses_folder, wait_for

HOLD_THE_LOCK = """
import sys
from pathlib import Path
from flexit_engine.service.discovery import only_instance
with only_instance(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def address_of(data: Path, pid: int | None = None, token: str = "secret") -> Address:  # noqa: S107
    return Address(
        protocol=1,
        version="0.1.0",
        pid=pid or os.getpid(),
        token=token,
        socket=data / "engine.sock",
        log=data / "logs" / "engine.jsonl",
    )


@contextmanager
def holder(data: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that is the only engine, and waits to be killed."""
    command = [sys.executable, "-c", HOLD_THE_LOCK, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_the_data_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLEXIT_DATA", str(tmp_path))
    assert data_folder() == tmp_path
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FLEXIT_DATA", "here")
    assert data_folder() == tmp_path / "here"


@pytest.mark.skipif(sys.platform != "linux", reason="where it is on Linux")
def test_the_data_folder_is_where_the_platform_wants_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("FLEXIT_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert data_folder() == tmp_path / "flexit"
    monkeypatch.delenv("XDG_DATA_HOME")
    assert data_folder() == Path.home() / ".local" / "share" / "flexit"


def test_what_is_published_is_found_until_it_is_withdrawn(tmp_path: Path) -> None:
    address = address_of(tmp_path)
    assert discover(tmp_path) is None
    publish(tmp_path, address)
    assert discover(tmp_path) == address
    assert mode(tmp_path / "engine.json") == 0o600
    withdraw(tmp_path, address)
    assert os.listdir(tmp_path) == []


def test_the_file_has_the_fields_of_the_protocol(tmp_path: Path) -> None:
    publish(tmp_path, address_of(tmp_path))
    assert json.loads((tmp_path / "engine.json").read_text()) == {
        "protocol": 1,
        "version": "0.1.0",
        "pid": os.getpid(),
        "token": "secret",
        "socket": str(tmp_path / "engine.sock"),
        "port": None,
        "log": str(tmp_path / "logs" / "engine.jsonl"),
    }


def test_the_token_is_not_shown_in_passing(tmp_path: Path) -> None:
    assert "secret" not in repr(address_of(tmp_path))


def test_another_engines_file_is_not_withdrawn(tmp_path: Path) -> None:
    publish(tmp_path, address_of(tmp_path, token="theirs"))  # noqa: S106
    withdraw(tmp_path, address_of(tmp_path, token="ours"))  # noqa: S106
    assert discover(tmp_path) is not None


def test_a_dead_process_is_no_engine_even_before_anybody_collects_it(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        publish(tmp_path, address_of(tmp_path, process.pid))
        assert discover(tmp_path) is not None
        process.kill()
        wait_for(lambda: not is_alive(process.pid))
        assert discover(tmp_path) is None
    assert discover(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", '{"pid": 1}', '{"pid": "x"}', "\ud800".encode(errors="surrogatepass")],
)
def test_what_is_no_address_is_none(tmp_path: Path, text: str | bytes) -> None:
    (tmp_path / "engine.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert discover(tmp_path) is None


@pytest.mark.parametrize("wrong", [{"pid": -1}, {"pid": 0}, {"port": 0}, {"token": ""}])
def test_an_impossible_address_is_none(tmp_path: Path, wrong: dict[str, object]) -> None:
    fields = address_of(tmp_path).model_dump(mode="json")
    (tmp_path / "engine.json").write_text(json.dumps({**fields, **wrong}))
    assert discover(tmp_path) is None


@pytest.mark.parametrize("what", ["file", "folder", "pipe", "link"])
def test_something_foreign_is_no_address(tmp_path: Path, what: str) -> None:
    occupy(tmp_path / "engine.json", what)
    assert discover(tmp_path) is None


def test_the_command_starts_this_engine_again(tmp_path: Path) -> None:
    record_command(tmp_path)
    command = json.loads((tmp_path / "command.json").read_text())
    done = subprocess.run([*command, "--version"], capture_output=True, check=True)
    assert done.stdout.startswith(b"flexit ")
    assert mode(tmp_path / "command.json") == 0o600


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    with holder(tmp_path):
        with pytest.raises(AlreadyRunning), only_instance(tmp_path):
            pytest.fail("there are two")
        assert mode(tmp_path / "engine.lock") == 0o600


def test_a_killed_holders_lock_is_free(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.kill()
        process.wait()
        with only_instance(tmp_path):
            assert (tmp_path / "engine.lock").exists()


def test_whoever_gets_in_finds_no_leftovers(tmp_path: Path) -> None:
    publish(tmp_path, address_of(tmp_path))
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(tmp_path / "engine.sock"))
    with only_instance(tmp_path):
        assert set(os.listdir(tmp_path)) == {"engine.lock", STAMP}


@pytest.mark.parametrize("name", ["engine.json", "engine.sock"])
def test_what_only_looks_like_a_leftover_is_kept(tmp_path: Path, name: str) -> None:
    occupy(tmp_path / name, "folder")
    with only_instance(tmp_path):
        assert (tmp_path / name / "holiday.txt").exists()


def test_a_file_in_the_sockets_place_is_kept(tmp_path: Path) -> None:
    occupy(tmp_path / "engine.sock", "file")
    with only_instance(tmp_path):
        assert (tmp_path / "engine.sock").is_file()


@pytest.mark.parametrize("what", ["folder", "link"])
def test_something_foreign_in_the_locks_place_is_a_sentence(tmp_path: Path, what: str) -> None:
    occupy(tmp_path / "engine.lock", what)
    with pytest.raises(StorageError, match=r"engine\.lock"), only_instance(tmp_path):
        pytest.fail("there is no lock")


def test_somebody_elses_data_folder_is_refused(tmp_path: Path) -> None:
    theirs = somebody_elses_folder(tmp_path)
    with pytest.raises(StorageError), only_instance(theirs):
        pytest.fail("it is theirs")
