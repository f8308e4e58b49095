"""The line of the dialog that says how far a run is, or what is wrong."""

from __future__ import annotations

from gi.repository import Gdk, Gimp, Gtk

from flexit.client import FlexITError
from flexit.model import RunProgress, _, diagnostics
from flexit.model.words import progress_words

from .answers import advice, fault_words, log_words

PROGRESS, MESSAGE = "progress", "message"


class Status(Gtk.Stack):
    """A bar while something goes on, else a sentence."""

    def __init__(self) -> None:
        super().__init__(homogeneous=False)
        self._bar = Gtk.ProgressBar(show_text=True, text="", valign=Gtk.Align.CENTER)
        self._icon = Gtk.Image()
        self._label = Gtk.Label(xalign=0, wrap=True, selectable=True, max_width_chars=60)
        self._label.set_can_focus(False)
        self._bar.get_accessible().set_name(_("Progress"))
        self._copy = Gtk.Button(label=_("Copy details"), valign=Gtk.Align.CENTER)
        self._copy.set_tooltip_text(_("Copies what to put into a report: no texts, no names."))
        self._copy.connect("clicked", self._copy_details)
        self._error: FlexITError | None = None
        row = Gtk.Box(spacing=6)
        row.pack_start(self._icon, False, False, 0)
        row.pack_start(self._label, True, True, 0)
        row.pack_end(self._copy, False, False, 0)
        self.add_named(row, MESSAGE)
        self.add_named(self._bar, PROGRESS)
        for part in (self._icon, self._copy):
            part.set_no_show_all(True)  # only beside an error
        self.say("")

    def show_progress(self, progress: RunProgress) -> None:
        """Show how far a run is."""
        self._bar.set_text(progress_words(progress))
        if progress.fraction is None:
            self._bar.pulse()
        else:
            self._bar.set_fraction(progress.fraction)
        self.set_visible_child_name(PROGRESS)

    def say(self, words: str) -> None:
        """Show a sentence."""
        self._show(words, None)
        self._label.set_tooltip_text(None)

    def complain(self, error: Exception, more: str = "") -> None:
        """Show what went wrong, and what to do; and a sentence more."""
        known = self._error = error if isinstance(error, FlexITError) else None
        words = fault_words(error) if known is None else advice(known)
        self._show(f"{words} {more}".strip(), "dialog-error-symbolic")
        self._label.set_tooltip_text(known and log_words(known))

    def _show(self, words: str, icon: str | None) -> None:
        self._label.set_text(words)
        self._icon.set_visible(icon is not None)
        self._copy.set_visible(icon is not None)
        if icon is not None:
            self._icon.set_from_icon_name(icon, Gtk.IconSize.BUTTON)
        self.set_visible_child_name(MESSAGE)
        self._bar.set_fraction(0)

    def _copy_details(self, _button: Gtk.Button) -> None:
        text = diagnostics({"GIMP": Gimp.version()}, self._error)
        Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).set_text(text, -1)
