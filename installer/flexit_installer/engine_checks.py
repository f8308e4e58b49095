"""What `flexit doctor` looks at in the engine: does it run, or can it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from flexit_engine import __version__
from flexit_engine.errors import InstallError, ServiceError
from flexit_engine.folders import DATA_VARIABLE
from flexit_engine.isolation import run_apart, safe_environment
from flexit_engine.service import daemon
from flexit_engine.service.discovery import Address, discover
from flexit_installer.environment import installed_environment
from flexit_installer.finding import Finding

SECONDS_TO_START = 60


def check_engine(data: Path) -> Iterator[Finding]:
    """The engine answers; one that does not run is started for the purpose, and ended."""
    try:
        if (address := daemon.answering(data)) is not None:
            yield _answers(address)
        elif discover(data) is not None:
            text = "A process has its place, but does not answer."
            yield Finding("engine", "wrong", text, "flexit stop && flexit start")
        elif data.is_dir():
            yield _start_and_stop(data)
        else:  # looking makes no folder
            with TemporaryDirectory(prefix="flexit-") as elsewhere:
                yield _start_and_stop(Path(elsewhere))
    except (ServiceError, InstallError) as error:
        yield Finding("engine", "wrong", error.message, error.hint or "flexit logs")


def _answers(address: Address) -> Finding:
    if address.version == __version__:
        return Finding("engine", "right", f"It runs, and answers as process {address.pid}.")
    text = f"It runs, but is version {address.version} instead of {__version__}."
    return Finding("engine", "wrong", text, "flexit stop")


def _start_and_stop(data: Path) -> Finding:
    environment = installed_environment(data)
    reason, mend = "It does not start.", "flexit start --debug"
    with suppress(OSError, ValueError, KeyError, subprocess.TimeoutExpired):
        environ = {**safe_environment(os.environ), DATA_VARIABLE: str(data)}
        words = [*environment.command, "start", "--json"]
        done = run_apart(words, environ=environ, timeout=SECONDS_TO_START)
        if done.returncode == 0:
            daemon.stop(data)
            text = "It does not run; it starts and answers when asked to."
            return Finding("engine", "right", text)
        facts = json.loads(done.stdout)
        reason, mend = facts["message"], facts["hint"] or mend
    return Finding("engine", "wrong", reason, mend)
