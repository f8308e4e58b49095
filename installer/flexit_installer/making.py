"""Making the engine's environment: beside its place, tried, only then renamed into it."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from pathlib import Path

from flexit_engine import __version__
from flexit_engine.errors import InstallError
from flexit_engine.ownership import is_stamped, remove_if_bare, stamp
from flexit_engine.service import daemon
from flexit_engine.service.private import make_private_folder
from flexit_installer.backend import (
    AUTO,
    BYTES,
    Accelerator,
    accelerator,
    backends,
    nvidia_capabilities,
)
from flexit_installer.environment import (
    FOLDER,
    Environment,
    Facts,
    own_environment,
    probe,
    python_of,
)
from flexit_installer.files import PART, free_bytes, parts_in, remove_tree
from flexit_installer.language import _
from flexit_installer.progress import Tell
from flexit_installer.requirement import engine_requirement
from flexit_installer.uv import CACHE, PYTHONS, UvFailed, run_uv

GPUS = "gpus.json"
"""In an environment: another GPU, or one whose driver has come since, wants another torch."""
PYTHON = ">=3.10,<3.15"
TORCH_INDEX = "download.pytorch.org"


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
        if facts.version == __version__ and not _wants_another(data / FOLDER):
            _tidy(data)
            return facts
    _check_place(data / FOLDER)
    _check_room(data, accelerator())
    _sweep(data)
    part = data / f"{PART}{secrets.token_hex(4)}"
    try:
        facts = _make(part, data, tell, requirement)
        _swap(part, data)
    finally:
        remove_tree(part)
    _tidy(data)
    return facts


def _make(part: Path, data: Path, tell: Tell, requirement: str | None) -> Facts:
    """Make an environment, with another build of torch where a GPU does not compute with one."""
    make_private_folder(data / CACHE)
    wanted = requirement or engine_requirement(data / CACHE)
    environment = Environment(python_of(part), own=True)
    for backend in backends():
        remove_tree(part)
        # No project: one in a folder above would have a say in which Python it is.
        words: list[str | Path] = ["venv", "--no-project", "--relocatable", f"--python={PYTHON}"]
        run_uv([*words, part], data, _("making a place"), tell)
        stamp(part)
        _fill(environment, wanted, backend, data, tell)
        facts = probe(environment)
        if facts.gpus_work:
            break
    (part / GPUS).write_text(json.dumps(nvidia_capabilities()), encoding="utf-8")
    return facts


def _wants_another(folder: Path) -> bool:
    """Whether there are NVIDIA GPUs, and an environment was made for others or none.

    Where there are none, any will do: a driver that has just been updated is silent for a while.
    """
    here, made_for = nvidia_capabilities(), []
    with suppress(OSError, ValueError):
        made_for = json.loads((folder / GPUS).read_text(encoding="utf-8"))
    return bool(here) and here != made_for


def _fill(environment: Environment, wanted: str, backend: str, data: Path, tell: Tell) -> None:
    words: list[str | Path] = ["pip", "install", "--python", environment.python, wanted]
    task = _("downloading the engine")
    try:
        run_uv([*words, f"--torch-backend={backend}"], data, task, tell)
    except UvFailed as failure:
        # Behind a mirror of the package index alone, its builds have to do; Linux: for GPUs.
        if backend != AUTO or TORCH_INDEX not in failure.said:
            raise
        _check_room(data, "cuda")
        run_uv(words, data, task, tell)


def _check_place(place: Path) -> None:
    """See that what is where the environment goes may be replaced."""
    if place.exists() and not is_environment(place):
        raise InstallError(
            f"The folder {str(place)!r} is not FlexIT's.",
            "Move it away, or name another folder with FLEXIT_DATA.",
        )


def is_environment(place: Path) -> bool:
    """Whether a folder is an environment that was made here; earlier versions made no stamp."""
    return is_stamped(place) or (place / GPUS).is_file()


def _check_room(data: Path, kind: Accelerator) -> None:
    needed, free = BYTES[kind], free_bytes(data)
    if free < needed:
        raise InstallError(
            f"The engine needs {needed / 1e9:.1f} GB where {str(data)!r} is, and "
            f"{free / 1e9:.1f} GB are free.",
            "Make room, or name a folder on another disk with FLEXIT_DATA.",
        )


def _swap(part: Path, data: Path) -> None:
    """Rename the new environment into its place; the old one is away for a moment."""
    daemon.stop(data)
    place, old = data / FOLDER, data / f"{PART}{secrets.token_hex(4)}"
    if place.exists():
        os.rename(place, old)
    os.rename(part, place)
    remove_tree(old)


def _sweep(data: Path) -> None:
    for path in parts_in(data):
        with suppress(InstallError):  # an orphaned uv may still write there for a moment
            remove_tree(path)


def _tidy(data: Path) -> None:
    _sweep(data)
    if is_stamped(data / CACHE):
        remove_tree(data / CACHE)
    remove_if_bare(data / PYTHONS)
