"""The window: four pages, one after another; or two, where FlexIT is to go."""

from __future__ import annotations

import sys

from PyQt5.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PyQt5.QtWidgets import QApplication, QWizard

from flexit_engine.service.discovery import data_folder
from flexit_installer.language import use_language
from flexit_installer.places import User
from flexit_installer.steps import Request, Target
from flexit_installer.wizard.choosing import NETWORKS, ChoosingPage
from flexit_installer.wizard.found import FoundPage
from flexit_installer.wizard.leaving import GonePage, LeavingPage
from flexit_installer.wizard.pages import Page
from flexit_installer.wizard.trying import TryingPage
from flexit_installer.wizard.working import WorkingPage


class Window(QWizard):
    """Found, chosen, at work, tried; or found, left, gone.

    Args:
        user: whose editors.
    """

    def __init__(self, user: User) -> None:
        super().__init__()
        self.setWindowTitle("FlexIT")
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        self.setOption(QWizard.WizardOption.NoBackButtonOnLastPage)
        self.setOption(QWizard.WizardOption.NoCancelButtonOnLastPage)
        self.setTitleFormat(Qt.TextFormat.PlainText)
        self.setSubTitleFormat(Qt.TextFormat.PlainText)
        self.setMinimumSize(680, 520)
        data = data_folder()
        self.found = FoundPage(user, data)
        self.choosing = ChoosingPage(self.found.editors, data)
        self.working = WorkingPage(self._request)
        self.trying = TryingPage(lambda: self.working.report)
        self.leaving = LeavingPage(data)
        self.gone = GonePage(self.leaving.kept)
        pages = (self.found, self.choosing, self.working, self.trying, self.leaving, self.gone)
        for number, page in zip(Page, pages, strict=True):
            self.setPage(number, page)
        self.working.installed.connect(self.next)

    def done(self, result: int) -> None:
        """End what runs, then close."""
        for process in (self.working.process, self.trying.process, self.gone.process):
            if process.is_running:
                process.cancel()
                process.wait()
        self.trying.close_down()
        super().done(result)

    def _request(self) -> Request:
        targets = [
            Target(
                kind=editor.kind,
                packaging=editor.packaging,
                profile=editor.profile,
                settings=editor.settings,
            )
            for editor in self.found.editors()
        ]
        return Request(
            editors=targets,
            networks=NETWORKS if self.choosing.networks.isChecked() else None,
            at_login=self.choosing.at_login.isChecked(),
            languages=languages(),
        )


def languages() -> tuple[str, ...]:
    """The user's, such as `de_AT`, `de`; what is preferred comes first."""
    return tuple(name.replace("-", "_") for name in QLocale().uiLanguages())


def speak(application: QApplication) -> None:
    """Have the window, and what Qt says in it, speak the user's language."""
    use_language(languages())
    buttons, folder = QTranslator(application), QLibraryInfo.TranslationsPath
    if buttons.load(QLocale(), "qtbase", "_", QLibraryInfo.location(folder)):
        application.installTranslator(buttons)


def run() -> int:
    """Open the window, until it is closed; the exit code."""
    application = QApplication(sys.argv)
    application.setApplicationDisplayName("FlexIT")
    speak(application)
    window = Window(User.current())
    window.show()
    return int(application.exec_())
