"""A page on which a process works."""

from __future__ import annotations

from PyQt5.QtWidgets import QProgressBar, QPushButton, QVBoxLayout, QWizardPage

from flexit_installer.language import _
from flexit_installer.wizard.plain import Label
from flexit_installer.wizard.process import JsonProcess


class ProgressPage(QWizardPage):
    """A bar, a sentence, and another try where it failed; starts whenever the page comes."""

    def __init__(self) -> None:
        super().__init__()
        self.process = JsonProcess(self)
        self.process.ended.connect(self._ended)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(_("Progress"))
        self._sentence = Label()
        self._sentence.setWordWrap(True)
        self._again = QPushButton(_("Try &again"))
        self._again.clicked.connect(self.initializePage)
        self._layout = QVBoxLayout(self)
        for widget in (self._bar, self._sentence, self._again):
            self._layout.addWidget(widget)

    def _ended(self, well: bool) -> None:
        """The process has ended."""
        raise NotImplementedError
