"""The engine's Python environment: where it is, and what works in it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from pydantic import BaseModel, ValidationError

from flexit_engine.errors import InstallError
from flexit_engine.isolation import python_words, run_apart
from flexit_engine.service.discovery import COMMAND
from flexit_engine.service.private import write_private

FOLDER = "env"
SECONDS_FOR_A_PROBE = 120
NEEDED = ("torch", "torchvision", "open_clip", "lpips", "taming", "fastapi", "uvicorn", "pyvips")
"""Modules by which an environment shows that it has the whole engine."""


class Device(BaseModel):
    """A device as torch sees it."""

    name: str
    title: str
    error: str | None
    """Why it does not compute."""


class Facts(BaseModel):
    """What `flexit_installer.probe` says."""

    version: str
    python: str
    torch: str
    torchvision: str
    devices: list[Device]

    @property
    def gpus_work(self) -> bool:
        """Whether every GPU that torch sees computes."""
        return not any(device.error for device in self.devices)

    @property
    def has_gpu(self) -> bool:
        """Whether torch sees one."""
        return any(device.name != "cpu" for device in self.devices)


@dataclass(frozen=True)
class Environment:
    """Where the engine's Python is."""

    python: Path
    own: bool
    """Made by the installer, below the data folder."""

    @property
    def command(self) -> list[str]:
        """The words that run `flexit`."""
        return python_words(self.python, "flexit_engine")


def own_environment(data: Path) -> Environment:
    """The one below the data folder, whether it is there or not."""
    return Environment(python_of(data / FOLDER), own=True)


def this_environment(data: Path) -> Environment | None:
    """The one that this process runs in, if it has the whole engine and is not the own one."""
    if Path(sys.prefix).resolve() == (data / FOLDER).resolve() or not all(map(find_spec, NEEDED)):
        return None
    return Environment(Path(sys.executable), own=False)


def installed_environment(data: Path) -> Environment:
    """The one that is in use: the own one, or else the one that this process runs in.

    Raises:
        InstallError: there is none.
    """
    own = own_environment(data)
    found = own if own.python.exists() else this_environment(data)
    if found is None:
        raise InstallError("The engine is not installed.", "Run `flexit install` first.")
    return found


def probe(environment: Environment) -> Facts:
    """Try an environment: import torch in it, and run a kernel on each device.

    Raises:
        InstallError: it is missing or broken; says how.
    """
    words = python_words(environment.python, "flexit_installer.probe")
    hint = "Run `flexit install` again: it makes it anew."
    if not environment.own:
        hint = "Install FlexIT into it again, or run `flexit install --own-environment`."
    try:
        done = run_apart(words, timeout=SECONDS_FOR_A_PROBE)
        return Facts.model_validate_json(done.stdout)
    except FileNotFoundError:
        raise InstallError("The engine's environment is missing.", hint) from None
    except OSError as error:
        reason = error.strerror or str(error)
        raise InstallError(f"The engine's environment does not start ({reason}).", hint) from None
    except subprocess.TimeoutExpired:
        reason = f"{SECONDS_FOR_A_PROBE} seconds were not enough"
        raise InstallError(f"The engine's environment does not start ({reason}).", hint) from None
    except ValidationError:
        reason = last_line(done.stderr) or f"exit code {done.returncode}"
        raise InstallError(f"The engine's environment is broken ({reason}).", hint) from None


def last_line(said: bytes) -> str:
    """What a process has said last: of one that failed, mostly why."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""


def record_command(data: Path, environment: Environment) -> None:
    """Write down how the engine is run, so that the editors find it.

    Raises:
        StorageError: the data folder cannot be written.
    """
    write_private(data / COMMAND, json.dumps(environment.command))


def python_of(folder: Path) -> Path:
    """The Python of an environment in a folder."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
