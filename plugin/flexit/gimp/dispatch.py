"""From other threads into the main one, where alone GIMP and GTK may be called."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import GLib


class Dispatcher:
    """Makes calls in the main thread, in the order they are handed over.

    Args:
        on_fault: is told what a call raised, where GLib would only print it and go on.
    """

    def __init__(self, on_fault: Callable[[Exception], None]) -> None:
        self._on_fault = on_fault

    def __call__(self, call: Callable[[], None]) -> None:
        """Have a call made soon."""
        GLib.idle_add(self._make, call)

    def _make(self, call: Callable[[], None]) -> bool:
        try:
            call()
        except Exception as fault:
            self._on_fault(fault)
        return bool(GLib.SOURCE_REMOVE)
