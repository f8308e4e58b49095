"""Standard output and error, whatever they are: ASCII only, closed, full, or read by nobody."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress
from typing import IO

from flexit_engine.errors import OutputError

NOBODY_READS = (errno.EPIPE, errno.EIO)
"""As in `flexit profiles | head -1`, and at a terminal that was closed."""


class AnswerLost(OutputError):
    """A stream takes no more."""


def make_writable() -> None:
    """Have both take any text, with escapes for what they cannot show, and be there at all.

    A closed one is opened on nothing: else the next file of ours would have its number.
    """
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # as under pythonw.exe, which has no console, or after `>&-`
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str, stream: IO[str]) -> bool:
    """Print a line.

    Returns:
        Whether somebody still reads the stream.

    Raises:
        AnswerLost: it cannot be written.
    """
    try:
        print(text, file=stream, flush=True)
    except OSError as error:
        return _given_up(stream, error)
    return True


def _given_up(stream: IO[str], error: OSError) -> bool:
    # What is left in it goes nowhere, or Python would try again at its end.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError):
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
    if error.errno in NOBODY_READS:
        return False
    raise AnswerLost(
        f"The answer cannot be written: {error.strerror or error}.", "Send it somewhere else."
    ) from None
