"""What each system is told to start the engine at login, and that it can be taken back."""

from __future__ import annotations

import plistlib
import re
import stat
import subprocess
import sys
from pathlib import Path, PureWindowsPath
from xml.etree import ElementTree

import pytest

from flexit_engine.commands.serve import TAKEN, serve_words
from flexit_engine.errors import StorageError
from flexit_engine.service.at_login import (
    Service,
    install,
    launchd_agent,
    remove,
    service_for,
    systemd_unit,
    windows_task,
)
from flexit_engine.service.config import Config

from .places import occupy

AWKWARD = {"FLEXIT_DATA": '/home/zoë/my "data" 100%/$HOME\\x', "FLEXIT_WEIGHTS": "/w eights"}


def words(program: str = sys.executable) -> list[str]:
    return [program, "-m", "flexit_engine", *serve_words(Config(Path("/data"), tcp=True))]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH of our own, so that nothing of this machine is enabled."""
    folder = tmp_path / "tools"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def write_tool(tools: Path, name: str, then: str = "") -> None:
    """A program that notes its arguments."""
    tool = tools / name
    tool.write_text(f'#!/bin/sh\necho "$*" >> {tools}/calls\n{then}\n')
    tool.chmod(tool.stat().st_mode | stat.S_IXUSR)


def calls(tools: Path) -> list[str]:
    file = tools / "calls"
    return file.read_text().splitlines() if file.exists() else []


def test_the_unit_runs_the_engine_and_keeps_awkward_paths(tmp_path: Path) -> None:
    unit = systemd_unit(words("/opt/my env/bin/python"), AWKWARD, tmp_path).content.decode()
    assert 'ExecStart=:"/opt/my env/bin/python" "-m" "flexit_engine" "serve"' in unit
    assert 'Environment="FLEXIT_DATA=/home/zoë/my \\"data\\" 100%%/$HOME\\\\x"\n' in unit
    assert f"RestartPreventExitStatus={TAKEN}\n" in unit


HOSTILE = "/home/a\rExecStartPre=/bin/evil\n[Service]\tx\x0b\x1f\x7f"


def test_no_folder_can_add_a_line_to_the_unit(tmp_path: Path) -> None:
    """systemd takes a carriage return for the end of a line as well."""
    plain, hostile = (
        re.split(
            rb"[\r\n\0]",
            systemd_unit(words(f"{home}/python"), {"FLEXIT_DATA": home}, tmp_path).content,
        )
        for home in ("/home/a", HOSTILE)
    )
    assert [line.partition(b"=")[0] for line in hostile] == [
        line.partition(b"=")[0] for line in plain
    ]
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", b"\n".join(hostile))


@pytest.mark.parametrize("folder", ["my env", 'my "env"', "Anna's env", "a\\b", "a\rb", "50% $x"])
def test_systemd_understands_the_unit(tmp_path: Path, folder: str) -> None:
    """Needs `systemd-analyze`, which is part of systemd."""
    program = tmp_path / folder / "python"
    program.parent.mkdir()
    program.symlink_to(sys.executable)
    service = systemd_unit(words(str(program)), {**AWKWARD, "HOSTILE": HOSTILE}, tmp_path)
    service.path.parent.mkdir(parents=True)
    service.path.write_bytes(service.content)
    done = subprocess.run(
        ["systemd-analyze", "--user", "verify", service.path],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
    )
    said = [line for line in done.stderr.splitlines() if "flexit" in line.lower()]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize("name", ['a "b"', "Anna's", "a\\b", "a\rb\n", "$HOME %h"])
def test_what_the_unit_runs_is_the_engine_whatever_its_folder_is_called(
    tmp_path: Path, name: str
) -> None:
    program = tmp_path / name / "python"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nprintf "%s|" "$@" > {tmp_path}/ran\n')
    program.chmod(0o755)
    unit = systemd_unit(words(str(program)), AWKWARD, tmp_path).content.decode()
    (line,) = re.findall("^ExecStart=:(.*)$", unit, re.MULTILINE)
    subprocess.run([unescaped(word) for word in re.findall(r'"((?:\\.|[^"])*)"', line)], check=True)
    assert (tmp_path / "ran").read_text().split("|")[:-1] == words()[1:]


def unescaped(word: str) -> str:
    """A word of a unit file as systemd takes it."""
    return word.encode("latin-1", "backslashreplace").decode("unicode_escape").replace("%%", "%")


def test_a_unit_that_systemd_refuses_is_told_of(tools: Path, tmp_path: Path) -> None:
    write_tool(tools, "systemctl", 'case "$*" in *show*) echo bad-setting;; esac')
    said = install(systemd_unit(words(), AWKWARD, tmp_path))
    assert said.endswith("nothing starts it at login: systemd calls it bad-setting.")


@pytest.mark.parametrize("name", ["/home/a\rb", "/home/\udce9"])
def test_a_folder_that_a_file_cannot_name_is_refused_in_words(
    tools: Path, tmp_path: Path, name: str
) -> None:
    services = [
        launchd_agent(words(f"{name}/python"), AWKWARD, tmp_path),
        launchd_agent(words(), {"FLEXIT_DATA": name}, tmp_path),
        windows_task(words(f"{name}/python"), tmp_path),
    ]
    if not name.isprintable() and "\r" not in name:
        services.append(systemd_unit(words(), {"FLEXIT_DATA": name}, tmp_path))
    for service in services:
        with pytest.raises(StorageError, match="cannot be written into a service file"):
            install(service)
        assert not service.path.exists()
        assert remove(service) == "It did not start at login."
    assert calls(tools) == []


def test_launchds_agent_runs_the_engine_and_restarts_it_after_crashes(tmp_path: Path) -> None:
    service = launchd_agent(words(), AWKWARD, tmp_path)
    agent = plistlib.loads(service.content)
    assert service.path == tmp_path / "Library" / "LaunchAgents" / f"{agent['Label']}.plist"
    assert agent["ProgramArguments"] == words()
    assert agent["EnvironmentVariables"] == AWKWARD
    assert (agent["RunAtLoad"], agent["KeepAlive"]) == (True, {"Crashed": True})
    assert agent["Umask"] == 0o077


def test_the_windows_task_runs_the_engine_without_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("USERDOMAIN", "R&D")
    monkeypatch.setenv("USERNAME", "Zoë <admin>")
    program = str(PureWindowsPath(r"C:\Program Files\FlexIT & co\python.exe"))
    task = ElementTree.fromstring(windows_task(words(program), tmp_path).content)  # noqa: S314

    def text(path: str) -> str | None:
        return task.findtext("/".join(f"{{*}}{name}" for name in path.split("/")))

    assert text("Actions/Exec/Command") == program
    assert text("Actions/Exec/Arguments") == subprocess.list2cmdline(words()[1:])
    assert text("Triggers/LogonTrigger/UserId") == "R&D\\Zoë <admin>"
    assert text("Principals/Principal/RunLevel") == "LeastPrivilege"
    assert text("Settings/ExecutionTimeLimit") == "PT0S"
    assert text("Settings/StopIfGoingOnBatteries") == "false"
    assert task.attrib["version"] == "1.2"


def test_the_windows_task_opens_no_console_where_it_can(tmp_path: Path) -> None:
    (tmp_path / "pythonw.exe").touch()
    task = windows_task(words(str(tmp_path / "python.exe")), tmp_path).content.decode("utf-16")
    assert f"<Command>{tmp_path}/pythonw.exe</Command>" in task


def test_this_systems_service_is_enabled_and_taken_back(tools: Path, tmp_path: Path) -> None:
    write_tool(tools, "systemctl")
    service = systemd_unit(words(), AWKWARD, tmp_path)
    assert install(service) == f"It starts at every login from now on, by {service.path}."
    assert service.path.read_bytes() == service.content
    assert calls(tools) == [
        "--user daemon-reload",
        "--user enable flexit.service",
        "--user show --property=LoadState --value flexit.service",
    ]
    assert remove(service) == "It does not start at login any more."
    assert not service.path.exists()
    assert calls(tools)[3:] == ["--user disable --now flexit.service", "--user daemon-reload"]
    assert remove(service) == "It did not start at login."


def test_the_service_of_another_data_folder_stays(tools: Path, tmp_path: Path) -> None:
    write_tool(tools, "systemctl")
    usual = systemd_unit(words(), AWKWARD, tmp_path)
    install(usual)
    before = calls(tools)
    other = systemd_unit(words(), {"FLEXIT_DATA": "/home/zoë/my"}, tmp_path)
    assert "is of another data folder" in remove(other)
    assert (usual.is_installed(), other.is_installed()) == (True, False)
    assert calls(tools) == before


def test_a_system_without_the_command_is_told_of(tools: Path, tmp_path: Path) -> None:
    service = systemd_unit(words(), AWKWARD, tmp_path)
    assert calls(tools) == []
    assert "nothing starts it at login: there is no systemctl here." in install(service)
    assert service.path.exists()
    assert remove(service) == "It does not start at login any more."


def test_a_command_that_refuses_is_quoted(tools: Path, tmp_path: Path) -> None:
    write_tool(tools, "systemctl", "echo Failed to connect to bus: No medium found >&2; exit 1")
    said = install(systemd_unit(words(), AWKWARD, tmp_path))
    assert said.endswith("nothing starts it at login: Failed to connect to bus: No medium found.")


@pytest.mark.parametrize("place", ["systemd", "systemd/user"])
def test_something_foreign_in_the_way_is_a_sentence(tmp_path: Path, place: str) -> None:
    (tmp_path / place).parent.mkdir(exist_ok=True)
    occupy(tmp_path / place, "file")
    with pytest.raises(StorageError, match=r"flexit\.service"):
        install(systemd_unit(words(), AWKWARD, tmp_path))


def test_a_folder_in_the_services_place_is_not_removed(tools: Path, tmp_path: Path) -> None:
    service = systemd_unit(words(), AWKWARD, tmp_path)
    service.path.parent.mkdir(parents=True)
    occupy(service.path, "folder")
    with pytest.raises(StorageError):
        remove(service)
    assert (service.path / "holiday.txt").exists()
    assert calls(tools) == []


@pytest.mark.skipif(sys.platform != "linux", reason="what Linux wants")
def test_the_service_keeps_data_and_weights_where_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("FLEXIT_WEIGHTS", "/somewhere")
    service: Service = service_for(Config(tmp_path / "data", devices=("cuda:1",)))
    unit = service.content.decode()
    assert service.path == tmp_path / "systemd" / "user" / "flexit.service"
    assert f'Environment="FLEXIT_DATA={tmp_path}/data"' in unit
    assert 'Environment="FLEXIT_WEIGHTS=/somewhere"' in unit
    assert '"--device=cuda:1"' in unit
