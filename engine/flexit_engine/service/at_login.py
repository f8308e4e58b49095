"""The engine at every login: what systemd, launchd and Windows want to be told for that."""

from __future__ import annotations

import codecs
import os
import plistlib
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from platformdirs import user_config_path

from flexit_engine.commands.serve import TAKEN, serve_words
from flexit_engine.errors import StorageError
from flexit_engine.isolation import python_words, run_apart
from flexit_engine.service.config import Config
from flexit_engine.service.discovery import DATA_VARIABLE
from flexit_engine.service.login_files import SYSTEMD, WINDOWS

LABEL = "org.flexit.engine"
UNIT = "flexit.service"
TASK = "FlexIT"
PASSED_ON = "FLEXIT_"
"""Prefix of the variables that a service gets as they are now."""

SPECIAL = re.compile(r"[\x00-\x1f\x7f'\"\\]")
CONTROL = re.compile(r"[\x00-\x1f\x7f]")
UNWRITABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
LOST = "\N{REPLACEMENT CHARACTER}"
"""In place of what a file cannot hold."""
REFUSALS = ("bad-setting", "error")
"""What systemd calls a unit that it has read and does not take."""


class Service(NamedTuple):
    """A service file, and the commands that make the system use it or not."""

    path: Path
    content: bytes
    enable: Sequence[Sequence[str]]
    disable: Sequence[Sequence[str]]
    mark: bytes
    """What only the file for this data folder has in it: there is one file, and maybe more folders.
    """
    state: Sequence[str] = ()
    """A command that says `bad-setting` or `error` where the system does not take the file."""

    def is_installed(self) -> bool:
        """Whether its file is there, and is of this data folder."""
        try:
            return self.mark in self.path.read_bytes()
        except OSError:
            return False


def service_for(config: Config) -> Service:
    """What this system wants."""
    words = [*python_words(sys.executable, "flexit_engine"), *serve_words(config)]
    passed = {name: value for name, value in os.environ.items() if name.startswith(PASSED_ON)}
    if sys.platform == "win32":
        return windows_task(words, config.data)
    if sys.platform == "darwin":
        return launchd_agent(words, {**passed, DATA_VARIABLE: str(config.data)}, Path.home())
    return systemd_unit(words, {**passed, DATA_VARIABLE: str(config.data)}, user_config_path())


def systemd_unit(words: Sequence[str], environment: Mapping[str, str], config: Path) -> Service:
    """A user unit of systemd.

    Args:
        words: the command.
        environment: its variables, besides those of the session; one names the data folder.
        config: the user's folder of configurations.
    """
    variables = [_quoted(f"{name}={value}") for name, value in environment.items()]
    if SPECIAL.search(words[0]):  # which systemd refuses in the name of a program
        words = ["/bin/sh", "-c", 'exec "$0" "$@"', *words]
    text = SYSTEMD.format(
        command=" ".join(map(_quoted, words)),
        environment="\n".join(f"Environment={variable}" for variable in variables),
        place=_place(environment[DATA_VARIABLE]),
        taken=TAKEN,
    )
    systemctl = ("systemctl", "--user")
    reload = (*systemctl, "daemon-reload")
    return Service(
        config / "systemd" / "user" / UNIT,
        text.encode(errors="surrogateescape"),
        enable=(reload, (*systemctl, "enable", UNIT)),
        disable=((*systemctl, "disable", "--now", UNIT), reload),
        mark=_quoted(f"{DATA_VARIABLE}={environment[DATA_VARIABLE]}").encode(
            errors="surrogateescape"
        ),
        state=(*systemctl, "show", "--property=LoadState", "--value", UNIT),
    )


def launchd_agent(words: Sequence[str], environment: Mapping[str, str], home: Path) -> Service:
    """An agent of launchd; its format has no control characters.

    Args:
        words: the command.
        environment: its variables; one names the data folder.
        home: the user's folder.
    """
    agent = {
        "Label": LABEL,
        "ProgramArguments": [_printable(word) for word in words],
        "EnvironmentVariables": {name: _printable(value) for name, value in environment.items()},
        "RunAtLoad": True,
        # Not after every failure: an engine that finds another one running ends as well.
        "KeepAlive": {"Crashed": True},
        "Umask": 0o077,
    }
    domain = f"gui/{os.getuid()}" if sys.platform != "win32" else "gui"
    return Service(
        home / "Library" / "LaunchAgents" / f"{LABEL}.plist",
        plistlib.dumps(agent),
        enable=(("launchctl", "enable", f"{domain}/{LABEL}"),),
        disable=(("launchctl", "bootout", f"{domain}/{LABEL}"),),
        mark=f"<string>{escape(_printable(environment[DATA_VARIABLE]))}</string>".encode(),
    )


def windows_task(words: Sequence[str], data: Path) -> Service:
    """A scheduled task of Windows, which gets the user's own environment.

    Args:
        words: the command.
        data: the data folder, where the task's description is kept.
    """
    program = Path(words[0])
    windowless = program.with_name("pythonw.exe")
    user = "\\".join(filter(None, (os.environ.get("USERDOMAIN"), os.environ.get("USERNAME"))))
    text = WINDOWS.format(
        user=escape(user),
        command=escape(_printable(str(windowless if windowless.exists() else program))),
        arguments=escape(_printable(subprocess.list2cmdline(words[1:]))),
    )
    path = data / "login-task.xml"
    return Service(
        path,
        text.encode("utf-16"),
        enable=(("schtasks", "/Create", "/TN", TASK, "/XML", str(path), "/F"),),
        disable=(("schtasks", "/Delete", "/TN", TASK, "/F"),),
        mark=b"",  # it lies in the data folder
    )


def install(service: Service) -> str:
    """Write a service file and have the system use it.

    Returns:
        What was done, or not, in a sentence.

    Raises:
        StorageError: the file cannot be written, or a folder's name cannot be.
    """
    if LOST in _text(service.content):
        raise StorageError(
            "The name of a folder that the engine needs cannot be written into a service file.",
            "Name folders without control characters, in Unicode, for the data and for FlexIT.",
        )
    try:
        service.path.parent.mkdir(parents=True, exist_ok=True)
        service.path.write_bytes(service.content)
    except OSError as error:
        raise StorageError(
            f"{str(service.path)!r} cannot be written: {error.strerror}.", "Mend its rights."
        ) from None
    refusal = _run(service.enable)
    if not refusal and (state := _refused_state(service)):
        refusal = f"systemd calls it {state}"
    if refusal:
        return f"{service.path} is written, but nothing starts it at login: {refusal}."
    return f"It starts at every login from now on, by {service.path}."


def remove(service: Service) -> str:
    """Take a service back, whether it was complete or not.

    Returns:
        What was done, in a sentence.

    Raises:
        StorageError: the file cannot be removed.
    """
    if service.path.is_file() and not service.is_installed():
        return f"What starts at login, by {service.path}, is of another data folder."
    if not service.path.exists():
        return "It did not start at login."
    _run(service.disable[:1])
    try:
        service.path.unlink()
    except OSError as error:
        raise StorageError(
            f"{str(service.path)!r} cannot be removed: {error.strerror}.", "Mend its rights."
        ) from None
    _run(service.disable[1:])
    return "It does not start at login any more."


def _run(commands: Sequence[Sequence[str]]) -> str:
    """Run commands up to the first that fails; why it did, or nothing."""
    for command in commands:
        try:
            done = run_apart(command, environ=os.environ, timeout=30)
        except FileNotFoundError:
            return f"there is no {command[0]} here"
        except (OSError, subprocess.TimeoutExpired) as error:
            return f"{command[0]} failed ({error})"
        if done.returncode:
            said = (done.stderr or done.stdout).decode(errors="replace").strip().splitlines()
            return said[-1].rstrip(".") if said else f"{command[0]} failed"
    return ""


def _refused_state(service: Service) -> str:
    """What the system calls a file that it has read and does not take; mostly nothing."""
    said = ""
    if service.state:
        with suppress(OSError, subprocess.SubprocessError):
            done = run_apart(service.state, environ=os.environ, timeout=30)
            said = done.stdout.decode(errors="replace").strip()
    return said if said in REFUSALS else ""


def _quoted(word: str) -> str:
    """A word of a unit file: quotes, backslashes and percent signs have a meaning there.

    A carriage return ends a line there just as well, and the next would be a directive.
    """
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return '"' + CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", escaped) + '"'


def _place(folder: str) -> str:
    """A folder as systemd takes it, which knows neither quotes nor escapes there.

    The root has nothing of the user's in it.
    """
    return "/" if SPECIAL.search(folder) else folder.replace("%", "%%")


def _printable(word: str) -> str:
    """A word as XML can hold it; what it cannot is marked, see `install`."""
    return UNWRITABLE.sub(LOST, word)


def _text(content: bytes) -> str:
    """What is in a file: UTF-16 for Windows, else UTF-8; `LOST` where it is not."""
    encoding = "utf-16" if content.startswith(codecs.BOM_UTF16) else "utf-8"
    return content.decode(encoding, "replace")
