"""The settings that most people leave alone."""

from __future__ import annotations

from flexit.model import Choices, _
from flexit.model.choices import LARGEST_SEED, MOST_CONTEXT, MOST_FEATHER, MOST_STEPS, MOST_VARIANTS
from flexit.model.words import labels, presets, tips

from ..guard import slot
from ..plain import Label, set_tip, tip
from ..qt import Qt, QtWidgets, Signal


class Details(QtWidgets.QWidget):
    """Preset, networks, steps, seed, variants, surroundings and soft edge; folded away at first."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._head = QtWidgets.QToolButton()
        self._head.setText(_("Settings"))
        self._head.setCheckable(True)
        self._head.setAutoRaise(True)
        self._head.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._head.setArrowType(Qt.ArrowType.RightArrow)
        self._head.toggled.connect(self._unfold)
        self._form = QtWidgets.QWidget()
        form = QtWidgets.QFormLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setRowWrapPolicy(QtWidgets.QFormLayout.RowWrapPolicy.WrapLongRows)
        self.preset = QtWidgets.QComboBox()
        for value, word in presets().items():
            self.preset.addItem(word, value)
        self.profile = QtWidgets.QComboBox()
        self.profile.addItem("mini", "mini")
        self.steps = _spin(0, MOST_STEPS, special=_("as the preset"))
        self.seed = _spin(-1, LARGEST_SEED, special=_("new each time"))
        self.variants = _spin(1, MOST_VARIANTS)
        self.context = _spin(0, round(100 * MOST_CONTEXT), suffix=" %")
        self.feather = _spin(0, MOST_FEATHER, suffix=" px")
        names = ("preset", "profile", "steps", "seed", "variants", "context", "feather")
        for name in names:
            field = getattr(self, name)
            field.setAccessibleName(labels()[name])
            set_tip(field, tips()[name])
            field.setMinimumWidth(60)
            form.addRow(Label(labels()[name]), field)
            signal = "currentIndexChanged" if name in ("preset", "profile") else "valueChanged"
            getattr(field, signal).connect(self._tell)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._head)
        layout.addWidget(self._form)
        self._form.hide()

    def fill(self, choices: Choices) -> None:
        """Show choices."""
        self.preset.setCurrentIndex(max(0, self.preset.findData(choices.preset)))
        if self.profile.findData(choices.profile) < 0:
            self.profile.addItem(choices.profile, choices.profile)
        self.profile.setCurrentIndex(self.profile.findData(choices.profile))
        self.steps.setValue(choices.steps or 0)
        self.seed.setValue(-1 if choices.seed is None else choices.seed)
        self.variants.setValue(choices.variants)
        self.context.setValue(round(100 * choices.context))
        self.feather.setValue(choices.feather)

    def choose(self, choices: Choices) -> Choices:
        """The choices with what is set here."""
        seed = self.seed.value()
        return choices.replace(
            preset=self.preset.currentData(),
            profile=self.profile.currentData(),
            steps=self.steps.value() or None,
            seed=None if seed < 0 else seed,
            variants=self.variants.value(),
            context=self.context.value() / 100,
            feather=self.feather.value(),
        )

    def offer_profiles(self, profiles: list[tuple[str, str, bool]]) -> None:
        """The sets of networks there are: name, title, and whether they are installed."""
        chosen = self.profile.currentData()
        names = [profile[0] for profile in profiles]
        if names != [self.profile.itemData(row) for row in range(self.profile.count())]:
            self.profile.blockSignals(True)
            self.profile.clear()
            for name in names:
                self.profile.addItem(name, name)
            self.profile.setCurrentIndex(max(0, self.profile.findData(chosen)))
            self.profile.blockSignals(False)
        for row, (name, title, installed) in enumerate(profiles):
            text, more = name, f"{name}: {title}"
            if not installed:
                text = _("{name} (not installed)").format(name=name)
                hint = _("Choose others, or run `flexit models pull {name}` in a terminal.")
                more += "\n" + hint.format(name=name)
            self.profile.setItemText(row, text)
            self.profile.setItemData(row, tip(more), Qt.ItemDataRole.ToolTipRole)
            self.profile.model().item(row).setEnabled(installed)

    @slot
    def _unfold(self, opened: bool) -> None:
        arrows = Qt.ArrowType
        self._head.setArrowType(arrows.DownArrow if opened else arrows.RightArrow)
        self._form.setVisible(opened)

    @slot
    def _tell(self, *_: object) -> None:
        self.changed.emit()


def _spin(least: int, most: int, suffix: str = "", special: str = "") -> QtWidgets.QSpinBox:
    spin = QtWidgets.QSpinBox()
    spin.setRange(least, most)
    spin.setSuffix(suffix)
    spin.setSpecialValueText(special)
    return spin
