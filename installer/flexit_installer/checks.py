"""What `flexit doctor` looks at: each check says what is right, or what is not, and its remedy."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from flexit_engine import __version__
from flexit_engine.errors import InstallError, ServiceError
from flexit_engine.networks.profiles import list_profiles, load_profile, missing_files
from flexit_engine.service import daemon
from flexit_engine.service.discovery import Address, discover
from flexit_engine.service.environment import scrubbed
from flexit_installer import kritarc, models, plugins, records
from flexit_installer.backend import nvidia_capabilities
from flexit_installer.editors import Editor, find_editors
from flexit_installer.environment import installed_environment, probe
from flexit_installer.files import free_bytes
from flexit_installer.manifest import read_manifest
from flexit_installer.places import User

State = Literal["right", "wrong", "unsure"]
LITTLE = 1_000_000_000
"""Bytes free, below which edits may not find room."""
SECONDS_TO_START = 60


class Finding(NamedTuple):
    """One line of the page."""

    about: str
    state: State
    text: str
    mend: str = ""
    """The command, or what to do, where it is not right."""


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
    about = data.stat()
    if sys.platform != "win32" and (about.st_uid != os.geteuid() or about.st_mode & 0o077):
        rights = stat.filemode(about.st_mode)
        yield Finding("folder", "wrong", f"Others can use {data} ({rights}).", f"chmod 700 {data}")
    elif not os.access(data, os.W_OK):
        yield Finding("folder", "wrong", f"{data} cannot be written.", f"chmod 700 {data}")
    else:
        yield Finding("folder", "right", f"{data} is yours alone.")
    free = free_bytes(data)
    state: State = "right" if free >= LITTLE else "wrong"
    mend = "" if free >= LITTLE else "Make room, or set FLEXIT_DATA to a folder on another disk."
    yield Finding("disk", state, f"{free / 1e9:.1f} GB are free.", mend)


def check_environment(data: Path) -> Iterator[Finding]:
    """The engine's environment, and whether its devices really compute."""
    try:
        environment = installed_environment(data)
        facts = probe(environment)
    except InstallError as error:
        yield Finding("environment", "wrong", error.message, "flexit install")
        return
    versions = f"FlexIT {facts.version}, Python {facts.python}, torch {facts.torch}"
    if facts.version == __version__:
        yield Finding("environment", "right", f"{versions}, in {environment.python.parents[1]}.")
    else:
        text = f"It has FlexIT {facts.version} instead of {__version__}."
        yield Finding("environment", "wrong", text, "flexit install")
    for device in facts.devices:
        if device.error is None:
            yield Finding(device.name, "right", f"{device.title} computes.")
        else:
            text = f"{device.title} does not compute: {device.error}"
            yield Finding(device.name, "wrong", text, "Update its driver, then: flexit install")
    if nvidia_capabilities() and not facts.has_gpu:
        text = f"There is an NVIDIA GPU, but torch {facts.torch} does not see it."
        yield Finding("gpu", "wrong", text, "Update its driver, then: flexit install")


def check_editors(data: Path, user: User) -> Iterator[Finding]:
    """Each editor: the plug-in is there, of this version, whole, and will be loaded."""
    try:
        manifest = read_manifest(data)
    except InstallError as error:
        yield Finding("plug-ins", "wrong", error.message, f"rm {data / 'install.json'}")
        return
    editors = {editor.profile: editor for editor in find_editors(user)}
    for plugin in manifest.plugins:
        editors.setdefault(plugin.profile, plugin.editor)
    if not editors:
        yield Finding("editors", "unsure", "Neither Krita nor GIMP 3 was found.", "Install one.")
    for editor in editors.values():
        known = manifest.plugin_in(editor.profile)
        yield _check_editor(editor, plugins.changed_files(known) if known else [])


def _check_editor(editor: Editor, changed: list[Path]) -> Finding:
    mend = f"flexit install {editor.kind}"
    version = plugins.installed_version(editor)
    if version is None:
        return Finding(editor.label, "unsure", "It has no plug-in.", mend)
    if version != __version__:
        text = f"Its plug-in is {version}, and the engine {__version__}."
        return Finding(editor.label, "wrong", text, mend)
    if changed:
        text = f"{changed[0]} and {len(changed) - 1} more are not as they were installed."
        return Finding(editor.label, "wrong", text, mend)
    if reason := _not_loaded(editor):
        return Finding(editor.label, *reason)
    return Finding(editor.label, "right", f"It has the plug-in {version}, in {editor.plugins}.")


def _not_loaded(editor: Editor) -> tuple[State, str, str] | None:
    """Why an editor will not load a plug-in that is there."""
    if editor.kind == "krita":
        if editor.settings is None or kritarc.is_enabled(editor.settings):
            return None
        mend = (
            "Settings ▸ Configure Krita ▸ Python Plugin Manager; or close it: flexit install krita"
        )
        return "wrong", "The plug-in is not switched on.", mend
    entry = editor.plugins / "flexit" / "flexit.py"
    if not os.access(entry, os.X_OK):
        return "wrong", f"{entry} is not executable.", "flexit install gimp"
    with suppress(OSError):
        if "flexit.py" not in (editor.profile / "pluginrc").read_text(errors="replace"):
            return "unsure", "It was not started since the plug-in is there.", "Start GIMP once."
    return None


def check_weights() -> Iterator[Finding]:
    """Each profile: complete, and found right before."""
    for name in list_profiles():
        profile = load_profile(name)
        missing = {file.name for file in missing_files(profile)}
        begun = any(models.files_of(file, profile.folder) for file in profile.files)
        if missing and (profile.embedded or not begun):
            state: State = "wrong" if profile.embedded else "right"
            text = "It is not complete." if profile.embedded else "It is not installed."
            yield Finding(name, state, text, "flexit install" if profile.embedded else "")
        elif missing:
            text = f"{len(missing)} of its {len(profile.files)} files are missing."
            yield Finding(name, "unsure", text, f"flexit models pull {name}")
        elif profile.embedded:
            wrong = models.verify(profile)
            yield Finding(name, "wrong" if wrong else "right", " ".join(wrong) or "It is right.")
        elif all(records.is_unchanged(file.path(profile.folder)) for file in profile.files):
            yield Finding(name, "right", "It was found right, and is unchanged since.")
        else:
            text = "Its files have changed since they were read last."
            yield Finding(name, "unsure", text, f"flexit models verify {name}")


def check_engine(data: Path) -> Iterator[Finding]:
    """The engine answers; one that does not run is started for the purpose, and ended."""
    try:
        if (address := daemon.answering(data)) is not None:
            yield _answers(address)
        elif discover(data) is not None:
            text = "A process has its place, but does not answer."
            yield Finding("engine", "wrong", text, "flexit stop && flexit start")
        else:
            yield _start_and_stop(data)
    except (ServiceError, InstallError) as error:
        yield Finding("engine", "wrong", error.message, error.hint or "flexit logs")


def _answers(address: Address) -> Finding:
    if address.version == __version__:
        return Finding("engine", "right", f"It runs, and answers as process {address.pid}.")
    text = f"It runs, but is version {address.version} instead of {__version__}."
    return Finding("engine", "wrong", text, "flexit stop")


def _start_and_stop(data: Path) -> Finding:
    environment = installed_environment(data)
    done = subprocess.run(  # noqa: S603 -- words of our own
        [*environment.command, "start", "--json"],
        env={**scrubbed(os.environ), "FLEXIT_DATA": str(data)},
        capture_output=True,
        timeout=SECONDS_TO_START,
    )
    if done.returncode == 0:
        daemon.stop(data)
        return Finding("engine", "right", "It does not run; it starts and answers when asked to.")
    reason = "It does not start."
    with suppress(ValueError, KeyError):
        reason = json.loads(done.stdout)["message"]
    return Finding("engine", "wrong", reason, "flexit start --debug")


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
