"""One press of the button: read the picture, run the edit, add the layers."""

from __future__ import annotations

from flexit.client import Box, FlexITError
from flexit.model import (
    Choices,
    Listener,
    Preview,
    Result,
    Run,
    RunProgress,
    new_edits,
    requests_of,
)
from flexit.model.run import Dispatch, Task

from .adding import LayerAdder
from .images import preview_image, source_image
from .outcome import Outcome
from .pixels import Pixels, read_pixels
from .qt import QtCore, QtGui, Signal
from .result import Place
from .source import Source
from .ticks import Work

CLIENT = "krita"


class Editing(QtCore.QObject, Listener):
    """An edit from the picture to its new layers.

    After `ended` or `failed` nothing comes any more, unless it is resumed.

    Args:
        place: where the layers belong.
        choices: what is wanted.
        dispatch: makes calls in the GUI thread.
    """

    progressed = Signal(object)
    """A `RunProgress`."""
    began = Signal(object)
    """A `QImage`: the picture as it is."""
    previewed = Signal(object)
    """A `QImage`."""
    resulted = Signal(object)
    """An `Outcome`; its layer comes at the end."""
    failed = Signal(object)
    """An exception."""
    ended = Signal()

    def __init__(self, place: Place, choices: Choices, dispatch: Dispatch) -> None:
        super().__init__()
        self.place = place
        self._choices = choices
        self._dispatch = dispatch
        self._adder: LayerAdder | None = None
        self._work: Work | None = None
        self.box: Box | None = None
        """What of the picture the networks look at; None before they do."""
        self.before: QtGui.QImage | None = None
        """The picture as it was."""
        self.run: Run | None = None
        self._error: FlexITError | None = None

    def start(self, source: Source) -> None:
        """Begin with reading the picture."""
        self.on_progress(RunProgress("reading"))
        self._work = Work(read_pixels(source), self._send, self.failed.emit)

    def go_on(self, tasks: list[Task], before: QtGui.QImage) -> None:
        """Begin with what is in the engine already."""
        self.before = before
        self._follow(tasks)

    def _follow(self, tasks: list[Task]) -> None:
        if self._adder is None:
            self._adder = LayerAdder(self.place, self.ended.emit, self.failed.emit)
        self.run = Run(tasks, self, self._dispatch).start()

    def resume(self) -> None:
        """After the engine was lost: start it again, and go on with what is not finished."""
        if self.run is not None:
            self._error = None
            self.on_progress(RunProgress("connecting"))
            self._follow(self.run.rest())

    def stop(self) -> None:
        """End it at once; nothing of it is left."""
        for part in (self._work, self._adder):
            if part is not None:
                part.stop()
        if self.run is not None:
            self.run.cancel()

    def _send(self, pixels: Pixels) -> None:
        masked = pixels.mask is not None
        if not masked:
            self.place = self.place._replace(selection=None)
        requests = requests_of(self._choices, pixels.format, masked=masked, client=CLIENT)
        self._work = None
        self.before = source_image(pixels.image, pixels.format)
        self.began.emit(self.before)
        self._follow(new_edits(requests, pixels.image, pixels.mask))

    def on_progress(self, progress: RunProgress) -> None:
        """The run has come further."""
        self.progressed.emit(progress)

    def on_preview(self, preview: Preview) -> None:
        """There is a newer picture."""
        self.box = preview.box
        self.previewed.emit(preview_image(preview.picture))

    def on_result(self, result: Result) -> None:
        """A variant is there: make its layer."""
        outcome = Outcome.of(result, self.place, self._choices, self.before)
        self.resulted.emit(outcome)
        if self._adder is not None:
            self._adder.add(outcome, result.picture)

    def on_error(self, error: FlexITError) -> None:
        """The run has failed."""
        self._error = error
        self.failed.emit(error)

    def on_end(self) -> None:
        """All variants are there: add their layers."""
        if self._error is None and self._adder is not None:
            self._adder.finish()
