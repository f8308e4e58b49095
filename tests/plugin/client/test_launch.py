"""The engine is started by its own command, in an environment of its own."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from flexit.client import (
    DeviceError,
    Engine,
    FlexITError,
    NotInstalled,
    NotRunning,
    StartFailed,
    StorageError,
    environment,
)
from flexit.client.launch import find_command, start_engine

from .stand_in import StandIn

KEEPS = {"FLEXIT_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": "", "LANG": "C.UTF-8", "https_proxy": "p"}
DROPS = {
    "PYTHONPATH": "/app",
    "PYTHONHOME": "/app",
    "LD_LIBRARY_PATH": "/app",
    "LD_PRELOAD": "",
    "GI_TYPELIB_PATH": "/app",
    "QT_PLUGIN_PATH": "/app",
    "GTK_PATH": "/app",
    "APPDIR": "/app",
    "VIRTUAL_ENV": "/app",
    "SECRET": "x",
}


def record(folder: Path, program: str) -> None:
    """Have the engine of a folder be a few lines of Python."""
    script = folder / "engine.py"
    script.write_text(f"import json, os, sys, time\n{program}\n")
    # -S -E: what is dropped of the environment must not be missed by the test's own Python.
    (folder / "command.json").write_text(json.dumps([sys.executable, "-S", "-E", str(script)]))


def install(path: Path, program: str = "") -> Path:
    """A command that is a shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{program}\n")
    path.chmod(0o700)
    return path


def test_the_engine_inherits_nothing_of_the_editors_libraries(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {**KEEPS, **DROPS}.items():
        monkeypatch.setenv(name, value)
    record(folder, "json.dump([sys.argv[1:], dict(os.environ), os.getcwd()], open('seen', 'w'))")
    start_engine(timeout=60)
    words, environ, place = json.loads((folder / "seen").read_text())
    assert words == ["start", "--json", "--exit-when-idle", "30"]
    assert KEEPS.items() <= environ.items()
    assert not DROPS.keys() & environ.keys()
    assert environ["FLEXIT_DATA"] == str(folder)
    assert place == str(folder)


def test_an_engine_is_started_on_the_folder_its_command_was_found_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLEXIT_DATA")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "box"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    usual = tmp_path / "home/.local/share/flexit"
    usual.mkdir(parents=True)
    record(usual, "open('seen', 'w').write(os.environ['FLEXIT_DATA'])")
    start_engine(timeout=60)
    assert (usual / "seen").read_text() == str(usual)


def test_a_command_of_the_path_is_run_in_an_empty_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path / "bin/flexit", f"pwd > {tmp_path}/place; ls -A > {tmp_path}/there")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setenv("HOME", str(tmp_path))
    start_engine(timeout=60)
    assert (tmp_path / "there").read_text() == ""
    assert not Path((tmp_path / "place").read_text().strip()).exists()


def test_what_the_engine_says_is_wrong_is_passed_on(folder: Path) -> None:
    record(
        folder,
        "print(json.dumps({'code': 'storage', 'message': 'Full.', 'hint': 'Make room.'}))\n"
        "sys.exit(6)",
    )
    with pytest.raises(StorageError, match=r"Full\. Make room\."):
        start_engine(timeout=60)


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("print('a\\nthe last words', file=sys.stderr); sys.exit(3)", "code 3: the last words"),
        ("import nonsense", "code 1: ModuleNotFoundError: No module named 'nonsense'"),
        ("os.abort()", r"code -6\)"),
        ("print('[]'); sys.exit(1)", r"code 1\)"),
    ],
)
def test_an_engine_that_dies_at_its_start_is_reported_with_its_last_words(
    folder: Path, program: str, words: str
) -> None:
    record(folder, program)
    with pytest.raises(StartFailed, match=words) as error:
        start_engine(timeout=60)
    assert "flexit start" in error.value.hint


def test_an_engine_that_takes_too_long_is_reported(folder: Path) -> None:
    record(folder, "open('pid', 'w').write(str(os.getpid())); time.sleep(60)")
    with pytest.raises(StartFailed, match="within 0 seconds"):
        start_engine(timeout=0.4)


def test_a_command_that_cannot_be_run_is_reported(folder: Path) -> None:
    install(folder / "env/bin/flexit").write_text("no program")
    with pytest.raises(StartFailed, match="cannot be run"):
        start_engine(timeout=60)


def test_the_command_is_looked_for_in_order(tmp_path: Path, folder: Path) -> None:
    environ = {"PATH": str(tmp_path / "bin")}
    with pytest.raises(NotInstalled):
        find_command([folder], environ)
    on_path = install(tmp_path / "bin/flexit")
    assert find_command([folder], environ) == ([str(on_path)], None)
    installed = install(folder / "env/bin/flexit")
    assert find_command([tmp_path, folder], environ) == ([str(installed)], folder)
    record(folder, "")
    words, place = find_command([tmp_path, folder], environ)
    assert (words[0], place) == (sys.executable, folder)


@pytest.mark.parametrize(
    "text", ['["/gone/python", "-m", "flexit_engine"]', "[]", "{", '"flexit"', "[1]", '[""]']
)
def test_a_stale_or_damaged_command_is_passed_over(folder: Path, text: str) -> None:
    (folder / "command.json").write_text(text)
    installed = install(folder / "env/bin/flexit")
    assert find_command([folder], {}).words == [str(installed)]


def test_a_command_of_somebody_else_is_not_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(folder, "")
    monkeypatch.setattr(os, "getuid", lambda: 4711)
    with pytest.raises(NotInstalled):
        find_command([folder], {"PATH": ""})


def test_in_a_flatpak_one_is_told_what_to_run_outside(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(folder, "open('ran', 'w')")
    (folder / "flatpak-info").touch()
    monkeypatch.setattr(environment, "FLATPAK_INFO", folder / "flatpak-info")
    with pytest.raises(NotRunning, match="Run `flexit start` in a terminal"):
        Engine.find_or_start(timeout=60)


def test_an_engine_is_started_where_none_runs(folder: Path, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    ready.mkdir()
    with StandIn(ready, lambda exchange: exchange.answer({"protocol": 1})):
        file = str(ready / "engine.json")
        record(folder, f"os.rename({file!r}, os.environ['FLEXIT_DATA'] + '/engine.json')")
        assert Engine.find_or_start(timeout=60).folder == folder
        (folder / "command.json").unlink()  # now that it runs, it is not started again
        assert Engine.find_or_start(timeout=60).folder == folder


def test_an_engine_that_says_it_started_but_did_not_is_not_running(folder: Path) -> None:
    record(folder, "")
    with pytest.raises(NotRunning):
        Engine.find_or_start(timeout=60)


def test_a_code_of_the_command_line_is_an_error_of_the_tree(folder: Path) -> None:
    record(folder, "print(json.dumps({'code': 'device', 'message': 'No.'})); sys.exit(8)")
    with pytest.raises(DeviceError):
        start_engine(timeout=60)
    record(folder, "print(json.dumps({'code': 'usage', 'message': 'No.'})); sys.exit(2)")
    with pytest.raises(FlexITError, match="No") as error:
        start_engine(timeout=60)
    assert error.value.code == "usage"
