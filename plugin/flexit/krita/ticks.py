"""Long work in the GUI thread, in portions so short that nobody notices."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any

from .dispatch import note
from .qt import QtCore

PORTION = 0.008
"""Seconds of work at a time; between two of them Krita handles what the user does."""


class Work(QtCore.QObject):
    """A generator that is run bit by bit; each `yield` is a place to pause.

    Args:
        steps: the work; what it returns goes to `on_done`.
        on_done: called at the end.
        on_fault: called with what it raised instead.
    """

    def __init__(
        self,
        steps: Generator[None, None, Any],
        on_done: Callable[[Any], None],
        on_fault: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._steps = steps
        self._on_done = on_done
        self._on_fault = on_fault
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._go_on)
        self._timer.start(0)

    def stop(self) -> None:
        """Do no more of it."""
        self._timer.stop()
        self._steps.close()

    def _go_on(self) -> None:
        try:
            end = time.perf_counter() + PORTION
            while time.perf_counter() < end:
                next(self._steps)
        except StopIteration as finished:
            self._timer.stop()
            self._end(finished.value)
        except Exception as fault:
            self._timer.stop()
            note(fault)
            self._on_fault(fault)

    def _end(self, value: Any) -> None:  # noqa: ANN401
        try:
            self._on_done(value)
        except Exception as fault:
            note(fault)
            self._on_fault(fault)
