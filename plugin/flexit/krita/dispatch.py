"""Calls from threads, made in the GUI thread."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable

from .qt import Qt, QtCore, Signal


class Dispatcher(QtCore.QObject):
    """Hands calls to the thread it was made in.

    Args:
        on_fault: called with an exception that a call raised: Krita would open a dialog for it.
    """

    _called = Signal(object)

    def __init__(self, on_fault: Callable[[BaseException], None]) -> None:
        super().__init__()
        self._on_fault = on_fault
        self._called.connect(self._make, Qt.ConnectionType.QueuedConnection)

    def __call__(self, call: Callable[[], None]) -> None:
        """Have a call made, from any thread, in the order they came."""
        self._called.emit(call)

    def _make(self, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception as fault:
            note(fault)
            self._on_fault(fault)


def note(fault: BaseException) -> None:
    """Print a fault of ours to where Krita's log goes."""
    traceback.print_exception(type(fault), fault, fault.__traceback__, file=sys.stderr)
