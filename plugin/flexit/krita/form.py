"""The fields of the docker, from top to bottom."""

from __future__ import annotations

from flexit.model import Choices, _
from flexit.model.words import inputs, labels, tips

from .plain import Label, set_tip
from .qt import Qt, QtWidgets, Signal
from .widgets.details import Details
from .widgets.text_field import TextField


class Form(QtWidgets.QWidget):
    """What the user chooses; shows and gives `Choices`."""

    run = Signal()
    cancelled = Signal()
    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.source = TextField(labels()["source"], tips()["source"])
        self.target = TextField(labels()["target"], tips()["target"])
        self.input = QtWidgets.QComboBox()
        for value, word in inputs().items():
            self.input.addItem(word, value)
        self.input.setAccessibleName(labels()["input"])
        set_tip(self.input, tips()["input"])
        self.input.currentIndexChanged.connect(lambda: self.changed.emit())
        self.size = Label()
        self.size.setAccessibleName(_("Size"))
        self.strength = QtWidgets.QSlider(Qt.Orientation.Horizontal)
        self.strength.setRange(0, 100)
        self.strength.setAccessibleName(labels()["strength"])
        set_tip(self.strength, tips()["strength"])
        self.details = Details()
        self.details.changed.connect(self.changed)
        for field in (self.source, self.target):
            field.run.connect(self.run)
            field.cancelled.connect(self.cancelled)
        self._lay_out()
        self.fill(Choices())

    def _lay_out(self) -> None:
        policy = QtWidgets.QSizePolicy.Policy
        self.size.setSizePolicy(policy.Ignored, policy.Preferred)
        self.size.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        slider = QtWidgets.QHBoxLayout()
        slider.addWidget(Label(labels()["strength"]))
        slider.addWidget(self.strength, 1)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for name, field in (("source", self.source), ("target", self.target)):
            label = Label(labels()[name])
            label.setBuddy(field)
            label.setWordWrap(True)
            layout.addWidget(label)
            layout.addWidget(field)
        layout.addWidget(self.input)
        layout.addWidget(self.size)
        layout.addLayout(slider)
        layout.addWidget(self.details)

    def choices(self) -> Choices:
        """What is chosen now."""
        chosen = Choices(
            target=self.target.text(),
            source=self.source.text(),
            input=self.input.currentData(),
            strength=self.strength.value() / 100,
        )
        return self.details.choose(chosen)

    def fill(self, choices: Choices) -> None:
        """Show choices."""
        self.source.setText(choices.source)
        self.target.setText(choices.target)
        self.input.setCurrentIndex(max(0, self.input.findData(choices.input)))
        self.strength.setValue(round(100 * choices.strength))
        self.details.fill(choices)

    def focus(self) -> None:
        """Put the cursor where one types first."""
        self.target.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.target.selectAll()
