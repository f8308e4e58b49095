"""`flexit stop`: end the engine in the background."""

from __future__ import annotations

import argparse

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    parser.add_argument(
        "--at-login", action="store_true", help="do not start it at login any more, either"
    )
    add_common_options(parser)


def run(arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """End the engine; that none runs is said, and is fine.

    Raises:
        FlexITError: it does not end.
    """
    from flexit_engine.service import at_login, daemon
    from flexit_engine.service.config import Config
    from flexit_engine.service.discovery import data_folder

    data, report, text = data_folder(), {}, ""
    if arguments.at_login:
        # First, or the system would start it again.
        report["at_login"] = at_login.remove(at_login.service_for(Config(data)))
        text = f"{report['at_login']}\n"
    was_running = daemon.stop(data)
    text += "The engine has ended." if was_running else "No engine was running."
    return Outcome(text, {"running": False, "stopped": was_running, **report})
