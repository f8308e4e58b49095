"""The dialog: it stays open, so that one can try again, go back, go on, or stop."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence

from gi.repository import Gimp, GimpUi

from flexit.client import Edit, FlexITError, Picture
from flexit.model import Amount, Networks, Preview, Result, RunProgress, _

from .arguments import choices_of
from .dispatch import Dispatcher
from .editing import Editing, check_texts, prepare_edit
from .folders import open_history
from .images import preview_pixbuf, result_pixbuf
from .made import Made
from .picture_box import SIDE
from .refusal import Refusal
from .sources import Source, choose_source
from .window import Window

MORE = 40
"""Steps that *Continue* takes."""


def ask(
    procedure: Gimp.Procedure,
    config: Gimp.ProcedureConfig,
    image: Gimp.Image,
    drawables: Sequence[Gimp.Drawable],
) -> Gimp.Layer | None:
    """Open the dialog, until the user closes it.

    Args:
        procedure: whose arguments are asked for.
        config: those arguments; keeps what was chosen.
        image: the picture.
        drawables: what is edited.

    Returns:
        The newest layer that was made; None where there is none.
    """
    GimpUi.init("flexit")
    dialog = Dialog(procedure, config, image, drawables)
    try:
        return dialog.run()
    finally:
        dialog.close()


class Dialog:
    """What goes on in the window."""

    def __init__(
        self,
        procedure: Gimp.Procedure,
        config: Gimp.ProcedureConfig,
        image: Gimp.Image,
        drawables: Sequence[Gimp.Drawable],
    ) -> None:
        self._config, self._image, self._drawables = config, image, drawables
        self._history = open_history()
        self._editing: Editing | None = None
        self._glance: Amount | None = None
        self._made: Made | None = None
        self._warned = False
        self._dispatch = Dispatcher(self._complain)
        self._networks = Networks(self._mark_networks, self._dispatch)
        self._window = Window(
            procedure, config, self._history, self._want_step, self._cancel, self._look
        )
        for name in ("input", "context"):
            config.connect(f"notify::{name}", lambda *_change: self._look())
        config.connect("notify::profile", lambda *_change: self._warn_of_networks())

    def run(self) -> Gimp.Layer | None:
        """Serve the user."""
        self._look()
        self._set_busy(False)
        for wants_more in self._window.answers():
            self._work(self._continue if wants_more else self._edit)
        return None if self._made is None else self._made.top

    def close(self) -> None:
        """Take the window away."""
        self._networks.close()
        if self._made is not None:
            self._made.close()
        self._window.close()

    def show_progress(self, progress: RunProgress) -> None:
        """A run has come further."""
        self._window.status.show_progress(progress)
        if progress.stage == "step":
            self._window.amount_row.follow(progress.step)

    def show_preview(self, preview: Preview) -> None:
        """A run has a newer picture."""
        if self._window.amount_row.at_end:
            self._window.picture.show_picture(preview_pixbuf(preview.picture))

    def _work(self, task: Callable[[], None]) -> None:
        self._set_busy(True)
        try:
            task()
        except Exception as error:
            self._complain(error)
        finally:
            self._end_glance()
            self._editing = None
            self._set_busy(False)

    def _edit(self) -> None:
        choices = choices_of(self._config)
        check_texts(choices)
        self._history.add(choices)  # now, so that no crash can lose a text
        self._window.form.suggest(self._history)
        editing, place = prepare_edit(self._source(), choices, self)

        def keep(results: Sequence[Result]) -> None:
            made = Made(place, results, choices, self._show_result, self._complain)
            if self._made is not None:
                self._made.close()
            self._made = made

        self._wait(editing, keep)

    def _continue(self) -> None:
        if self._made is not None:
            self._wait(Editing(self._made.tasks(MORE), self), self._made.go_on)

    def _wait(self, editing: Editing, keep: Callable[[Sequence[Result]], None]) -> None:
        """Wait for a run; what of it is finished is kept, however it ends."""
        self._editing = editing
        try:
            editing.wait()
        finally:
            if editing.results:
                keep(editing.results)
        if len(editing.results) == editing.wanted:
            self._say_where()
        elif editing.results:
            self._window.status.say(" ".join((_("Stopped."), self._kept_words())))
        else:
            self._window.status.say(_("Stopped. Nothing was changed."))

    def _say_where(self) -> None:
        made = self._made
        if made is None:
            return
        if made.moved:
            self._window.status.say(
                _("The picture could not take the result: it is a new picture.")
            )
        else:
            words = _("The result is the layer “{name}”.")
            self._window.status.say(words.format(name=made.top.get_name()))

    def _kept_words(self) -> str:
        """Of a run that ended early: how much of it there is."""
        editing = self._editing
        if editing is None or not 0 < len(editing.results) < editing.wanted:
            return ""
        words = _("Finished and kept: {number} of {count} variants.")
        return words.format(number=len(editing.results), count=editing.wanted)

    def _show_result(self, picture: Picture) -> None:
        self._window.picture.show_picture(result_pixbuf(picture, SIDE))

    def _want_step(self, step: int) -> None:
        if self._editing is not None:
            self._glance_at(self._editing.edit, step)
        elif self._made is not None:
            self._made.show(step)

    def _glance_at(self, edit: Edit | None, step: int) -> None:
        """Show a step of what is running, here alone: it has no layer yet."""
        if edit is None:
            return
        if self._glance is None or self._glance.edit is not edit:
            self._end_glance()
            # Where a step is not there, the next will be; what is really wrong, the run tells.
            self._glance = Amount(edit, self._show_result, lambda _error: None, self._dispatch)
        self._glance.show(step)

    def _end_glance(self) -> None:
        if self._glance is not None:
            self._glance.close()
        self._glance = None

    def _look(self) -> None:
        """Show what would be edited now: the selection may have changed."""
        if self._editing is not None:
            return
        self._networks.ask()  # some may have been installed meanwhile
        try:
            self._window.picture.look_at(self._source(), choices_of(self._config))
        except FlexITError as error:
            self._window.status.complain(error)

    def _mark_networks(self) -> None:
        self._window.form.mark_missing(self._networks.missing)
        self._warn_of_networks()

    def _warn_of_networks(self) -> None:
        """Say in time that an edit will not get far."""
        if self._editing is not None:
            return
        name = choices_of(self._config).profile
        missing = name in self._networks.missing
        if missing:
            words = _("The networks “{name}” are not installed.")
            hint = _("Choose others, or run `flexit models pull {name}` in a terminal.")
            self._window.status.say(f"{words} {hint}".format(name=name))
        elif self._warned:
            self._window.status.say("")
        self._warned = missing

    def _source(self) -> Source:
        """What to edit: the same each time, whatever was added meanwhile.

        Raises:
            Refusal: it is gone, or cannot be edited.
        """
        if not self._image.is_valid():
            raise Refusal(_("The picture was closed."), _("Open it, and this dialog, again."))
        left = [drawable for drawable in self._drawables if drawable.is_valid()]
        if len(left) < len(self._drawables):
            raise Refusal(_("The layer was deleted."), _("Open this dialog on another one."))
        return choose_source(self._image, left, choices_of(self._config).input)

    def _cancel(self) -> None:
        if self._editing is not None:
            self._editing.cancel()

    def _complain(self, error: Exception) -> None:
        if not isinstance(error, FlexITError):
            traceback.print_exception(type(error), error, error.__traceback__)
        self._window.status.complain(error, self._kept_words())

    def _set_busy(self, busy: bool) -> None:
        self._window.set_busy(busy)
        if busy or self._made is None:
            self._window.amount_row.withdraw()
        else:
            self._window.amount_row.offer(self._made.steps, self._made.shown)
        if not busy:
            self._networks.ask()  # an engine may have been started for the edit
