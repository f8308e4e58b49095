"""`flexit start`: the engine in the background, where it outlives editor and terminal."""

from __future__ import annotations

import argparse

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome
from flexit_engine.commands.serve import add_engine_options, chosen_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    add_engine_options(parser)
    parser.add_argument(
        "--at-login", action="store_true", help="start it at every login from now on as well"
    )
    add_common_options(parser)


def run(arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """Start an engine, unless one runs, and wait until it answers.

    Raises:
        FlexITError: why it cannot run, or did not start in time.
    """
    config = chosen_config(arguments)
    from flexit_engine.service import at_login, daemon

    address, is_new = daemon.start(config)
    verb = "runs now" if is_new else "was running already"
    text = f"The engine {verb}, process {address.pid}."
    where = address.model_dump(mode="json", exclude={"token"})
    report = {"running": True, "started": is_new, **where}
    if arguments.at_login:
        report["at_login"] = at_login.install(at_login.service_for(config))
        text += f"\n{report['at_login']}"
    return Outcome(text, report)
