"""The dialog's window: GIMP's own for procedures, with our parts in it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from gi.repository import Gimp, GimpUi, GLib, Gtk

from flexit.model import History, _
from flexit.model.words import labels

from .amount_row import AmountRow
from .form import Form
from .mnemonics import with_letters
from .picture_box import PictureBox
from .status import Status

ENDS = (Gtk.ResponseType.CANCEL, Gtk.ResponseType.CLOSE, Gtk.ResponseType.DELETE_EVENT)


class Window:
    """What the user sees of the dialog.

    Args:
        procedure: whose arguments are asked for.
        config: those arguments.
        history: texts to choose from.
        on_step: is told the step that is wanted.
        on_end: is told that the user wants no more of what is going on.
        on_look: is told that the user has come back to the window.
    """

    def __init__(
        self,
        procedure: Gimp.Procedure,
        config: Gimp.ProcedureConfig,
        history: History,
        on_step: Callable[[int], None],
        on_end: Callable[[], None],
        on_look: Callable[[], None],
    ) -> None:
        self._dialog = GimpUi.ProcedureDialog.new(procedure, config, _("FlexIT: edit by text"))
        self._button, self._ending = (
            self._dialog.get_widget_for_response(response)
            for response in (Gtk.ResponseType.OK, Gtk.ResponseType.CANCEL)
        )
        self._labels = _with_letters(_labels_in(self._dialog, (self._button, self._ending)))
        self._button.set_label(self._labels["edit"])
        self.amount_row = AmountRow(self._labels, on_step, self._want_more)
        self.form = Form(config, history, self._labels)
        self.picture = PictureBox()
        self.status = Status()
        self._wants_more = False
        self._lay_out()
        self._on_end = on_end
        self._dialog.connect("response", self._responded)
        self._dialog.connect("focus-in-event", lambda *_event: on_look())
        GLib.idle_add(self.form.target.grab_focus)  # GIMP would give it to the button

    def answers(self) -> Iterator[bool]:
        """What the user wants, one after the other: True for more steps, False for an edit."""
        # What is wanted is done outside of GTK's own loop for dialogs: there, Cancel would close
        # the window.
        while self._dialog.run():
            wants_more, self._wants_more = self._wants_more, False
            yield wants_more

    def set_busy(self, busy: bool) -> None:
        """Offer to cancel what is going on, or else to begin something."""
        self._button.set_sensitive(not busy)
        self._ending.set_label(self._labels["cancel" if busy else "close"])
        focus = self._dialog.get_focus()
        # A button that became insensitive has lost it; with Close, Return would close the dialog.
        if focus is None or (not busy and focus is self._ending):
            self.form.target.grab_focus()

    def close(self) -> None:
        """Take it away."""
        self._dialog.destroy()

    def _lay_out(self) -> None:
        columns = Gtk.Box(spacing=18)
        columns.pack_start(self.picture, False, False, 0)
        columns.pack_start(self.form, True, True, 0)
        area = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=12, border_width=12)
        for part in (columns, self.amount_row, self.status):
            area.pack_start(part, False, False, 0)
        area.show_all()
        self._dialog.get_content_area().pack_start(area, True, True, 0)

    def _responded(self, _dialog: Gtk.Dialog, response: int) -> None:
        if response in ENDS:
            self._on_end()

    def _want_more(self) -> None:
        self._wants_more = True
        self._dialog.response(Gtk.ResponseType.OK)


def _with_letters(taken: Collection[str]) -> dict[str, str]:
    """All labels of the dialog, so that Alt and a letter leads to each.

    Args:
        taken: GIMP's own labels.
    """
    found = with_letters({"edit": _("Edit"), "cancel": _("Cancel")}, taken)
    others = {"amount": _("Amount"), "continue": _("Continue"), "details": _("Details"), **labels()}
    found.update(with_letters(others, [*taken, *found.values()]))
    # It takes the place of Cancel, and so may have the same letter.
    seen = [label for name, label in found.items() if name != "cancel"]
    found.update(with_letters({"close": _("Close")}, [*taken, *seen]))
    return found


def _labels_in(widget: Gtk.Widget, others: Collection[Gtk.Widget]) -> list[str]:
    """The labels with letters in a widget, but for those in some others."""
    if widget in others:
        return []
    if isinstance(widget, Gtk.Label):
        return [widget.get_label()] if widget.get_use_underline() else []
    children = widget.get_children() if isinstance(widget, Gtk.Container) else []
    return [label for child in children for label in _labels_in(child, others)]
