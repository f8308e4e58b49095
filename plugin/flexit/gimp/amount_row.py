"""The slider through the steps of what is made, and the button for more of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gi.repository import Gtk

from flexit.model import _


class AmountRow(Gtk.Box):
    """How much of an edit is shown.

    Args:
        lettered: the labels of the dialog, with letters.
        on_step: is told the step that is wanted.
        on_more: is asked for more steps.
    """

    def __init__(
        self,
        lettered: Mapping[str, str],
        on_step: Callable[[int], None],
        on_more: Callable[[], None],
    ) -> None:
        super().__init__(spacing=12)
        self._on_step = on_step
        label = Gtk.Label(label=lettered["amount"], use_underline=True)
        self._adjustment = Gtk.Adjustment(lower=0, upper=1, step_increment=1, page_increment=10)
        self._scale = Gtk.Scale(adjustment=self._adjustment, digits=0, value_pos="right")
        self._scale.set_tooltip_text(_("Goes back through the steps of the edit, and forth again."))
        self._scale.get_accessible().set_name(_("Amount"))
        label.set_mnemonic_widget(self._scale)
        self._more = Gtk.Button(label=lettered["continue"], use_underline=True)
        self._more.set_tooltip_text(_("Takes more steps, from the last one."))
        self._more.connect("clicked", lambda _button: on_more())
        self._handler = self._adjustment.connect("value-changed", self._changed)
        self.pack_start(label, False, False, 0)
        self.pack_start(self._scale, True, True, 0)
        self.pack_start(self._more, False, False, 0)
        self.withdraw()

    @property
    def at_end(self) -> bool:
        """Whether the newest step is wanted."""
        return bool(self._adjustment.get_value() >= self._adjustment.get_upper())

    def follow(self, steps: int) -> None:
        """Let it go up to the newest step of a run, where it stays unless the user moves it."""
        self._set(steps, steps if self.at_end else round(self._adjustment.get_value()))

    def offer(self, steps: int, shown: int) -> None:
        """Let it go through the steps of what was made, and let more be made.

        Args:
            steps: how many there are.
            shown: the one that is seen now.
        """
        self._set(steps, shown)
        self._more.set_sensitive(True)

    def withdraw(self) -> None:
        """There is nothing to go through, or not yet."""
        self._set(0, 0)
        self._scale.set_sensitive(False)
        self._more.set_sensitive(False)

    def _set(self, steps: int, shown: int) -> None:
        self._scale.set_sensitive(True)
        with self._adjustment.handler_block(self._handler):
            self._adjustment.set_upper(steps)
            self._adjustment.set_value(shown)

    def _changed(self, adjustment: Gtk.Adjustment) -> None:
        self._on_step(round(adjustment.get_value()))
