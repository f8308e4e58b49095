"""All of an installation, in the order in which it may be interrupted without harm."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from flexit_engine import __version__
from flexit_engine.errors import FlexITError
from flexit_engine.folders import DATA_VARIABLE
from flexit_engine.isolation import run_apart, safe_environment
from flexit_engine.service import daemon
from flexit_engine.service.discovery import COMMAND, discover
from flexit_engine.service.private import make_data_folder
from flexit_installer import plugins
from flexit_installer.backend import BYTES, accelerator
from flexit_installer.command_link import link_command
from flexit_installer.contents import INSTALL_LOCK, refuse_folder_of_others, unfinished_files
from flexit_installer.editors import Editor
from flexit_installer.environment import (
    Environment,
    Facts,
    own_environment,
    probe,
    record_command,
    this_environment,
)
from flexit_installer.files import missing_parents, remove_tree
from flexit_installer.language import _
from flexit_installer.locking import alone
from flexit_installer.making import ensure_environment
from flexit_installer.manifest import NAME as MANIFEST
from flexit_installer.manifest import read_manifest, write_manifest
from flexit_installer.progress import Progress, Tell

SECONDS_TO_START = 60


class Plan(NamedTuple):
    """What an installation will do."""

    editors: Sequence[Editor]
    data: Path
    environment: Environment
    bytes_needed: int
    """About what the environment takes; 0 where it is there already."""


class Done(NamedTuple):
    """What an installation has done."""

    facts: Facts
    puts: Sequence[plugins.Put]
    link: Path | None
    """The new `flexit` command."""
    login: str
    """What was done about the start at login, in a sentence."""


def plan(editors: Sequence[Editor], data: Path, *, own: bool) -> Plan:
    """See what there is to do.

    Args:
        editors: where plug-ins go.
        data: the data folder.
        own: make an environment even where the one this runs in would do.
    """
    here = None if own or own_environment(data).python.exists() else this_environment(data)
    environment = here or own_environment(data)
    needed = 0 if environment.python.exists() else BYTES[accelerator()]
    return Plan(editors, data, environment, needed)


def carry_out(
    todo: Plan, home: Path, tell: Tell, *, at_login: bool = False, requirement: str | None = None
) -> Done:
    """Install: the engine first, then the plug-ins, so that no plug-in is there without it.

    Args:
        todo: from `plan`.
        home: the home folder.
        tell: hears how far it is.
        at_login: start the engine at every login.
        requirement: what to install as the engine; this very FlexIT when not given.

    Raises:
        InstallError: something cannot be done; running it again goes on from there.
    """
    data = todo.data
    refuse_folder_of_others(data)
    new_folders = missing_parents(data / "any")
    make_data_folder(data)
    with only_installer(data):
        _begin(data, new_folders)
        if todo.environment.own:
            facts = ensure_environment(data, tell, requirement)
        else:
            facts = probe(todo.environment)
        _end_other_version(data)
        record_command(data, todo.environment)
        link = link_command(data, home, todo.environment.python) if todo.environment.own else None
        puts = []
        for editor in todo.editors:
            task = _("installing the plug-in for {editor}").format(editor=editor.label)
            tell(Progress(task))
            puts.append(plugins.put(editor, data))
        login = _start_at_login(todo.environment, data) if at_login else ""
    return Done(facts, puts, link, login)


def _begin(data: Path, new_folders: Sequence[Path]) -> None:
    """Remove what a killed installer was writing, and write down that this one is at work."""
    for part in unfinished_files(data, MANIFEST, COMMAND):
        remove_tree(part)
    manifest = read_manifest(data)
    made = sorted({*manifest.made, *new_folders})
    update = {"version": __version__, "made": made}
    write_manifest(data, manifest.model_copy(update=update))


@contextmanager
def only_installer(data: Path) -> Iterator[None]:
    """Be the only installer of a data folder for the length of a block.

    Raises:
        InstallError: another one is at work.
    """
    message = "Another installer of FlexIT is at work."
    with alone(data / INSTALL_LOCK, message, "Wait until it is done."):
        yield


def _end_other_version(data: Path) -> None:
    """An engine that was started before an upgrade would go on as what it was."""
    address = discover(data)
    if address is not None and address.version != __version__:
        daemon.stop(data)


def _start_at_login(environment: Environment, data: Path) -> str:
    """Have the engine's own Python arrange it: the service file names that one."""
    environ = {**safe_environment(os.environ), DATA_VARIABLE: str(data)}
    words = [*environment.command, "start", "--at-login", "--json"]
    done = run_apart(words, environ=environ, timeout=SECONDS_TO_START)
    if done.returncode == 0:
        return "The engine starts at every login from now on."
    with suppress(ValueError):
        return str(json.loads(done.stdout)["message"])
    raise FlexITError("The engine cannot be started at login.", "Run `flexit start --at-login`.")
