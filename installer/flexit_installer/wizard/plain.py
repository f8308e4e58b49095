"""Texts shown as they are: Qt takes what looks like HTML for it, and opens the files it names.

Names of folders and words of other programs are among them.
"""

from __future__ import annotations

from PyQt5.QtCore import Qt
from PyQt5.QtWidgets import QLabel


class Label(QLabel):
    """A label that knows no HTML."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
