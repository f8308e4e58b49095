"""What `flexit doctor` looks at: each check says what is right, or what is not, and its remedy."""

from __future__ import annotations

import os
import shlex
import socket
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from flexit_engine import __version__
from flexit_engine.errors import InstallError, WeightsError
from flexit_engine.networks.profiles import Profile, list_profiles, load_profile, missing_files
from flexit_engine.ownership import foreign_in
from flexit_engine.service.aside import FOLDER as ASIDE
from flexit_installer import models, records
from flexit_installer.backend import nvidia_capabilities
from flexit_installer.editor_checks import check_editors
from flexit_installer.engine_checks import check_engine
from flexit_installer.environment import installed_environment, probe
from flexit_installer.files import free_bytes
from flexit_installer.finding import Finding, State
from flexit_installer.places import User

LITTLE = 1_000_000_000
"""Bytes free, below which edits may not find room."""


def all_findings(data: Path, user: User) -> Iterator[Finding]:
    """Everything that is looked at, in an order in which a cause comes before its effects."""
    yield from check_folder(data)
    yield from check_environment(data)
    yield from check_editors(data, user)
    yield from check_weights()
    yield from check_engine(data)
    yield from check_loopback()


def check_folder(data: Path) -> Iterator[Finding]:
    """The data folder: is it there, ours alone, and is there room."""
    if not data.is_dir():
        yield Finding("folder", "wrong", f"{data} is not there.", "flexit install")
        return
    if (other := foreign_in(data)) is not None:
        text = f"{data} has something else in it, such as {str(other.relative_to(data))!r}."
        mend = "Name an empty folder, or one to be made, with FLEXIT_DATA."
        yield Finding("folder", "wrong", text, mend)
        return
    yield _check_rights(data)
    if aside := sorted((data / ASIDE).glob("20*/*")):
        text = f"{len(aside)} files or folders that could not be read lie in {data / ASIDE}."
        yield Finding("set aside", "unsure", text, "Look into them, and remove that folder.")
    free = free_bytes(data)
    state: State = "right" if free >= LITTLE else "wrong"
    mend = "" if free >= LITTLE else "Make room, or set FLEXIT_DATA to a folder on another disk."
    yield Finding("disk", state, f"{free / 1e9:.1f} GB are free.", mend)


def _check_rights(data: Path) -> Finding:
    about, quoted = data.stat(), shlex.quote(str(data))
    if sys.platform != "win32" and about.st_uid != os.geteuid():
        mend = f"sudo chown -R {os.geteuid()} {quoted}"
        return Finding("folder", "wrong", f"{data} is somebody else's.", mend)
    mend = f"chmod 700 {quoted}"
    if sys.platform != "win32" and about.st_mode & 0o077:
        text = f"Others can use {data} ({stat.filemode(about.st_mode)})."
        return Finding("folder", "wrong", text, mend)
    if not os.access(data, os.W_OK | os.X_OK):
        return Finding("folder", "wrong", f"{data} cannot be written.", mend)
    return Finding("folder", "right", f"{data} is yours alone.")


def check_environment(data: Path) -> Iterator[Finding]:
    """The engine's environment, and whether its devices really compute."""
    mend = "flexit install"
    try:
        environment = installed_environment(data)
        if not environment.own:
            mend = "flexit install --own-environment"
        facts = probe(environment)
    except InstallError as error:
        yield Finding("environment", "wrong", error.message, mend)
        return
    versions = f"FlexIT {facts.version}, Python {facts.python}, torch {facts.torch}"
    if facts.version == __version__:
        yield Finding("environment", "right", f"{versions}, in {environment.python.parents[1]}.")
    else:
        text = f"It has FlexIT {facts.version} instead of {__version__}."
        yield Finding("environment", "wrong", text, mend)
    for device in facts.devices:
        if device.error is None:
            yield Finding(device.name, "right", f"{device.title} computes.")
        else:
            text = f"{device.title} does not compute: {device.error}"
            yield Finding(device.name, "wrong", text, f"Update its driver, then: {mend}")
    if nvidia_capabilities() and not facts.has_gpu:
        text = f"There is an NVIDIA GPU, but torch {facts.torch} does not see it."
        yield Finding("gpu", "wrong", text, f"Update its driver, then: {mend}")


def check_weights() -> Iterator[Finding]:
    """Each profile: complete, and found right before."""
    for profile in map(load_profile, list_profiles()):
        if profile.embedded:
            wrong = models.verify(profile)
            state: State = "wrong" if wrong else "right"
            text, mend = " ".join(wrong) or "It is right.", "Install FlexIT again." if wrong else ""
            yield Finding(profile.name, state, text, mend)
        else:
            yield _check_downloaded(profile)


def _check_downloaded(profile: Profile) -> Finding:
    name, folder, missing = profile.name, profile.folder, missing_files(profile)
    pull = f"flexit models pull {name}"
    others = models.needed_by_others(profile)
    own = (file for file in profile.files if file.name not in others)
    if missing and not any(models.files_of(file, folder) for file in own):
        return Finding(name, "right", "It is not installed.")
    if missing:
        text = f"{len(missing)} of its {len(profile.files)} files are missing."
        return Finding(name, "unsure", text, pull)
    try:
        for file in profile.files:
            file.check_size(folder)
    except WeightsError as error:
        return Finding(name, "wrong", error.message, pull)
    if all(records.is_unchanged(file.path(folder)) for file in profile.files):
        return Finding(name, "right", "It was found right, and is unchanged since.")
    text = "Its files have changed since they were read last."
    return Finding(name, "unsure", text, f"flexit models verify {name}")


def check_loopback() -> Iterator[Finding]:
    """Whether programs of this machine may talk to each other, as some firewalls forbid."""
    try:
        with socket.socket() as listener, socket.socket() as caller:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            caller.settimeout(5)
            caller.connect(listener.getsockname())
    except OSError as error:
        text = f"Nothing can be reached on 127.0.0.1: {error.strerror or error}."
        yield Finding("ports", "wrong", text, "Allow it in the firewall.")
    else:
        yield Finding("ports", "right", "Programs of this machine can talk to each other.")
