"""Qt, as this Krita has it: 5 or 6. The only place that knows which; names are scoped in both."""

from __future__ import annotations

import pykrita

if getattr(pykrita, "qt_major_version", lambda: 5)() >= 6:
    from PyQt6 import QtCore, QtGui, QtWidgets

    QAction, QShortcut = QtGui.QAction, QtGui.QShortcut
else:
    from PyQt5 import QtCore, QtGui, QtWidgets

    QAction, QShortcut = QtWidgets.QAction, QtWidgets.QShortcut

__all__ = ["QAction", "QShortcut", "Qt", "QtCore", "QtGui", "QtWidgets", "Signal"]

Qt = QtCore.Qt
Signal = QtCore.pyqtSignal
