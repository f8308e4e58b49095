"""Waiting for a run on the main thread, which goes on serving the window meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gi.repository import GLib

from flexit.client import FlexITError
from flexit.model import Listener, Preview, Result, Run, RunProgress
from flexit.model.run import Task

from .dispatch import Dispatcher


class Watcher(Protocol):
    """Sees how a run gets on."""

    def show_progress(self, progress: RunProgress) -> None:
        """It has come further."""

    def show_preview(self, preview: Preview) -> None:
        """There is a newer picture."""


class Editing(Listener):
    """One run, from its start to its end or its cancelling.

    Args:
        tasks: what is to be made.
        watcher: sees how it gets on.
    """

    def __init__(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        self._watcher = watcher
        self._loop = GLib.MainLoop()
        self._results: list[Result] = []
        self._error: Exception | None = None
        self._cancelled = False
        self._run = Run(tasks, self, Dispatcher(self._fail))

    def wait(self) -> list[Result]:
        """Run, and wait until it is over.

        Returns:
            One result a task; none where it was cancelled.

        Raises:
            FlexITError: it failed.
        """
        self._run.start()
        self._loop.run()
        if self._error is not None:
            self._run.cancel()
            raise self._error
        return [] if self._cancelled else self._results

    def cancel(self) -> None:
        """End it at once; nothing of it is left."""
        self._cancelled = True
        self._run.cancel()
        self._loop.quit()

    def on_progress(self, progress: RunProgress) -> None:
        """Pass it on."""
        self._watcher.show_progress(progress)

    def on_preview(self, preview: Preview) -> None:
        """Pass it on."""
        self._watcher.show_preview(preview)

    def on_result(self, result: Result) -> None:
        """Keep it."""
        self._results.append(result)

    def on_error(self, error: FlexITError) -> None:
        """Keep it."""
        self._error = error

    def on_end(self) -> None:
        """Wake up who waits."""
        self._loop.quit()

    def _fail(self, fault: Exception) -> None:
        self._error = fault
        self._loop.quit()
