"""`flexit logs`: what the engine did."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flexit_engine.commands.interruption import Interrupted
from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome
from flexit_engine.commands.streams import say
from flexit_engine.errors import UsageError

MOST_RECORDS = 1_000_000
"""More than all log files hold."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "-n",
        dest="count",
        type=int,
        default=50,
        metavar="N",
        help="how many of the last records to show (default: 50)",
    )
    parser.add_argument("--follow", action="store_true", help="go on until Ctrl-C")
    add_common_options(parser)


def run(arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """Show the last records.

    Raises:
        UsageError: the number is negative.
        Interrupted: nobody wants to follow any longer.
    """
    if not 0 <= arguments.count <= MOST_RECORDS:
        raise UsageError(f"-n cannot be {arguments.count}.", f"Give 0 to {MOST_RECORDS:,}.")
    from flexit_engine.service.discovery import LOGS, data_folder
    from flexit_engine.service.logs import readable, tail

    folder = data_folder() / LOGS
    if arguments.follow:
        _follow(folder, arguments.count, str if arguments.json else readable)
        return Outcome("", [])
    lines = tail(folder, arguments.count)
    text = "\n".join(map(readable, lines)) or f"There is no log in {str(folder)!r} yet."
    return Outcome(text, [_record(line) for line in lines])


def _follow(folder: Path, count: int, shown: Callable[[str], str]) -> None:
    """Print records, the last ones and new ones, until a signal or the reader's end."""
    from flexit_engine.service.logs import follow

    try:
        for line in follow(folder, count):
            if not say(shown(line), sys.stdout):
                return
    except Interrupted as stop:
        stop.message = "Stopped."
        raise


def _record(line: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except ValueError:  # half a line, where the disk was full
        record = None
    return record if isinstance(record, dict) else {"message": line}
