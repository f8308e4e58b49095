"""What goes on in this Krita: one edit at a time, its results, its errors.

The dockers and the actions look at it and call it; it knows nothing of them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from krita import Krita

from flexit.client import Box, Edit, EngineUnreachable, FlexITError, Picture
from flexit.model import Amount, Choices, History, RunProgress, _, more_steps

from .adding import LayerAdder
from .dispatch import Dispatcher
from .editing import Editing
from .images import result_image
from .outcome import Outcome
from .qt import QtCore, Signal
from .result import Place, here_instead
from .source import choose_source

MOST_OUTCOMES = 60


class Session(QtCore.QObject):
    """The one edit that may be running, and those before it."""

    changed = Signal()
    """Something other than progress and pictures."""
    progressed = Signal(object)
    """A `RunProgress`."""
    began = Signal(object)
    """A `QImage` of what the networks will look at."""
    previewed = Signal(object)
    """A `QImage` of what that is becoming."""
    stepped = Signal(object)
    """A `QImage` of the step that was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.dispatch = Dispatcher(self.fail)
        self.history = History(Path(Krita.instance().getAppDataLocation()) / "flexit")
        self.outcomes: list[Outcome] = []
        """Newest first."""
        self.error: FlexITError | None = None
        self.progress: RunProgress | None = None
        """While an edit is going on."""
        self._editing: Editing | None = None
        self._adder: LayerAdder | None = None
        self._amount: Amount | None = None

    @property
    def busy(self) -> bool:
        """Whether an edit is going on."""
        return self.progress is not None

    @property
    def resumable(self) -> bool:
        """Whether the engine was lost in the middle of an edit that can go on."""
        return not self.busy and self._editing is not None

    def start(self, choices: Choices) -> None:
        """Edit what is active now."""
        if self.busy:
            return
        self._forget()
        try:
            _check_texts(choices)
            source = choose_source(choices)
        except FlexITError as error:
            self.fail(error)
            return
        self.history.add(choices)
        self._begin(Place.of(source), choices).start(source)
        self.changed.emit()

    def go_on(self, outcome: Outcome, steps: int) -> None:
        """Take so many steps more of a result, which becomes another layer."""
        if self.busy:
            return
        self._forget()
        try:
            place = here_instead(outcome.place)
        except FlexITError as error:
            self.fail(error)
            return
        editing = self._begin(place, outcome.choices)
        editing.go_on(more_steps(outcome.edit, outcome.request, steps), outcome.before)
        self.changed.emit()

    def resume(self) -> None:
        """Start the engine again, and go on with the edit that it was lost in."""
        if self.resumable and self._editing is not None:
            self.error = None
            self._editing.resume()
            self.changed.emit()

    def cancel(self) -> None:
        """End what is going on at once; nothing of it is left."""
        self._end()

    def fail(self, error: BaseException) -> None:
        """End what is going on with an error; a fault of ours is one too."""
        editing = self._editing
        begun = editing is not None and editing.run is not None
        if not (begun and isinstance(error, EngineUnreachable)):
            self._forget()
        self.progress = None
        self.report(error)

    def report(self, error: BaseException) -> None:
        """Show an error; what is going on goes on."""
        self.error = error if isinstance(error, FlexITError) else _fault(error)
        self.changed.emit()

    def show_step(self, outcome: Outcome | None, step: int) -> None:
        """Show a result as it was at a step; None: what is running."""
        edit, box = self._running() if outcome is None else (outcome.edit, outcome.info["box"])
        if edit is None:
            return
        if self._amount is None or self._amount.edit is not edit:
            self._close_amount()
            show = partial(self._show, box)
            self._amount = Amount(edit, show, self.report, self.dispatch)
        self._amount.show(step)

    def add(self, outcome: Outcome, step: int) -> None:
        """Make another layer of a result, as it was at a step."""

        def on_picture(picture: Picture) -> None:
            try:
                outcome.place = place = here_instead(outcome.place)
            except FlexITError as error:
                self.report(error)
                return
            self._adder = LayerAdder(place, self.changed.emit, self.report)
            self._adder.add(outcome, picture)
            self._adder.finish()

        Amount(outcome.edit, on_picture, self.report, self.dispatch).show(step)

    def remove(self, outcome: Outcome) -> None:
        """Take a result off the list; its layers stay."""
        self.outcomes.remove(outcome)
        self.changed.emit()

    def toggle(self, outcome: Outcome) -> None:
        """Hide or show a result's layer: before, and after."""
        layer = outcome.shown_layer
        if layer is not None:
            layer.setVisible(not layer.visible())
            outcome.document.refreshProjection()
            self.changed.emit()

    def _begin(self, place: Place, choices: Choices) -> Editing:
        self.error = None
        self._editing = editing = Editing(place, choices, self.dispatch)
        editing.progressed.connect(self._note_progress)
        editing.began.connect(self.began)
        editing.previewed.connect(self.previewed)
        editing.resulted.connect(self._note_outcome)
        editing.failed.connect(self.fail)
        editing.ended.connect(self._end)
        self.progress = RunProgress("reading")
        return editing

    def _end(self) -> None:
        self._forget()
        self.changed.emit()

    def _forget(self) -> None:
        editing, self._editing = self._editing, None
        if editing is not None:
            editing.stop()
        if self._adder is not None:
            self._adder.stop()
        self._close_amount()
        self.progress = None

    def _note_progress(self, progress: RunProgress) -> None:
        self.progress = progress
        self.progressed.emit(progress)

    def _note_outcome(self, outcome: Outcome) -> None:
        self.outcomes = [outcome, *self.outcomes][:MOST_OUTCOMES]
        self.changed.emit()

    def _running(self) -> tuple[Edit | None, Box | None]:
        editing = self._editing
        if editing is None or editing.run is None:
            return None, None
        return editing.run.edit, editing.box

    def _show(self, box: Box | None, picture: Picture) -> None:
        self.stepped.emit(result_image(picture, box))

    def _close_amount(self) -> None:
        if self._amount is not None:
            self._amount.close()
        self._amount = None


def _check_texts(choices: Choices) -> None:
    """Make sure that there is something to do.

    Raises:
        FlexITError: there is not.
    """
    if not choices.target:
        raise FlexITError(_("It is not said what it should become."), _("Type a word or two."))


def _fault(error: BaseException) -> FlexITError:
    words = f"{type(error).__name__}: {error}"
    return FlexITError(
        _("The plug-in has a fault: {words}.").format(words=words), _("Please report it.")
    )
