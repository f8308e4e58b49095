"""Why a worker process ended, in words for the user."""

from __future__ import annotations

import signal

from flexit_engine import __version__
from flexit_engine.errors import EngineOutdated, WorkerDied
from flexit_engine.worker.messages import NOT_UNDERSTOOD
from flexit_engine.worker.reasons import MORE_MEMORY, lacks_memory

ONCE_MORE = "Run the edit again; if it happens twice, try a smaller resolution."
CRASHED = "Fatal Python error:"
"""Where what Python tells of a crash begins; before it is what the library that crashed said."""


class LastWords:
    """What a process said last on stderr, ahead of Python's own account of a crash."""

    def __init__(self) -> None:
        self._last = ""
        self._crashed = False

    def hear(self, line: str) -> None:
        """Take a line."""
        self._crashed = self._crashed or line.startswith(CRASHED)
        if line.strip() and not self._crashed:
            self._last = line[:500]

    def died(self, code: int | None) -> WorkerDied:
        """The error for those who waited for what the process did."""
        if code == NOT_UNDERSTOOD:
            return outdated("another version")
        said = f" Its last words: {self._last}" if self._last else ""
        return WorkerDied(f"The process with the networks {_how(code)}.{said}", ONCE_MORE)


def outdated(version: str) -> EngineOutdated:
    """It is of another version than this service."""
    return EngineOutdated(
        f"FlexIT was updated while its engine ran, from {__version__} to {version}.",
        "Try again: this engine ends, and the next one is the new one.",
    )


def broken(reason: str) -> WorkerDied:
    """It has said itself why it ends."""
    hint = MORE_MEMORY if lacks_memory(reason) else "Run `flexit doctor`: it says what to mend."
    return WorkerDied(f"The process with the networks cannot go on ({reason}).", hint)


def silent(seconds: float) -> WorkerDied:
    """It had to be killed."""
    return WorkerDied(
        f"The process with the networks said nothing for {seconds:.0f} seconds.", ONCE_MORE
    )


def incomprehensible() -> WorkerDied:
    """It said what is no report."""
    return WorkerDied("The process with the networks talks nonsense.", ONCE_MORE)


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        why = ", as it does when the machine's memory is full" if name == "SIGKILL" else ""
        return f"was ended by {name}{why}"
    return "ended" if code is None else f"ended with code {code}"
