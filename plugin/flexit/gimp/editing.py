"""One run, from a source's pixels to its results. The window is served while one waits for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gi.repository import GLib

from flexit.client import Edit, FlexITError
from flexit.model import (
    Choices,
    Listener,
    Preview,
    Result,
    Run,
    RunProgress,
    Task,
    _,
    new_edits,
    requests_of,
)

from .dispatch import Dispatcher
from .pixels import read_pixels
from .place import Place
from .sources import Source

CLIENT = "gimp"


class Watcher(Protocol):
    """Sees how a run gets on."""

    def show_progress(self, progress: RunProgress) -> None:
        """It has come further."""

    def show_preview(self, preview: Preview) -> None:
        """There is a newer picture."""


class Editing(Listener):
    """A run that one waits for.

    Args:
        tasks: what is to be made.
        watcher: sees how it gets on.
    """

    def __init__(self, tasks: Sequence[Task], watcher: Watcher) -> None:
        self.wanted = len(tasks)
        """How many results."""
        self.results: list[Result] = []
        """What is finished, in the order of the tasks: less than wanted where it ended early."""
        self._watcher = watcher
        self._loop = GLib.MainLoop()
        self._error: Exception | None = None
        self._run = Run(tasks, self, Dispatcher(self._fail))

    @property
    def edit(self) -> Edit | None:
        """What the engine works on now."""
        return self._run.edit

    def wait(self) -> None:
        """Run, and wait until it is over or cancelled.

        Raises:
            FlexITError: it failed.
        """
        self._run.start()
        self._loop.run()
        if self._error is not None:
            self._run.cancel()
            raise self._error

    def cancel(self) -> None:
        """End it at once."""
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
        self.results.append(result)

    def on_error(self, error: FlexITError) -> None:
        """Keep it."""
        self._error = error

    def on_end(self) -> None:
        """Wake up who waits."""
        self._loop.quit()

    def _fail(self, fault: Exception) -> None:
        self._error = fault
        self._loop.quit()


def prepare_edit(source: Source, choices: Choices, watcher: Watcher) -> tuple[Editing, Place]:
    """Read what is edited.

    Args:
        source: what to edit.
        choices: how.
        watcher: sees how it gets on.

    Returns:
        What to wait for, and where its results belong.

    Raises:
        Refusal: nothing of the source is selected.
    """
    pixels = read_pixels(source, choices)
    # GIMP's own Cancel kills this process: the engine then sees nobody following any more.
    requests = requests_of(
        choices,
        pixels.format,
        masked=pixels.mask is not None,
        client=CLIENT,
        on_disconnect="cancel",
    )
    editing = Editing(new_edits(requests, pixels.data, pixels.mask), watcher)
    return editing, Place.of(source, pixels)


def check_texts(choices: Choices) -> None:
    """Make sure that there is something to do.

    Raises:
        FlexITError: there is not.
    """
    if not choices.target:
        raise FlexITError(_("It is not said what it should become."), _("Type a word or two."))
