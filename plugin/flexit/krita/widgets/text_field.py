"""A field for one of the two texts."""

from __future__ import annotations

from ..plain import set_tip
from ..qt import Qt, QtCore, QtGui, QtWidgets, Signal

Key = Qt.Key
Modifier = Qt.KeyboardModifier
EDITING_KEYS = (
    Key.Key_Backspace,
    Key.Key_Delete,
    Key.Key_Left,
    Key.Key_Right,
    Key.Key_Up,
    Key.Key_Down,
    Key.Key_Home,
    Key.Key_End,
    Key.Key_Return,
    Key.Key_Enter,
    Key.Key_Escape,
    Key.Key_Space,
    Key.Key_Insert,
)
"""With any modifiers these are the field's: Krita's Ctrl+Backspace fills the layer with colour."""
EDITING_LETTERS = (Key.Key_A, Key.Key_C, Key.Key_V, Key.Key_X, Key.Key_Y, Key.Key_Z, Key.Key_K)
"""With Ctrl."""


class TextField(QtWidgets.QLineEdit):
    """A line of text with the texts used before. Return runs, Escape cancels.

    Args:
        label: what it is for.
        tip: the same, in a sentence.
    """

    run = Signal()
    cancelled = Signal()

    def __init__(self, label: str, tip: str) -> None:
        super().__init__()
        self.setAccessibleName(label)
        self.setAccessibleDescription(tip)
        set_tip(self, tip)
        self.setClearButtonEnabled(True)
        self._texts = QtCore.QStringListModel(self)
        completer = QtWidgets.QCompleter(self._texts, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        self.setCompleter(completer)

    def offer(self, texts: list[str]) -> None:
        """Complete from these."""
        self._texts.setStringList(texts)

    def event(self, event: QtCore.QEvent) -> bool:
        """Keep the keys of a text field from being Krita's shortcuts."""
        if event.type() == QtCore.QEvent.Type.ShortcutOverride and _is_editing(event):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: QtGui.QKeyEvent) -> None:  # noqa: N802
        """Run and cancel by keys."""
        if event.key() in (Key.Key_Return, Key.Key_Enter):
            self.run.emit()
        elif event.key() == Key.Key_Escape:
            self.cancelled.emit()
        elif event.key() == Key.Key_Down and not self.text():
            self.completer().setCompletionPrefix("")
            self.completer().complete()
        else:
            super().keyPressEvent(event)


def _is_editing(event: QtGui.QKeyEvent) -> bool:
    if event.key() in EDITING_KEYS:
        return True
    modifiers = event.modifiers()
    control = bool(modifiers & (Modifier.ControlModifier | Modifier.MetaModifier))
    if control and not modifiers & Modifier.AltModifier:
        return event.key() in EDITING_LETTERS
    return bool(event.text()) and event.text().isprintable()
