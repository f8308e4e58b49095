"""Asking a person before something large or final."""

from __future__ import annotations

import argparse
import sys

from flexit_engine.commands.interruption import Interrupted
from flexit_engine.commands.streams import say
from flexit_engine.errors import UsageError


def add_yes_option(parser: argparse.ArgumentParser) -> None:
    """Answering beforehand."""
    parser.add_argument("--yes", action="store_true", help="do not ask")


def confirm(question: str, arguments: argparse.Namespace) -> None:
    """Go on only if somebody agrees.

    Raises:
        UsageError: there is nobody to ask.
        Interrupted: the answer is no.
    """
    if arguments.yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("This has to be confirmed.", "Add --yes.")
    say(f"{question}\nGo on? [y/N]", sys.stderr)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        stop = Interrupted(2)
        stop.message = "Nothing was done."
        raise stop
