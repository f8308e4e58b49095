"""Starting the engine: the editor's own interpreter cannot run it, so its command is looked for."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from .discovery import data_folders, read_own_json
from .environment import in_flatpak, scrubbed
from .errors import FlexITError, NotInstalled, NotRunning, StartFailed, error_from

COMMAND = "command.json"
START = ["start", "--json", "--exit-when-idle", "30"]
"""It ends after half an hour in which nobody asks for anything: no editor leaves it behind."""
NO_WINDOW = 0x08000000
"""`CREATE_NO_WINDOW`: on Windows no console flashes up; other systems have no such flag."""


class Command(NamedTuple):
    """How to run `flexit`."""

    words: list[str]
    folder: Path | None
    """The data folder it belongs to; None: it chooses itself."""


def start_engine(timeout: float) -> None:
    """Start the engine in the background, and wait until it answers.

    Of several that are started at the same moment one lives, and all of these calls succeed.

    Args:
        timeout: seconds.

    Raises:
        NotInstalled: there is no engine on this machine.
        NotRunning: in a Flatpak it cannot be started from inside.
        StartFailed: it ended, or is not ready in time.
        FlexITError: whatever else the engine says is wrong.
    """
    if in_flatpak():
        raise NotRunning(
            "The engine is not running, and an editor from Flatpak cannot start it.",
            "Run `flexit start` in a terminal; `flexit start --at-login` does so for good.",
        )
    command = find_command(data_folders(), os.environ)
    # Not in the home folder: a `random.py` there is the user's own, and would be imported.
    environ = {**scrubbed(os.environ), "PYTHONSAFEPATH": "1"}
    if command.folder is not None:
        environ["FLEXIT_DATA"] = str(command.folder)
        return _run([*command.words, *START], environ, str(command.folder), timeout)
    with TemporaryDirectory(prefix="flexit-") as place:
        return _run([*command.words, *START], environ, place, timeout)


def find_command(folders: Iterable[Path], environ: Mapping[str, str]) -> Command:
    """The command of the engine of one of the data folders, else that on the PATH.

    Raises:
        NotInstalled: there is none.
    """
    for folder in folders:
        for words in (_recorded(folder), [str(_installed(folder))]):
            if words and shutil.which(words[0]):
                return Command(words, folder)
    found = shutil.which("flexit", path=environ.get("PATH", os.defpath))
    if found is None:
        raise NotInstalled(
            "FlexIT's engine is not installed, or was never started.",
            "Install it, and run `flexit start` once in a terminal.",
        )
    return Command([found], None)


def _recorded(folder: Path) -> list[str]:
    """How the engine was last started; nothing where that is not known."""
    words = read_own_json(folder / COMMAND)
    if isinstance(words, list) and all(isinstance(word, str) and word for word in words):
        return words
    return []


def _installed(folder: Path) -> Path:
    """Where the installer puts it."""
    windows = sys.platform == "win32"
    return folder / "env" / ("Scripts/flexit.exe" if windows else "bin/flexit")


def _run(words: list[str], environ: Mapping[str, str], place: str, timeout: float) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            words,
            env=environ,
            cwd=place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            creationflags=NO_WINDOW if sys.platform == "win32" else 0,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise StartFailed(
            f"The engine was not ready within {timeout:.0f} seconds.",
            "It may still be starting: try again, or see `flexit logs`.",
        ) from None
    except OSError as error:
        raise StartFailed(
            f"{words[0]!r} cannot be run: {error.strerror or error}.", "Install the engine again."
        ) from error
    if done.returncode:
        raise _reason(done)


def _reason(done: subprocess.CompletedProcess[bytes]) -> FlexITError:
    """Why a command failed: in its own words where it had any."""
    try:
        report = json.loads(done.stdout)
    except ValueError:
        report = None
    if isinstance(report, dict) and "code" in report:
        return error_from(report)
    last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
    return StartFailed(
        f"The engine did not start (exit code {done.returncode}{': ' if last else ''}"
        f"{''.join(last)[:200]}).",
        "Run `flexit start` in a terminal to see more.",
    )
