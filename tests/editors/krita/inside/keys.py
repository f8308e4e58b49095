"""Typing in the docker, with the keys that Krita would like to have."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from steps import krita, open_document, state_of

from flexit.krita.plugin import active_docker
from flexit.krita.qt import Qt, QtWidgets

try:
    from PyQt6.QtTest import QTest
except ImportError:
    from PyQt5.QtTest import QTest

Key, Modifier = Qt.Key, Qt.KeyboardModifier
NONE, CONTROL, SHIFT = Modifier.NoModifier, Modifier.ControlModifier, Modifier.ShiftModifier
PRESSED = [
    (Key.Key_Backspace, CONTROL),
    (Key.Key_Backspace, SHIFT),
    (Key.Key_Delete, NONE),
    (Key.Key_Delete, CONTROL),
    (Key.Key_Z, CONTROL),
    (Key.Key_Z, CONTROL | SHIFT),
    (Key.Key_A, CONTROL),
    (Key.Key_X, CONTROL),
    (Key.Key_V, CONTROL),
    (Key.Key_B, NONE),
    (Key.Key_Home, NONE),
    (Key.Key_Space, NONE),
]


def typed(field: str) -> Iterator[Any]:
    """Type, and press keys; what became of the text and of the picture."""
    document = yield from open_document()
    docker = active_docker()
    docker.focus()
    widget = getattr(docker.form, field)
    widget.window().activateWindow()
    widget.setFocus()
    widget.setText("")
    yield lambda: QtWidgets.QApplication.focusWidget() is widget
    before = state_of(document)
    QTest.keyClicks(widget, "red apple")
    words = [widget.text()]
    QTest.keyClick(widget, Key.Key_Backspace, CONTROL)
    words.append(widget.text())
    for key, modifiers in PRESSED:
        QTest.keyClick(widget, key, modifiers)
        yield None
    yield 0.4
    return {"words": words, "before": before, "after": state_of(document)}


def run_by_key(key: str, control: bool) -> Iterator[Any]:
    """Run by Return, and cancel by Escape."""
    document = yield from open_document()
    docker = active_docker()
    docker.focus()
    widget = docker.form.target
    widget.window().activateWindow()
    widget.setFocus()
    yield lambda: QtWidgets.QApplication.focusWidget() is widget
    widget.setText("dog")
    QTest.keyClick(widget, getattr(Key, key), CONTROL if control else NONE)
    yield lambda: docker._session.busy
    yield lambda: docker._session.progress.step >= 1
    QTest.keyClick(widget, Key.Key_Escape)
    yield None
    return {
        "busy": docker._session.busy,
        "layers": len(document.topLevelNodes()),
        "focus": QtWidgets.QApplication.focusWidget() is widget,
    }


def shortcuts() -> list[Any]:
    """Our actions with their shortcuts, and who else has them."""
    found = []
    for action in krita.actions():
        if not action.objectName().startswith("flexit"):
            continue
        keys = action.shortcut().toString()
        others = [
            other.objectName()
            for other in krita.actions()
            if other is not action
            and keys in [shortcut.toString() for shortcut in other.shortcuts()]
        ]
        found.append([action.objectName(), action.text(), keys, others])
    return sorted(found)


def menu() -> list[str]:
    """What is in Tools ▸ Scripts of ours."""
    window = krita.activeWindow().qwindow()
    for menu in window.findChildren(QtWidgets.QMenu):
        if menu.objectName() == "tools/scripts" or menu.menuAction().objectName() == "scripts":
            break
    else:
        menus = [
            menu
            for menu in window.findChildren(QtWidgets.QMenu)
            if any(each.objectName() == "flexit_edit" for each in menu.actions())
        ]
        menu = menus[0]
    return [each.text() for each in menu.actions() if each.objectName().startswith("flexit")]


def by_actions() -> Iterator[Any]:
    """All actions, one after the other."""
    document = yield from open_document()
    docker = active_docker()
    docker.form.fill(docker.form.choices().replace(target="dog", source="cat"))
    session = docker._session
    counts = []

    def count() -> None:
        counts.append(len(document.topLevelNodes()))

    krita.action("flexit_edit").trigger()
    yield lambda: QtWidgets.QApplication.focusWidget() is docker.form.target
    krita.action("flexit_run").trigger()
    yield lambda: session.busy
    yield lambda: not session.busy
    yield 0.3
    count()
    layer = session.outcomes[0].layer
    krita.action("flexit_toggle").trigger()
    yield 0.2
    counts.append(layer.visible())
    krita.action("flexit_toggle").trigger()
    yield 0.2
    counts.append(layer.visible())
    krita.action("flexit_repeat").trigger()
    yield lambda: session.busy
    yield lambda: not session.busy
    yield 0.3
    count()
    krita.action("flexit_run").trigger()
    yield lambda: session.busy
    krita.action("flexit_cancel").trigger()
    counts.append(session.busy)
    yield 0.3
    count()
    return counts


def tab_order() -> Iterator[Any]:
    """What Tab reaches from the first field on, and what has no name for a screen reader."""
    yield from open_document()
    docker = active_docker()
    docker.focus()
    docker.form.details._head.setChecked(True)
    first = docker.form.source
    first.window().activateWindow()
    first.setFocus()
    yield lambda: QtWidgets.QApplication.focusWidget() is first
    reached = []
    for _ in range(60):
        widget = QtWidgets.QApplication.focusWidget()
        if widget is None or not docker.isAncestorOf(widget):
            break
        name = widget.accessibleName() or getattr(widget, "text", lambda: "")()
        if name in reached:
            break
        reached.append(name)
        QTest.keyClick(widget, Key.Key_Tab)
        yield None
    docker.form.details._head.setChecked(False)
    return reached
