"""`flexit install`: the engine, and the plug-ins of the editors."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome

if TYPE_CHECKING:
    from flexit_installer.editors import Editor
    from flexit_installer.installing import Done, Plan


START_ONCE = "Start it once, close it, and run `flexit install gimp`."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "which", nargs="?", default="all", choices=("krita", "gimp", "all"), help="default: all"
    )
    parser.add_argument(
        "--folder",
        type=Path,
        help="the editor's own folder, where it is not found; with `krita` or `gimp`",
    )
    parser.add_argument(
        "--own-environment",
        action="store_true",
        help="make an environment for the engine even where the one this runs in would do",
    )
    parser.add_argument(
        "--at-login",
        action="store_true",
        help="start the engine at every login: editors from Flatpak or Snap cannot start it",
    )
    add_common_options(parser)


def run(arguments: argparse.Namespace, show_progress: bool) -> Outcome:
    """Install.

    Raises:
        UsageError: --folder without saying of which editor.
        InstallError: no editor was found, or something cannot be done.
    """
    from flexit_engine.errors import InstallError
    from flexit_engine.service.discovery import data_folder
    from flexit_installer import installing
    from flexit_installer.commands.bar import bar, resumable
    from flexit_installer.places import User

    user = User.current()
    editors = chosen_editors(arguments.which, arguments.folder, user)
    ready = [editor for editor in editors if editor.is_ready]
    waiting = [editor.label for editor in editors if not editor.is_ready]
    if not ready:
        raise InstallError(f"{waiting[0]} was never started.", START_ONCE)
    todo = installing.plan(ready, data_folder(), own=arguments.own_environment)
    with resumable(), bar(show_progress) as tell:
        done = installing.carry_out(todo, user.home, tell, at_login=arguments.at_login)
    lines = [*_lines(todo, done), *(f"{name} was never started. {START_ONCE}" for name in waiting)]
    return Outcome("\n".join(lines), {**report(todo, done), "waiting": waiting})


def chosen_editors(which: str, folder: Path | None, user: User) -> Sequence[Editor]:
    """The editors that are meant.

    Raises:
        UsageError: a folder without saying of which editor.
        InstallError: there are none.
    """
    from flexit_engine.errors import UsageError
    from flexit_installer.editors import editor_at, find_editors, nothing_found
    from flexit_installer.places import KINDS

    kinds = KINDS if which == "all" else tuple(kind for kind in KINDS if kind == which)
    if folder is not None:
        if len(kinds) > 1:
            raise UsageError("--folder is of one editor.", "Say `krita` or `gimp` before it.")
        return [editor_at(kinds[0], folder, user)]
    if not (editors := find_editors(user, kinds)):
        raise nothing_found(kinds, user)
    return editors


def report(todo: Plan, done: Done) -> dict[str, object]:
    """What was done, for programs."""
    return {
        "data": str(todo.data),
        "python": str(todo.environment.python),
        "torch": done.facts.torch,
        "devices": [device.model_dump() for device in done.facts.devices],
        "command": str(done.link) if done.link else None,
        "plugins": [
            {
                "editor": put.editor.label,
                "kind": put.editor.kind,
                "profile": str(put.editor.profile),
                "enabled": put.enabled,
                "kept": [str(path) for path in put.kept],
            }
            for put in done.puts
        ],
    }


def _lines(todo: Plan, done: Done) -> list[str]:
    devices = ", ".join(
        f"{device.title} ({device.error or 'works'})" for device in done.facts.devices
    )
    lines = [f"The engine is in {todo.environment.python.parents[1]}: {devices}."]
    for put in done.puts:
        lines.append(f"{put.editor.label} has the plug-in, in {put.editor.plugins}.")
        lines += [f"    {path} was changed by you, and is kept." for path in put.kept]
        if not put.enabled:
            lines.append(
                "    Switch it on in Settings ▸ Configure Krita ▸ Python Plugin Manager, or close "
                "Krita and run this again."
            )
        if put.editor.is_sandboxed and not done.login:
            lines.append("    It cannot start the engine itself: run `flexit start --at-login`.")
    lines += [done.login] if done.login else []
    lines += [f"The command is {done.link}."] if done.link else []
    return lines


if TYPE_CHECKING:
    from flexit_installer.places import User
