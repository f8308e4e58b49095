"""How far the edit goes: a slider through its steps, and more of them."""

from __future__ import annotations

from flexit.model import _

from ..guard import slot
from ..plain import Label, set_tip
from ..qt import Qt, QtWidgets, Signal

MORE = 40
"""Steps."""


class AmountRow(QtWidgets.QWidget):
    """A slider from the picture as it was to as far as the edit went."""

    moved = Signal(int)
    """A step is to be shown."""
    more = Signal(int)
    """So many more steps are to be taken."""

    def __init__(self) -> None:
        super().__init__()
        self.slider = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(_("Amount"))
        set_tip(self.slider, _("Goes through the steps of the edit: how much of it there is."))
        self.slider.valueChanged.connect(self._tell)
        self.number = Label()
        self.more_button = QtWidgets.QToolButton()
        self.more_button.setText(_("More"))
        set_tip(self.more_button, _("Takes {number} more steps.").format(number=MORE))
        self.more_button.clicked.connect(lambda: self.more.emit(MORE))
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(Label(_("Amount")))
        layout.addWidget(self.slider, 1)
        layout.addWidget(self.number)
        layout.addWidget(self.more_button)
        self.hide()

    def set_range(self, steps: int, finished: bool) -> None:
        """The steps there are; during a run the slider stays at the newest unless it was moved."""
        follows = self.slider.value() == self.slider.maximum()
        self.slider.blockSignals(True)
        self.slider.setRange(0, steps)
        if follows:
            self.slider.setValue(steps)
        self.slider.blockSignals(False)
        self.number.setText(str(self.slider.value()))
        self.more_button.setEnabled(finished)
        self.setVisible(steps > 0)

    @property
    def at_end(self) -> bool:
        """Whether it shows the newest step."""
        return bool(self.slider.value() == self.slider.maximum())

    def to_end(self) -> None:
        """Show the newest step."""
        self.slider.setValue(self.slider.maximum())

    @slot
    def _tell(self, step: int) -> None:
        self.number.setText(str(step))
        self.moved.emit(step)
