"""Texts shown as they are: Qt takes what looks like HTML for it, and opens the files it names.

Texts come from the user, from the recipe in a document and from an engine: no label and no tooltip
of the plug-in is made in another way.
"""

from __future__ import annotations

import html

from .qt import Qt, QtWidgets


class Label(QtWidgets.QLabel):
    """A label that knows no HTML."""

    def __init__(self, text: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)


def set_tip(owner: QtWidgets.QWidget | QtWidgets.QListWidgetItem, text: str) -> None:
    """Give something a tooltip."""
    owner.setToolTip(tip(text))


def tip(text: str) -> str:
    """A text as a tooltip, which cannot be told to take it as it is: escaped where need be."""
    if "<" not in text:
        return text
    return "<qt>{}</qt>".format(html.escape(text).replace("\n", "<br>"))
