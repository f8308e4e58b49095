"""Ctrl-C and `kill` as an exception that knows what was left."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""The last one comes when the terminal is closed; Windows has none."""


class Interrupted(KeyboardInterrupt):
    """Someone asked the program to stop.

    Args:
        number: the signal that came.
    """

    code = "interrupted"

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number
        self.message = "Stopped; nothing was left."
        """What was left: whoever leaves something changes it."""
        self.hint = ""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise `Interrupted` in the block when a signal asks to stop.

    Only the main thread can do that; in any other the block runs as it is.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, _raise) for number in SIGNALS if not _is_nohup(number)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_nohup(number: int) -> bool:
    """Whether a closed terminal shall not end this process."""
    return number not in (signal.SIGINT, signal.SIGTERM) and (
        signal.getsignal(number) == signal.SIG_IGN
    )


def _raise(number: int, _frame: FrameType | None) -> None:
    raise Interrupted(number)
