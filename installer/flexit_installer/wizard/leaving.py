"""The pages that take FlexIT away again: what may stay, and how it went."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from PyQt5.QtWidgets import (
    QCheckBox,
    QVBoxLayout,
    QWizard,
    QWizardPage,
)

from flexit_engine.errors import FlexITError
from flexit_engine.isolation import python_words
from flexit_installer import uninstalling
from flexit_installer.language import _
from flexit_installer.places import KINDS
from flexit_installer.uninstalling import Keepable
from flexit_installer.wizard import words
from flexit_installer.wizard.pages import LAST
from flexit_installer.wizard.progress_page import ProgressPage


def keepable() -> dict[Keepable, str]:
    """What may stay, in the user's words."""
    return {
        "weights": _("Keep the downloaded networks ({size})"),
        "edits": _("Keep the pictures and results that the engine holds ({size})"),
        "history": _("Keep the texts and settings used in the editors ({size})"),
    }


class LeavingPage(QWizardPage):
    """What is there that one may want to keep, each with a check mark.

    Args:
        data: the data folder.
    """

    def __init__(self, data: Path) -> None:
        super().__init__()
        self._data = data
        self.setTitle(_("Remove FlexIT"))
        self.setSubTitle(_("The plug-ins, the engine and the command go; what is checked stays."))
        self.setCommitPage(True)
        self.setButtonText(QWizard.WizardButton.CommitButton, _("&Remove"))
        self._boxes = {key: QCheckBox() for key in keepable()}
        layout = QVBoxLayout(self)
        for box in self._boxes.values():
            layout.addWidget(box)
        layout.addStretch()

    def initializePage(self) -> None:  # noqa: N802 -- Qt's name
        """Offer what there is: called whenever the page comes."""
        for key, text in keepable().items():
            parts: Sequence[uninstalling.Part] = ()
            with suppress(FlexITError):  # the next page says why
                parts = uninstalling.plan(self._data, KINDS, [key]).kept
            size = sum(part.bytes for part in parts)
            self._boxes[key].setText(text.format(size=words.size(size)))
            self._boxes[key].setVisible(bool(parts))

    def kept(self) -> list[Keepable]:
        """What is to stay."""
        return [key for key, box in self._boxes.items() if box.isChecked()]


class GonePage(ProgressPage):
    """Takes it away when the page comes, and says what has stayed.

    Args:
        kept: what is to stay; asked when the page comes.
    """

    def __init__(self, kept: Callable[[], list[Keepable]]) -> None:
        super().__init__()
        self._kept = kept
        self._facts: dict[str, Any] = {}
        self.setTitle(_("Remove FlexIT"))
        self.setSubTitle(_("The plug-ins, the engine and the command go; what is checked stays."))
        self.setFinalPage(True)
        self.process.told.connect(self._facts.update)
        self._bar.setRange(0, 0)
        self._layout.addStretch()

    def initializePage(self) -> None:  # noqa: N802 -- Qt's name
        """Start it."""
        self._facts.clear()
        self._bar.show()
        self._again.hide()
        self._sentence.setText(_("Removing…"))
        keep = [word for key in self._kept() for word in ("--keep", key)]
        command = python_words(sys.executable, "flexit_engine")
        self.process.start([*command, "uninstall", "--yes", "--json", *keep])

    def isComplete(self) -> bool:  # noqa: N802 -- Qt's name
        """Whether it is over."""
        return not self.process.is_running

    def nextId(self) -> int:  # noqa: N802 -- Qt's name
        """Nothing follows."""
        return LAST

    def _ended(self, well: bool) -> None:
        self._bar.hide()
        stays = "\n".join(words.place(Path(path)) for path in self._facts.get("kept", ()))
        if not well:
            self._again.show()
            self._sentence.setText(words.failure({"message": "", "hint": "", **self._facts}))
        elif stays:
            self._sentence.setText(_("FlexIT is gone. This stays:\n{paths}").format(paths=stays))
        else:
            self._sentence.setText(_("FlexIT is gone."))
        self.completeChanged.emit()
