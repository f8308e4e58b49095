"""What a command has to say when it is done."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple, TextIO


class Outcome(NamedTuple):
    """The same answer twice: for a person, and for a program that asked with `--json`."""

    text: str
    report: Mapping[str, Any] | list[Mapping[str, Any]]
    exit_code: int = 0


def say(text: str, stream: TextIO) -> bool:
    """Print a line, with escapes for what the stream cannot show.

    Returns:
        Whether somebody still reads the stream.
    """
    encoding = stream.encoding or "utf-8"
    try:
        print(text.encode(encoding, "backslashreplace").decode(encoding), file=stream, flush=True)
    except BrokenPipeError:
        # Whoever read has gone, as in `flexit profiles | head -1`; what is left goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True
