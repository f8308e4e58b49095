"""`flexit package`: a plug-in as a file, for who installs it by hand."""

from __future__ import annotations

import argparse
from pathlib import Path

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument("which", choices=("krita", "gimp"))
    parser.add_argument("folder", nargs="?", type=Path, default=Path(), help="default: this one")
    add_common_options(parser)


def run(arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """Write the file.

    Raises:
        OutputError: it cannot be written.
    """
    from flexit_installer.package import package

    path = package(arguments.which, arguments.folder)
    return Outcome(f"{path}", {"path": str(path)})
