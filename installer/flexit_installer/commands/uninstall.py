"""`flexit uninstall`: back to how it was."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome
from flexit_installer.commands.asking import add_yes_option, confirm

if TYPE_CHECKING:
    from flexit_installer.uninstalling import Part, Removal


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "which",
        nargs="?",
        default="all",
        choices=("krita", "gimp", "all"),
        help="default: all; the engine goes with the last plug-in",
    )
    parser.add_argument(
        "--keep",
        action="append",
        choices=("weights", "edits", "history"),
        help="what stays; may be given several times",
    )
    add_yes_option(parser)
    add_common_options(parser)


def run(arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """Uninstall.

    Raises:
        InstallError: something cannot be removed.
        ServiceError: the engine does not end.
    """
    from flexit_engine.service.discovery import data_folder
    from flexit_installer import uninstalling
    from flexit_installer.places import KINDS

    data = data_folder()
    kinds = [kind for kind in KINDS if arguments.which in (kind, "all")]
    removal = uninstalling.plan(data, kinds, arguments.keep or ())
    confirm("\n".join(["This goes:", *_going(removal)]), arguments)
    kept = uninstalling.carry_out(removal, data)
    lines = ["Gone:", *_going(removal)]
    for part in removal.kept:
        lines += [f"Kept, as you asked: {_line(part)}", *_paths(part.paths)]
    lines += [f"Kept, because you changed or added it: {path}" for path in kept]
    report = {
        "plugins": [str(plugin.profile) for plugin in removal.plugins],
        "gone": [str(path) for part in removal.parts for path in part.paths],
        "kept": [str(path) for part in removal.kept for path in part.paths] + list(map(str, kept)),
    }
    return Outcome("\n".join(lines), report)


def _going(removal: Removal) -> list[str]:
    """All that goes, path by path."""
    lines = []
    for plugin in removal.plugins:
        lines += [f"    the plug-in of {plugin.editor.label}", *_paths(plugin.places)]
        lines += [f"        our line in {plugin.settings}"] if plugin.settings else []
    for part in removal.parts:
        lines += [f"    {_line(part)}", *_paths(part.paths)]
    return lines or ["    nothing: nothing was installed"]


def _paths(paths: Iterable[Path]) -> list[str]:
    return [f"        {path}" for path in paths]


def _line(part: Part) -> str:
    return f"{part.what}, {part.bytes / 1e6:,.1f} MB"
