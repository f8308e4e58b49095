"""`flexit serve`: the engine in the foreground, until it is told to end."""

from __future__ import annotations

import argparse
from contextlib import suppress

from flexit_engine.commands.interruption import Interrupted
from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome
from flexit_engine.errors import UsageError
from flexit_engine.service.config import Config

TAKEN = 11
"""Exit code of an engine that found another one running."""
FOR_EVER = -1
LONGEST = 1e9
"""Seconds or minutes; whoever wants more wants for ever."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    add_engine_options(parser)
    add_common_options(parser)


def add_engine_options(parser: argparse.ArgumentParser) -> None:
    """How an engine runs."""
    parser.add_argument(
        "--tcp", action="store_true", help="listen on a free port of 127.0.0.1 as well"
    )
    parser.add_argument(
        "--device",
        dest="devices",
        action="append",
        metavar="DEVICE",
        help="auto, cpu, cuda, cuda:1, xpu or mps; given several times, a worker for each",
    )
    parser.add_argument(
        "--keep-alive",
        type=float,
        default=Config.keep_alive,
        metavar="SECONDS",
        help="how long unused networks stay in memory; -1 for ever (default: %(default).0f)",
    )
    parser.add_argument(
        "--exit-when-idle",
        type=float,
        metavar="MINUTES",
        help="end after so long without edits and requests (default: never)",
    )


def run(arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """Serve until `flexit stop`, a signal or idleness.

    Raises:
        AlreadyRunning: there is only ever one engine.
        StorageError: the data folder cannot be used.
    """
    config = chosen_config(arguments)
    from flexit_engine.service.server import serve

    with suppress(Interrupted):  # one way to end it
        serve(config)
    return Outcome("The engine has ended.", {"running": False})


def chosen_config(arguments: argparse.Namespace) -> Config:
    """The configuration that the arguments ask for.

    Raises:
        UsageError: one of them is out of range.
    """
    from flexit_engine.service.discovery import data_folder

    keep_alive, idle = arguments.keep_alive, arguments.exit_when_idle
    if not (0 <= keep_alive <= LONGEST or keep_alive == FOR_EVER):
        raise UsageError(f"--keep-alive cannot be {keep_alive:g}.", "Give seconds, or -1.")
    if idle is not None and not 0 < idle <= LONGEST:
        raise UsageError(
            f"--exit-when-idle cannot be {idle:g}.", "Give minutes above 0, or leave it out."
        )
    return Config(
        data=data_folder(),
        tcp=arguments.tcp,
        devices=tuple(arguments.devices or Config.devices),
        keep_alive=keep_alive,
        idle_exit=None if idle is None else 60 * idle,
    )


def serve_words(config: Config) -> list[str]:
    """The command line of `flexit serve` for a configuration, after the program's name."""
    words = ["serve", *(f"--device={name}" for name in config.devices)]
    words.append(f"--keep-alive={config.keep_alive!r}")
    if config.tcp:
        words.append("--tcp")
    if config.idle_exit is not None:
        words.append(f"--exit-when-idle={config.idle_exit / 60!r}")
    return words
