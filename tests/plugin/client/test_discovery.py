"""Where an engine is looked for, and what is believed of what is found there."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from flexit.client import BadAnswer, NotRunning, WrongVersion, data_folders
from flexit.client.discovery import LARGEST, read_address

HOME = Path("~").expanduser()
USUAL = HOME / ".local/share/flexit"
FACTS = {
    "protocol": 1,
    "version": "0.1.0",
    "pid": 4711,
    "token": "secret",
    "socket": "/home/me/engine.sock",
    "port": None,
    "log": "/home/me/logs/engine.jsonl",
}


@pytest.mark.parametrize(
    ("environ", "platform", "folders"),
    [
        ({}, "linux", [USUAL]),
        ({"XDG_DATA_HOME": " "}, "linux", [USUAL]),
        ({"XDG_DATA_HOME": "/box/data"}, "linux", [Path("/box/data/flexit"), USUAL]),
        ({"XDG_DATA_HOME": str(USUAL.parent)}, "linux", [USUAL]),
        ({"XDG_DATA_HOME": "/box", "FLEXIT_DATA": "/mine"}, "linux", [Path("/mine")]),
        ({"FLEXIT_DATA": "mine"}, "linux", [Path("mine").absolute()]),
        ({}, "darwin", [HOME / "Library/Application Support/flexit"]),
        ({"LOCALAPPDATA": "/users/me/local"}, "win32", [Path("/users/me/local/flexit")]),
        ({}, "win32", [HOME / "AppData/Local/flexit"]),
    ],
)
def test_the_data_folder_is_looked_for_where_the_engine_has_it(
    environ: dict[str, str], platform: str, folders: list[Path]
) -> None:
    assert data_folders(environ, platform) == folders


def test_an_engine_that_runs_is_found(folder: Path) -> None:
    address = read(folder, FACTS)
    assert (address.socket, address.port, address.pid) == (FACTS["socket"], None, 4711)
    assert (address.token, address.log) == ("secret", FACTS["log"])
    assert read(folder, {**FACTS, "socket": None, "port": 5000}).port == 5000


def test_the_token_is_in_no_text_about_an_address(folder: Path) -> None:
    address = read(folder, FACTS)
    assert "secret" not in f"{address} {address!r}"


def test_without_a_discovery_file_no_engine_runs(folder: Path) -> None:
    with pytest.raises(NotRunning, match="flexit start"):
        read_address(folder)


@pytest.mark.parametrize(
    ("protocol", "remedy"), [(0, "Update the engine"), (2, "Update the plug-in"), ("x", "Update")]
)
def test_another_protocol_is_refused_with_the_remedy(
    folder: Path, protocol: object, remedy: str
) -> None:
    with pytest.raises(WrongVersion, match=remedy):
        read(folder, {**FACTS, "protocol": protocol})


@pytest.mark.parametrize(
    "change",
    [
        {"token": ""},
        {"token": None},
        {"token": "a\r\nHost: b"},
        {"token": "é"},
        {"socket": None},
        {"port": "x"},
        {"pid": None},
    ],
)
def test_a_damaged_discovery_file_is_said_to_be_so(folder: Path, change: dict[str, Any]) -> None:
    with pytest.raises(BadAnswer, match="is damaged"):
        read(folder, {**FACTS, **change})


@pytest.mark.parametrize("facts", [[], {}, "engine", 1, {"token": "a"}])
def test_a_discovery_file_about_something_else_is_damaged(folder: Path, facts: object) -> None:
    with pytest.raises(BadAnswer, match="is damaged"):
        read(folder, facts)


@pytest.mark.parametrize("text", ["", "{", "\xff", "[" * 60_000, f"[{' ' * LARGEST}]"])
def test_a_discovery_file_that_cannot_be_read_is_as_none(folder: Path, text: str) -> None:
    (folder / "engine.json").write_text(text, encoding="latin-1")
    with pytest.raises(NotRunning):
        read_address(folder)


def test_a_file_of_somebody_else_is_not_believed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read(folder, FACTS)
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(NotRunning):
        read_address(folder)


def test_a_pipe_in_its_place_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "engine.json")
    with pytest.raises(NotRunning):
        read_address(folder)


def read(folder: Path, facts: object) -> Any:  # noqa: ANN401
    (folder / "engine.json").write_text(json.dumps(facts))
    return read_address(folder)
