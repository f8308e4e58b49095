"""The slider through the steps of what was made, and the button for more of them."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import Gtk

from flexit.model import _

from .mnemonics import Mnemonics


class AmountRow(Gtk.Box):
    """How much of an edit the picture shows.

    Args:
        mnemonics: letters that are still free.
        on_step: is told the step that is wanted.
        on_more: is asked for more steps.
    """

    def __init__(
        self, mnemonics: Mnemonics, on_step: Callable[[int], None], on_more: Callable[[], None]
    ) -> None:
        super().__init__(spacing=12)
        self._on_step = on_step
        label = Gtk.Label(label=mnemonics.add(_("Amount")), use_underline=True)
        self._adjustment = Gtk.Adjustment(lower=0, upper=1, step_increment=1, page_increment=10)
        scale = Gtk.Scale(adjustment=self._adjustment, digits=0, value_pos="right")
        scale.set_tooltip_text(_("Goes back through the steps of the edit, and forth again."))
        label.set_mnemonic_widget(scale)
        more = Gtk.Button(label=mnemonics.add(_("Continue")), use_underline=True)
        more.set_tooltip_text(_("Takes more steps, from the last one."))
        more.connect("clicked", lambda _button: on_more())
        self._handler = self._adjustment.connect("value-changed", self._changed)
        self.pack_start(label, False, False, 0)
        self.pack_start(scale, True, True, 0)
        self.pack_start(more, False, False, 0)
        self.set_sensitive(False)

    def offer(self, steps: int | None) -> None:
        """Let it go up to some step; None: there is nothing to go through."""
        self.set_sensitive(steps is not None)
        with self._adjustment.handler_block(self._handler):
            self._adjustment.set_upper(max(1, steps or 0))
            self._adjustment.set_value(steps or 0)

    def _changed(self, adjustment: Gtk.Adjustment) -> None:
        self._on_step(round(adjustment.get_value()))
