"""The one button, and how far the edit is."""

from __future__ import annotations

from flexit.model import RunProgress, _
from flexit.model.words import progress_words

from ..plain import Label, set_tip
from ..qt import QtWidgets, Signal


class RunRow(QtWidgets.QWidget):
    """A button that runs, and cancels while something runs."""

    run = Signal()
    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.button = QtWidgets.QPushButton(_("Edit"))
        self.button.setMinimumHeight(32)
        font = self.button.font()
        font.setBold(True)
        self.button.setFont(font)
        self.button.clicked.connect(lambda: (self.cancelled if self._busy else self.run).emit())
        self.bar = QtWidgets.QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(8)
        self.bar.setAccessibleName(_("Progress"))
        self.words = Label()
        policy = QtWidgets.QSizePolicy.Policy
        self.words.setSizePolicy(policy.Ignored, policy.Preferred)
        self.words.setWordWrap(True)
        layout = QtWidgets.QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        for part in (self.button, self.bar, self.words):
            layout.addWidget(part)
        self.tell(None)

    def tell(self, progress: RunProgress | None) -> None:
        """Show how far it is; None: nothing is running."""
        self._busy = progress is not None
        self.button.setText(_("Cancel") if self._busy else _("Edit"))
        set_tip(
            self.button,
            _("Ends the edit; nothing of it is left. (Esc)")
            if self._busy
            else _("Makes a new layer from the texts. (Return)"),
        )
        self.bar.setVisible(self._busy)
        self.words.setVisible(self._busy)
        if progress is None:
            self.bar.reset()
            return
        self.words.setText(progress_words(progress))
        unknown = progress.fraction is None
        self.bar.setRange(0, 0 if unknown else 1000)
        if progress.fraction is not None:
            self.bar.setValue(round(1000 * progress.fraction))
