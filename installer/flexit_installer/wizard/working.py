"""Third page: the work, with one bar, a sentence and a log."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

from PyQt5.QtCore import pyqtSignal
from PyQt5.QtWidgets import (
    QPlainTextEdit,
)

from flexit_engine.isolation import python_words
from flexit_installer.language import _
from flexit_installer.steps import Request
from flexit_installer.wizard import words
from flexit_installer.wizard.progress_page import ProgressPage

PER_MILLE = 1000


class WorkingPage(ProgressPage):
    """Runs the steps; complete once they went well.

    Args:
        request: what was chosen; asked when the page comes.
    """

    installed = pyqtSignal()

    def __init__(self, request: Callable[[], Request]) -> None:
        super().__init__()
        self._request = request
        self._task, self._failure = "", ""
        self.report: dict[str, Any] | None = None
        self.setTitle(_("Installing"))
        self.setSubTitle(_("You can cancel at any time; what has come stays for the next time."))
        self.process.told.connect(self._told)
        self.process.logged.connect(self._log_line)
        self._log = QPlainTextEdit()
        self._log.setReadOnly(True)
        self._log.setAccessibleName(_("Log"))
        self._layout.addWidget(self._log)

    @property
    def sentence(self) -> str:
        """What is said of how far it is."""
        return self._sentence.text()

    def initializePage(self) -> None:  # noqa: N802 -- Qt's name
        """Start the work."""
        self.report, self._task, self._failure = None, "", ""
        self._again.hide()
        self._bar.setRange(0, 0)
        self._sentence.setText(_("Starting…"))
        command = python_words(sys.executable, "flexit_installer.steps")
        self.process.start([*command, self._request().as_json()])

    def isComplete(self) -> bool:  # noqa: N802 -- Qt's name
        """Whether it is done."""
        return self.report is not None

    def _told(self, facts: dict[str, Any]) -> None:
        if "report" in facts:
            self.report = facts["report"]
        elif "error" in facts:
            error = facts["error"]
            self._failure = words.failure(error)
            self._log_line(self._failure)
        else:
            self._show(facts)

    def _show(self, facts: dict[str, Any]) -> None:
        total = facts.get("total")
        self._bar.setRange(0, PER_MILLE if total else 0)
        if total:
            self._bar.setValue(int(PER_MILLE * facts["done"] / total))
        self._sentence.setText(f"{words.progress(facts)}.")
        if facts["task"] != self._task:
            self._task = facts["task"]
            self._log_line(self._task)

    def _log_line(self, text: str) -> None:
        self._log.appendPlainText(text)

    def _ended(self, well: bool) -> None:
        self._bar.setRange(0, PER_MILLE)
        self._bar.setValue(PER_MILLE if well else 0)
        if well:
            self._sentence.setText(_("Done."))
            self._log_line(_("Done."))
        else:
            self._sentence.setText(self._failure or _("It has ended before it was done."))
            self._again.show()
        self.completeChanged.emit()
        if well:
            self.installed.emit()
