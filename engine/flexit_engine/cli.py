"""The `flexit` command: from its arguments to an exit code.

What the commands do is in `flexit_engine.commands`; torch is only imported there, and only once
the arguments are known to be right.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

from flexit_engine import __version__
from flexit_engine.commands import (
    again,
    batch,
    edit,
    evaluate,
    logs,
    profiles,
    serve,
    start,
    status,
    stop,
    words,
)
from flexit_engine.commands.failures import as_error
from flexit_engine.commands.interruption import Interrupted, interruptible
from flexit_engine.commands.outcome import Outcome
from flexit_engine.commands.streams import AnswerLost, make_writable, say
from flexit_engine.errors import (
    AlreadyRunning,
    DeviceError,
    FlexITError,
    InstallError,
    OutputError,
    PictureError,
    ProfileError,
    ServiceError,
    SettingsError,
    TextError,
    UsageError,
)
from flexit_engine.threads import share_cores


class ExitCode(NamedTuple):
    """What an exit code means, and the errors that lead to it."""

    number: int
    meaning: str
    error: type[FlexITError] | None = None


EXIT_CODES = (
    ExitCode(0, "done"),
    ExitCode(1, "something unexpected", FlexITError),
    ExitCode(2, "the command line or the list of edits is not understood", UsageError),
    ExitCode(3, "the picture or its mask cannot be used", PictureError),
    ExitCode(4, "a text cannot be used", TextError),
    ExitCode(5, "a setting is out of range", SettingsError),
    ExitCode(6, "the result cannot be written", OutputError),
    ExitCode(7, "no such profile, or its weights are missing or broken", ProfileError),
    ExitCode(8, "no such device, or it has too little memory", DeviceError),
    ExitCode(batch.SOME_FAILED, "some edits of a batch failed"),
    ExitCode(status.NOT_RUNNING, "no engine runs, or it cannot do what was asked", ServiceError),
    ExitCode(serve.TAKEN, "another engine is running", AlreadyRunning),
    ExitCode(12, "something cannot be installed, or doctor found something wrong", InstallError),
    ExitCode(129, "the terminal was closed"),
    ExitCode(130, "interrupted by Ctrl-C"),
    ExitCode(143, "told to stop by another program"),
)

LIBRARIES = logging.NullHandler()
"""Where libraries' log messages go: what matters of them is in our own sentences."""

AGAIN = "edit --again"
COMMANDS = {
    "edit": (edit, "edit one picture"),
    AGAIN: (again, "make a result again, to the byte"),
    "batch": (batch, "edit many pictures"),
    "evaluate": (evaluate, "compare methods by the paper's protocol"),
    "profiles": (profiles, "list the sets of networks"),
    "words": (words, "list and explain the words that the embedded networks understand"),
    "start": (start, "start the engine in the background"),
    "stop": (stop, "end the engine in the background"),
    "status": (status, "say whether the engine runs, and what it does"),
    "logs": (logs, "show what the engine did"),
    "serve": (serve, "run the engine in the foreground"),
}
INSTALLER = {
    "install": "put FlexIT into Krita and GIMP",
    "uninstall": "take it out again",
    "models": "fetch, import, verify and remove networks",
    "doctor": "say what is right, what is not, and how to mend it",
    "package": "write a plug-in to a file, to install it by hand",
}
"""Commands of `flexit_installer`, which the engine knows by name only."""


class Parser(argparse.ArgumentParser):
    """A parser that reports in the same way as everything else."""

    def parse(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse all words.

        Raises:
            UsageError: they are not understood.
        """
        arguments = self.parse_args(words)
        for name, value in vars(arguments).items():
            # What argparse before Python 3.13 makes of `--steps=--`.
            if value == []:
                self.error(f"the option --{name} needs a value")
        return arguments

    def _print_message(self, message: str, file: Any = None) -> None:  # noqa: ANN401
        """Print help; argparse would keep to itself that it cannot."""
        if message:
            say(message.rstrip("\n"), file or sys.stdout)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing and leaving."""
        raise UsageError(f"{message[:1].upper()}{message[1:]}.", f"See `{self.prog} --help`.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
        argv: the arguments, without the program's name; those of the process when not given.

    Returns:
        The exit code, one of `EXIT_CODES`.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    logging.getLogger().addHandler(LIBRARIES)
    make_writable()
    share_cores()
    try:
        return _run(words)
    except Interrupted as stop:
        _report(stop, words)
        return stop.exit_code
    except Exception as error:
        reported = as_error(error)
        _report(reported, words)
        return _exit_code(reported)


def _run(words: Sequence[str]) -> int:
    """Run a command and say what came of it; the exit code."""
    try:
        with interruptible():
            arguments = _parser().parse(_join_again(words))
            show_progress = sys.stderr.isatty() and not (arguments.quiet or arguments.json)
            outcome: Outcome = arguments.run(arguments, show_progress)
    except SystemExit as done:  # --help and --version
        return int(done.code or 0)
    if arguments.json:
        say(json.dumps(outcome.report), sys.stdout)
    elif not arguments.quiet:
        say(outcome.text, sys.stdout)
    return outcome.exit_code


@lru_cache(maxsize=1)
def _parser() -> Parser:
    codes = "\n".join(f"  {code.number:3}  {code.meaning}" for code in EXIT_CODES)
    parser = Parser(
        prog="flexit",
        description="Edit a picture by two texts.",
        epilog=f"exit codes:\n{codes}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"flexit {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    installer = {
        name: (import_module(f"flexit_installer.commands.{name}"), summary)
        for name, summary in INSTALLER.items()
    }
    for name, (module, summary) in {**COMMANDS, **installer}.items():
        command = commands.add_parser(
            name, help=summary, description=f"{summary.capitalize()}.", allow_abbrev=False
        )
        module.add_arguments(command)
        command.set_defaults(run=module.run)
    return parser


def _join_again(words: Sequence[str]) -> Sequence[str]:
    """`edit --again` as one word: it takes other arguments than `edit`."""
    if words[:1] == ["edit"] and "--again" in words:
        return [AGAIN, *(word for word in words[1:] if word != "--again")]
    return words


def _exit_code(error: FlexITError) -> int:
    # From the last: the first class is the base of all others.
    return next(
        code.number for code in reversed(EXIT_CODES) if code.error and isinstance(error, code.error)
    )


def _report(error: FlexITError | Interrupted, words: Sequence[str]) -> None:
    """Say what went wrong as the user wants to hear it, even if the arguments were not parsed."""
    if "--debug" in words:
        traceback.print_exc()
    facts: Mapping[str, Any] = {"code": error.code, "message": error.message, "hint": error.hint}
    with suppress(AnswerLost):  # there is no other way left to say it
        if "--json" in words and not isinstance(error, AnswerLost):
            say(json.dumps(facts), sys.stdout)
        else:
            say(f"flexit: {error.message} {error.hint}".rstrip(), sys.stderr)
