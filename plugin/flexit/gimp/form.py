"""The fields of the dialog, bound to the procedure's arguments."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from gi.repository import Gimp, GObject, Gtk

from flexit.model import History, _
from flexit.model.words import inputs, labels, presets, tips

from .arguments import NUMBERS, PROFILES

WIDTH = 30
"""Characters a text field has room for."""
BOTH_WAYS = GObject.BindingFlags.BIDIRECTIONAL | GObject.BindingFlags.SYNC_CREATE


class Form(Gtk.Box):
    """The texts and what goes with them; what is rarely needed is folded away.

    Args:
        config: the arguments.
        history: texts to choose from.
        lettered: the labels of the dialog, with letters.
    """

    def __init__(
        self, config: Gimp.ProcedureConfig, history: History, lettered: Mapping[str, str]
    ) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=12)
        self._config = config
        self._lettered = lettered
        self._column = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        self._texts = {name: _text_field() for name in ("source", "target")}
        self._networks = self._options("profile", {name: name for name in PROFILES})
        self.suggest(history)
        first = self._grid(
            {
                **{name: self._bound(box.get_child(), name) for name, box in self._texts.items()},
                "input": self._options("input", inputs()),
                "strength": self._slider("strength"),
            }
        )
        self.pack_start(first, False, False, 0)
        self.pack_start(self._details(), False, False, 0)

    @property
    def target(self) -> Gtk.Entry:
        """The field that has to be filled in."""
        return self._texts["target"].get_child()

    def suggest(self, history: History) -> None:
        """Offer the texts that were used."""
        used = {"source": history.sources(), "target": history.targets()}
        for name, box in self._texts.items():
            box.remove_all()
            for text in used[name]:
                box.append_text(text)
            completion = Gtk.EntryCompletion(model=box.get_model(), text_column=0)
            box.get_child().set_completion(completion)

    def mark_missing(self, missing: Collection[str]) -> None:
        """Mark the sets of networks that are not installed."""
        for row in self._networks.get_model():
            _text, name = row
            row[0] = _("{name} (not installed)").format(name=name) if name in missing else name

    def _details(self) -> Gtk.Expander:
        details = Gtk.Expander(label=self._lettered["details"], use_underline=True)
        grid = self._grid(
            {
                "preset": self._options("preset", presets()),
                "profile": self._networks,
                "steps": self._number("steps", _("0: the preset's own")),
                "seed": self._number("seed", _("−1: another each time")),
                "variants": self._number("variants"),
                "context": self._slider("context"),
                "feather": self._number("feather"),
            }
        )
        grid.set_margin_top(6)
        details.add(grid)
        return details

    def _grid(self, rows: dict[str, Gtk.Widget]) -> Gtk.Grid:
        grid = Gtk.Grid(row_spacing=6, column_spacing=12)
        for row, (name, widget) in enumerate(rows.items()):
            label = Gtk.Label(label=self._lettered[name], use_underline=True, xalign=0)
            label.set_mnemonic_widget(_focusable(widget))
            self._column.add_widget(label)
            shown = self._texts.get(name, widget)
            for part in (shown, _focusable(widget)):
                part.get_accessible().set_name(labels()[name])
                part.get_accessible().set_description(tips()[name])
            shown.set_tooltip_text(tips()[name])
            shown.set_hexpand(True)
            grid.attach(label, 0, row, 1, 1)
            grid.attach(shown, 1, row, 1, 1)
        return grid

    def _bound(self, widget: Gtk.Widget, name: str, its: str = "text") -> Gtk.Widget:
        self._config.bind_property(name, widget, its, BOTH_WAYS)
        return widget

    def _options(self, name: str, options: dict[str, str]) -> Gtk.Widget:
        box = Gtk.ComboBoxText()
        for value, label in options.items():
            box.append(value, label)
        return self._bound(box, name, "active-id")

    def _slider(self, name: str) -> Gtk.Widget:
        scale = Gtk.Scale(adjustment=self._adjustment(name, 0.01, 0.1), value_pos="right")
        scale.connect("format-value", lambda _scale, value: f"{100 * value:.0f} %")
        return scale

    def _number(self, name: str, note: str = "") -> Gtk.Widget:
        row = Gtk.Box(spacing=6)
        spin = Gtk.SpinButton(adjustment=self._adjustment(name, 1, 10), numeric=True)
        spin.set_activates_default(True)
        row.pack_start(spin, False, False, 0)
        if note:
            label = Gtk.Label(label=note, xalign=0)
            label.get_style_context().add_class("dim-label")
            row.pack_start(label, False, False, 0)
        return row

    def _adjustment(self, name: str, step: float, page: float) -> Gtk.Adjustment:
        _kind, least, most = NUMBERS[name]
        adjustment = Gtk.Adjustment(
            lower=least, upper=most, step_increment=step, page_increment=page
        )
        self._bound(adjustment, name, "value")
        return adjustment


def _text_field() -> Gtk.ComboBoxText:
    box = Gtk.ComboBoxText.new_with_entry()
    box.get_child().set_activates_default(True)
    box.get_child().set_width_chars(WIDTH)
    return box


def _focusable(widget: Gtk.Widget) -> Gtk.Widget:
    """What of a row takes the keyboard: beside a number, there may be a note."""
    return widget.get_children()[0] if type(widget) is Gtk.Box else widget
