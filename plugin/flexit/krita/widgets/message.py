"""What went wrong, and the ways out."""

from __future__ import annotations

from flexit.client import FlexITError
from flexit.model import _
from flexit.model.diagnostics import last_log_line
from flexit.model.words import error_words

from ..guard import slot
from ..plain import Label
from ..qt import Qt, QtGui, QtWidgets, Signal

RESTART = ("died", "not_running", "start_failed", "silent", "bad_answer", "unauthorised")


class MessageBox(QtWidgets.QFrame):
    """An error: one sentence, what to do, and details to copy. Never a dialog."""

    resumed = Signal()
    """Go on with what the engine died in."""
    restarted = Signal()
    """Start the engine."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self._error: FlexITError | None = None
        self._resumable = False
        self._text = _wrapped_label()
        self._hint = _wrapped_label()
        self._details = _wrapped_label()
        self._details.setVisible(False)
        self._restart = QtWidgets.QPushButton(_("Restart the engine"))
        self._restart.clicked.connect(self._press_restart)
        self._more = QtWidgets.QToolButton()
        self._more.setText(_("Details"))
        self._more.setCheckable(True)
        self._more.toggled.connect(self._details.setVisible)
        self._copy = QtWidgets.QToolButton()
        self._copy.setText(_("Copy"))
        self._copy.clicked.connect(self._copy_all)
        self._close = QtWidgets.QToolButton()
        self._close.setText(_("Close"))
        self._close.clicked.connect(self._press_close)
        buttons = QtWidgets.QHBoxLayout()
        buttons.addWidget(self._more)
        buttons.addWidget(self._copy)
        buttons.addStretch()
        buttons.addWidget(self._close)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        for part in (self._text, self._hint, self._restart, self._details):
            layout.addWidget(part)
        layout.addLayout(buttons)
        self.hide()

    def tell(self, error: FlexITError | None, resumable: bool) -> None:
        """Show an error, or none."""
        self._resumable = resumable
        if error is self._error:
            return
        self._error = error
        self.setVisible(error is not None)
        if error is None:
            return
        text, hint = error_words(error)
        self._text.setText(text)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))
        self._details.setText(self._detail_lines(error))
        self._more.setChecked(error.code == "died")
        self._restart.setVisible(error.code in RESTART)
        self.setAccessibleName(f"{text} {hint}")

    def text(self) -> str:
        """What is to be read, all of it."""
        shown = (self._text, self._hint, self._details)
        return "\n".join(part.text() for part in shown if part.isVisibleTo(self))

    def _detail_lines(self, error: FlexITError) -> str:
        lines = [f"{error.message} {error.hint} ({error.code})"]
        if error.log:
            lines += [last_log_line(error.log), error.log]
        return "\n".join(line for line in lines if line)

    @slot
    def _press_restart(self, *_: object) -> None:
        (self.resumed if self._resumable else self.restarted).emit()

    @slot
    def _press_close(self, *_: object) -> None:
        self.hide()

    @slot
    def _copy_all(self, *_: object) -> None:
        parts = (self._text.text(), self._hint.text(), self._details.text())
        QtGui.QGuiApplication.clipboard().setText("\n".join(parts))


def _wrapped_label() -> Label:
    label = Label()
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    policy = QtWidgets.QSizePolicy.Policy
    label.setSizePolicy(policy.Ignored, policy.Preferred)
    return label
