"""Last page: try it now, with a picture of ours."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PyQt5.QtCore import Qt
from PyQt5.QtGui import QPixmap
from PyQt5.QtWidgets import (
    QFrame,
    QGridLayout,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWizardPage,
)

from flexit_engine.isolation import python_words
from flexit_installer.language import _
from flexit_installer.wizard import words
from flexit_installer.wizard.pages import LAST
from flexit_installer.wizard.plain import Label
from flexit_installer.wizard.process import JsonProcess

PICTURE = Path(__file__).with_name("red-apple.png")
SOURCE, TARGET = "red apple", "lemon"
"""The networks know English."""
SIDE = 240


class TryingPage(QWizardPage):
    """A picture before and after.

    Args:
        report: of what was installed, once it was.
    """

    def __init__(self, report: Callable[[], dict[str, Any] | None]) -> None:
        super().__init__()
        self._report = report
        self._folder = tempfile.TemporaryDirectory(prefix="flexit-")
        self._result = Path(self._folder.name) / "lemon.png"
        self.setTitle(_("Try it now"))
        self.setFinalPage(True)
        self.process = JsonProcess(self)
        self.process.told.connect(self._told)
        self.process.ended.connect(self._ended)
        self._button = QPushButton(_("Make the red apple a &lemon"))
        self._button.clicked.connect(self.run)
        self._bar = QProgressBar()
        self._bar.setRange(0, 0)
        self._bar.hide()
        self._sentence = Label()
        self._sentence.setWordWrap(True)
        self._after = _picture_label()
        before = _picture_label()
        before.setPixmap(_scaled(PICTURE))
        before.setAccessibleName(_("Before: a red apple"))
        pictures = QGridLayout()
        pictures.addWidget(before, 0, 0)
        pictures.addWidget(self._after, 0, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(pictures)
        layout.addWidget(self._button, alignment=Qt.AlignmentFlag.AlignHCenter)
        for widget in (self._bar, self._sentence):
            layout.addWidget(widget)
        layout.addStretch()

    def initializePage(self) -> None:  # noqa: N802 -- Qt's name
        """Say where to find it in the editors."""
        plugins = (self._report() or {}).get("plugins", [])
        kinds = [plugin["kind"] for plugin in plugins]
        where = {
            "krita": _("In Krita, FlexIT is a docker: Settings ▸ Dockers ▸ FlexIT."),
            "gimp": _("In GIMP, it is under Filters ▸ AI ▸ FlexIT."),
        }
        lines = [where[kind] for kind in dict.fromkeys(kinds)]
        if any(not plugin["enabled"] for plugin in plugins):
            lines.append(
                _(
                    "Krita was open: switch it on in Settings ▸ Configure Krita ▸ Python Plugin "
                    "Manager, then start Krita again."
                )
            )
        self.setSubTitle(" ".join(lines))

    def run(self) -> None:
        """Edit the picture with the engine that was installed."""
        report = self._report()
        if report is None:
            return
        self._button.setEnabled(False)
        self._bar.show()
        self._sentence.setText(_("The engine is starting; the first time takes longest."))
        command = [*python_words(report["python"], "flexit_engine"), "edit"]
        command += [str(PICTURE), str(self._result)]
        command += ["--from", SOURCE, "--to", TARGET, "--steps", "96", "--force", "--json"]
        self.process.start(command)

    def nextId(self) -> int:  # noqa: N802 -- Qt's name
        """Nothing follows."""
        return LAST

    def close_down(self) -> None:
        """Remove the result."""
        self._folder.cleanup()

    def _told(self, facts: dict[str, Any]) -> None:
        if "message" in facts:
            self._sentence.setText(words.failure(facts))

    def _ended(self, well: bool) -> None:
        self._bar.hide()
        self._button.setEnabled(True)
        if well:
            self._after.setPixmap(_scaled(self._result))
            self._after.setAccessibleName(_("After: a lemon"))
            self._sentence.setText(
                _(
                    "This is what the small networks make of it. They know a few simple things; "
                    "the paper's networks know most that has a name."
                )
            )


def _picture_label() -> Label:
    label = Label()
    label.setFixedSize(SIDE, SIDE)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setFrameShape(QFrame.Shape.StyledPanel)
    return label


def _scaled(path: Path) -> QPixmap:
    return QPixmap(str(path)).scaled(
        SIDE, SIDE, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
