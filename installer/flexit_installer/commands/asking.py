"""Asking a person before something large or final."""

from __future__ import annotations

import argparse
import sys

from flexit_engine.commands.interruption import Interrupted
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
    if not sys.stdin.isatty():
        raise UsageError("This has to be confirmed.", "Add --yes.")
    print(question, file=sys.stderr)  # noqa: T201
    print("Go on? [y/N] ", end="", file=sys.stderr, flush=True)  # noqa: T201
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        stop = Interrupted(2)
        stop.message = "Nothing was done."
        raise stop
