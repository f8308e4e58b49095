"""The dialog: it stays open, so that one can try again, go back, go on, or stop."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from gi.repository import Gimp, GimpUi, GLib, Gtk

from flexit.client import FlexITError, Picture
from flexit.model import Amount, Preview, RunProgress, _, more_steps

from .amount_row import AmountRow
from .arguments import choices_of
from .dispatch import Dispatcher
from .editing import Edited, check_texts, edit
from .form import Form
from .images import preview_pixbuf, result_pixbuf
from .mnemonics import Mnemonics
from .picture_box import SIDE, PictureBox
from .places import open_history
from .refusal import Refusal
from .result import add_results, is_in, present, repaint
from .running import Editing
from .sources import Source, choose_source
from .status import Status

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
    """The window, and what goes on in it."""

    def __init__(
        self,
        procedure: Gimp.Procedure,
        config: Gimp.ProcedureConfig,
        image: Gimp.Image,
        drawables: Sequence[Gimp.Drawable],
    ) -> None:
        self._config, self._image, self._drawables = config, image, drawables
        self._history = open_history()
        self._window = GimpUi.ProcedureDialog.new(procedure, config, _("FlexIT: edit by text"))
        self._button, self._ending = (
            self._window.get_widget_for_response(response)
            for response in (Gtk.ResponseType.OK, Gtk.ResponseType.CANCEL)
        )
        mnemonics = Mnemonics(_labels(self._window, (self._button, self._ending)))
        self._button.set_label(mnemonics.add(_("Edit")))
        self._cancel = mnemonics.add(_("Cancel"))
        self._amount_row = AmountRow(mnemonics, self._want_step, self._want_more)
        self._close = mnemonics.add(_("Close"))
        self._form = Form(config, self._history, mnemonics)
        self._picture = PictureBox()
        self._status = Status()
        self._lay_out()
        self._editing: Editing | None = None
        self._edited: Edited | None = None
        self._amounts: list[Amount] = []
        self._wants_more = False
        self._window.connect("response", self._responded)
        self._window.connect("focus-in-event", lambda *_event: self._look())
        for name in ("input", "context"):
            config.connect(f"notify::{name}", lambda *_change: self._look())

    def run(self) -> Gimp.Layer | None:
        """Serve the user."""
        self._look()
        self._set_busy(False)
        GLib.idle_add(self._form.target.grab_focus)  # GIMP would give it to the button
        while self._window.run():
            # Outside of GTK's own loop for dialogs: there, Cancel would close the window.
            self._work(self._continue if self._wants_more else self._edit)
            self._wants_more = False
        return None if self._edited is None else self._edited.added.top

    def close(self) -> None:
        """Take the window away."""
        self._forget()
        self._window.destroy()

    def show_progress(self, progress: RunProgress) -> None:
        """A run has come further."""
        self._status.show_progress(progress)

    def show_preview(self, preview: Preview) -> None:
        """A run has a newer picture."""
        self._picture.show_picture(preview_pixbuf(preview.picture))

    def _lay_out(self) -> None:
        columns = Gtk.Box(spacing=18)
        columns.pack_start(self._picture, False, False, 0)
        columns.pack_start(self._form, True, True, 0)
        area = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, border_width=12)
        for part in (columns, self._amount_row, self._status):
            area.pack_start(part, False, False, 0)
        area.show_all()
        self._window.get_content_area().pack_start(area, True, True, 0)

    def _work(self, task: Callable[[], None]) -> None:
        self._set_busy(True)
        try:
            task()
        except Exception as error:
            self._complain(error)
        finally:
            self._editing = None
            self._set_busy(False)

    def _edit(self) -> None:
        choices = choices_of(self._config)
        check_texts(choices)
        self._history.add(choices)  # now, so that no crash can lose a text
        self._form.suggest(self._history)
        edited = edit(self._source(), choices, self, self._note_start)
        if edited is None:
            self._say_cancelled()
        else:
            self._note(edited)

    def _continue(self) -> None:
        if self._edited is None:
            return
        _place, choices, before, added = self._edited
        tasks = [more_steps(result.edit, result.request, MORE)[0] for result in before]
        editing = Editing(tasks, self)
        self._note_start(editing)
        results = editing.wait()
        if not results:
            self._say_cancelled()
            return
        if all(is_in(layer, added.place.image) for layer in added.layers):
            for layer, result in zip(added.layers, results):
                repaint(added.place, layer, result, choices)
        else:
            added = add_results(added.place, results, choices)
        Gimp.displays_flush()
        self._note(self._edited._replace(results=results, added=added))

    def _note(self, edited: Edited) -> None:
        """Offer what can be done with an edit."""
        self._forget()
        self._edited = edited._replace(place=edited.added.place)
        dispatch = Dispatcher(self._complain)
        self._amounts = [
            Amount(result.edit, partial(self._show_step, number), self._complain, dispatch)
            for number, result in enumerate(edited.results)
        ]
        first = edited.results[0]
        self._amount_row.offer(first.info["kept"])
        self._picture.show_picture(result_pixbuf(first.picture, SIDE))
        name = edited.added.top.get_name()
        if present(edited.added, edited.place.image):
            self._status.say(_("The picture could not take the result: it is a new picture."))
        else:
            self._status.say(_("The result is the layer “{name}”.").format(name=name))

    def _forget(self) -> None:
        for amount in self._amounts:
            amount.close()
        self._amounts = []
        self._amount_row.offer(None)

    def _want_more(self) -> None:
        self._wants_more = True
        self._window.response(Gtk.ResponseType.OK)

    def _want_step(self, step: int) -> None:
        for amount in self._amounts:
            amount.show(step)

    def _show_step(self, number: int, picture: Picture) -> None:
        if self._edited is None:
            return
        _place, choices, results, added = self._edited
        layer = added.layers[number]
        if not is_in(layer, added.place.image):
            self._status.say(_("The layer of this edit is not in the picture any more."))
            return
        repaint(added.place, layer, results[number]._replace(picture=picture), choices)
        Gimp.displays_flush()
        if number == 0:
            self._picture.show_picture(result_pixbuf(picture, SIDE))

    def _look(self) -> None:
        """Show what would be edited now: the selection may have changed."""
        if self._editing is not None:
            return
        try:
            self._picture.look_at(self._source(), choices_of(self._config))
        except FlexITError as error:
            self._status.complain(error)

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

    def _note_start(self, editing: Editing) -> None:
        self._editing = editing

    def _responded(self, _window: Gtk.Dialog, response: int) -> None:
        ends = (Gtk.ResponseType.CANCEL, Gtk.ResponseType.CLOSE, Gtk.ResponseType.DELETE_EVENT)
        if self._editing is not None and response in ends:
            self._editing.cancel()

    def _say_cancelled(self) -> None:
        self._status.say(_("Stopped. Nothing was changed."))

    def _complain(self, error: Exception) -> None:
        if not isinstance(error, FlexITError):
            traceback.print_exception(type(error), error, error.__traceback__)
        self._status.complain(error)

    def _set_busy(self, busy: bool) -> None:
        self._button.set_sensitive(not busy)
        self._ending.set_label(self._cancel if busy else self._close)
        if not busy and self._ending.has_focus():  # else Return would close the dialog now
            self._form.target.grab_focus()
        self._amount_row.set_sensitive(not busy and bool(self._amounts))


def _labels(widget: Gtk.Widget, others: Sequence[Gtk.Widget]) -> Iterator[str]:
    """Of the buttons in a widget, but for some others: their letters are taken."""
    if isinstance(widget, Gtk.Button) and widget.get_label() and widget not in others:
        yield widget.get_label()
    if isinstance(widget, Gtk.Container):
        for child in widget.get_children():
            yield from _labels(child, others)
