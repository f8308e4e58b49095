"""The results so far, as small pictures."""

from __future__ import annotations

from flexit.model import _

from ..guard import slot
from ..outcome import Outcome
from ..plain import Label, set_tip
from ..qt import QShortcut, Qt, QtCore, QtGui, QtWidgets, Signal

SIDE = 72
"""Pixels of a thumbnail, before scaling for the screen."""


class ResultList(QtWidgets.QWidget):
    """Thumbnails, and what can be done with the chosen one."""

    chosen = Signal(object)
    """An `Outcome`."""
    toggled = Signal(object)
    """Its layer is to be shown or hidden."""
    added = Signal(object)
    """Another layer is to be made of it."""
    reused = Signal(object)
    """Its texts and settings are to be used again."""
    removed = Signal(object)
    """It is to go off the list."""

    def __init__(self) -> None:
        super().__init__()
        self._outcomes: list[Outcome] = []
        self.list = QtWidgets.QListWidget()
        self.list.setAccessibleName(_("Results"))
        self.list.setViewMode(QtWidgets.QListView.ViewMode.IconMode)
        self.list.setResizeMode(QtWidgets.QListView.ResizeMode.Adjust)
        self.list.setMovement(QtWidgets.QListView.Movement.Static)
        self.list.setIconSize(QtCore.QSize(SIDE, SIDE))
        line = self.list.fontMetrics().height()
        self.list.setGridSize(QtCore.QSize(SIDE + 8, SIDE + line + 10))
        self.list.setFixedHeight(2 * (SIDE + line + 12))
        self.list.setUniformItemSizes(True)
        self.list.currentRowChanged.connect(self._choose)
        self.list.itemActivated.connect(self._activate)
        self._name = Label()
        self._name.setWordWrap(True)
        policy = QtWidgets.QSizePolicy.Policy
        self._name.setSizePolicy(policy.Ignored, policy.Preferred)
        self._toggle = _button(_("Show/hide"), _("Before and after: hides or shows its layer."))
        self._add = _button(_("Add layer"), _("Adds the picture above as another layer."))
        self._reuse = _button(_("Use settings"), _("Takes over its texts, settings and seed."))
        self._toggle.clicked.connect(lambda: self._send(self.toggled))
        self._add.clicked.connect(lambda: self._send(self.added))
        self._reuse.clicked.connect(lambda: self._send(self.reused))
        delete = QShortcut(QtGui.QKeySequence(Qt.Key.Key_Delete), self.list)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(lambda: self._send(self.removed))
        buttons = QtWidgets.QGridLayout()
        buttons.setSpacing(2)
        buttons.addWidget(self._toggle, 0, 0)
        buttons.addWidget(self._add, 0, 1)
        buttons.addWidget(self._reuse, 1, 0, 1, 2)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        for part in (self.list, self._name):
            layout.addWidget(part)
        layout.addLayout(buttons)
        self.hide()

    @property
    def current(self) -> Outcome | None:
        """The chosen one."""
        row = self.list.currentRow()
        return self._outcomes[row] if 0 <= row < len(self._outcomes) else None

    def fill(self, outcomes: list[Outcome]) -> None:
        """Show these; the newest one is chosen when it is new."""
        if [*map(id, outcomes)] == [*map(id, self._outcomes)]:
            return
        self._outcomes = list(outcomes)
        self.setVisible(bool(outcomes))
        self.list.blockSignals(True)
        self.list.clear()
        for outcome in outcomes:
            item = QtWidgets.QListWidgetItem(_icon(outcome.image), f"#{outcome.choices.seed}")
            set_tip(item, outcome.name)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, outcome.name)
            self.list.addItem(item)
        self.list.blockSignals(False)
        if outcomes:
            self.list.setCurrentRow(0)

    @slot
    def _choose(self, *_: object) -> None:
        if self.current is not None:
            self._name.setText(self.current.name)
            self.chosen.emit(self.current)

    @slot
    def _activate(self, *_: object) -> None:
        self._send(self.toggled)

    def _send(self, signal: Signal) -> None:
        if self.current is not None:
            signal.emit(self.current)


def _icon(image: QtGui.QImage) -> QtGui.QIcon:
    pixmap = QtGui.QPixmap.fromImage(image)
    return QtGui.QIcon(
        pixmap.scaled(
            2 * SIDE,
            2 * SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
    )


def _button(text: str, tip: str) -> QtWidgets.QPushButton:
    button = QtWidgets.QPushButton(text)
    set_tip(button, tip)
    policy = QtWidgets.QSizePolicy.Policy
    button.setSizePolicy(policy.Ignored, policy.Fixed)
    return button
