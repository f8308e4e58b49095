"""The engine's own Python environment: made beside its place, tried, only then renamed into it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from flexit_engine import __version__
from flexit_engine.errors import InstallError
from flexit_engine.service.discovery import COMMAND
from flexit_engine.service.environment import scrubbed
from flexit_engine.service.private import write_private
from flexit_installer.backend import AUTO, backends, nvidia_capabilities
from flexit_installer.files import PART, free_bytes, remove_tree
from flexit_installer.progress import Tell
from flexit_installer.requirement import engine_requirement
from flexit_installer.uv import CACHE, UvFailed, run_uv

FOLDER = "env"
PYTHON = ">=3.10,<3.15"
SECONDS_FOR_A_PROBE = 120
TORCH_INDEX = "download.pytorch.org"
BYTES = {"cpu": 2_000_000_000, "gpu": 8_000_000_000}
"""About what an environment takes on the disk, while it is made."""
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
        return [str(self.python), "-m", "flexit_engine"]


def own_environment(data: Path) -> Environment:
    """The one below the data folder, whether it is there or not."""
    return Environment(_python(data / FOLDER), own=True)


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
    words = [str(environment.python), "-m", "flexit_installer.probe"]
    hint = "Run `flexit install` again: it mends it."
    try:
        done = subprocess.run(  # noqa: S603 -- words of our own
            words,
            env={**scrubbed(os.environ), "PYTHONSAFEPATH": "1"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS_FOR_A_PROBE,
        )
        return Facts.model_validate_json(done.stdout)
    except FileNotFoundError:
        raise InstallError("The engine's environment is missing.", hint) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise InstallError(f"The engine's environment does not start ({error}).", hint) from None
    except ValidationError:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        reason = last[0][:200] if last else f"exit code {done.returncode}"
        raise InstallError(f"The engine's environment is broken ({reason}).", hint) from None


def ensure_environment(data: Path, tell: Tell, requirement: str | None = None) -> Facts:
    """See that the own environment is there, whole and of this version; else make it anew.

    Args:
        data: the data folder.
        tell: hears of the bytes that come in.
        requirement: what to install; this very FlexIT with its engine, when not given.

    Returns:
        What works in it.

    Raises:
        InstallError: there is too little room, or it cannot be made; an old one stays as it was.
    """
    with suppress(InstallError):
        facts = probe(own_environment(data))
        if facts.version == __version__:
            _tidy(data)
            return facts
    _check_room(data, "gpu" if nvidia_capabilities() else "cpu")
    _sweep(data)
    part = data / f"{PART}{secrets.token_hex(4)}"
    try:
        facts = _make(part, data, tell, requirement)
        _swap(part, data)
    finally:
        remove_tree(part)
    _tidy(data)
    return facts


def record_command(data: Path, environment: Environment) -> None:
    """Write down how the engine is run, so that the editors find it.

    Raises:
        StorageError: the data folder cannot be written.
    """
    write_private(data / COMMAND, json.dumps(environment.command))


def _make(part: Path, data: Path, tell: Tell, requirement: str | None) -> Facts:
    """Make an environment, with another build of torch where a GPU does not compute with one."""
    wanted = requirement or engine_requirement(data / CACHE)
    environment = Environment(_python(part), own=True)
    for backend in backends():
        remove_tree(part)
        run_uv(["venv", "--relocatable", "--python", PYTHON, part], data, "making a place", tell)
        _fill(environment, wanted, backend, data, tell)
        facts = probe(environment)
        if facts.gpus_work:
            break
    return facts


def _fill(environment: Environment, wanted: str, backend: str, data: Path, tell: Tell) -> None:
    words: list[str | Path] = ["pip", "install", "--python", environment.python, wanted]
    task = "downloading the engine"
    try:
        run_uv([*words, f"--torch-backend={backend}"], data, task, tell)
    except UvFailed as failure:
        # Behind a mirror of the package index alone, its builds have to do; Linux: for GPUs.
        if backend != AUTO or TORCH_INDEX not in failure.said:
            raise
        _check_room(data, "gpu")
        run_uv(words, data, task, tell)


def _check_room(data: Path, kind: Literal["cpu", "gpu"]) -> None:
    needed, free = BYTES[kind], free_bytes(data)
    if free < needed:
        raise InstallError(
            f"The engine needs {needed / 1e9:.0f} GB where {str(data)!r} is, and "
            f"{free / 1e9:.1f} GB are free.",
            "Make room, or name a folder on another disk with FLEXIT_DATA.",
        )


def _swap(part: Path, data: Path) -> None:
    """Rename the new environment into its place; the old one is away for a moment."""
    from flexit_engine.service import daemon

    daemon.stop(data)
    place, old = data / FOLDER, data / f"{PART}{secrets.token_hex(4)}"
    if place.exists():
        os.rename(place, old)
    os.rename(part, place)
    remove_tree(old)


def _sweep(data: Path) -> None:
    for path in data.glob(f"{PART}*"):
        with suppress(InstallError):  # an orphaned uv may still write there for a moment
            remove_tree(path)


def _tidy(data: Path) -> None:
    _sweep(data)
    remove_tree(data / CACHE)


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
