"""Runs in the process of `flexit-setup`: goes through its pages as a user would, with clicks.

`driver.py FOLDER [cancel|leave]`: a picture of each page goes into FOLDER, and what was seen to
stdout.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from PyQt5.QtCore import Qt, QTimer
from PyQt5.QtTest import QTest
from PyQt5.QtWidgets import (
    QApplication,
    QCheckBox,
    QLabel,
    QPushButton,
    QTreeWidget,
    QWizard,
)

from flexit_installer.places import User
from flexit_installer.wizard.window import Window, speak

Step = Callable[[], bool]
seen: dict[str, object] = {}
SECONDS = 400.0
"""After which it gives up."""


def click(window: Window, button: QWizard.WizardButton) -> None:
    QTest.mouseClick(window.button(button), Qt.MouseButton.LeftButton)


def shoot(window: Window, name: str) -> None:
    page = window.currentPage()
    next_one = window.button(QWizard.WizardButton.NextButton).text()
    labels = (label.text() for label in page.findChildren(QLabel))
    seen[name] = [page.title(), page.subTitle(), next_one, *labels]
    window.grab().save(str(Path(sys.argv[1]) / f"{name}.png"))


def story(window: Window, cancels: bool) -> Iterator[Step]:
    """Each step waits until what it yields is true."""
    buttons = QWizard.WizardButton
    yield lambda: window.isVisible()
    shoot(window, "1-found")
    if "leave" in sys.argv:
        yield from leaving(window)
        return
    click(window, buttons.NextButton)
    yield lambda: window.currentPage() is window.choosing
    (table,) = window.choosing.findChildren(QTreeWidget)
    items = [table.topLevelItem(row) for row in range(table.topLevelItemCount())]
    seen["table"] = [[item.text(column) for column in range(3)] for item in items if item]
    shoot(window, "2-choosing")
    click(window, buttons.CommitButton)
    yield lambda: window.working.process.is_running
    if cancels:
        click(window, buttons.CancelButton)
        yield lambda: not window.isVisible()
        seen["running"] = window.working.process.is_running
        return
    yield lambda: bool(window.working.process.is_running and len(window.working.sentence) > 12)
    shoot(window, "3-working")
    yield lambda: window.currentPage() is window.trying
    (button,) = window.trying.findChildren(QPushButton)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    yield lambda: window.trying.process.is_running
    yield lambda: not window.trying.process.is_running
    shoot(window, "4-tried")
    click(window, buttons.FinishButton)
    yield lambda: not window.isVisible()


def leaving(window: Window) -> Iterator[Step]:
    """From the first page to where FlexIT is gone."""
    buttons = QWizard.WizardButton
    window.found.leaves.click()
    click(window, buttons.NextButton)
    yield lambda: window.currentPage() is window.leaving
    boxes = [box for box in window.leaving.findChildren(QCheckBox) if box.isVisible()]
    seen["boxes"] = [box.text() for box in boxes]
    for box in boxes[:1]:
        box.click()
    shoot(window, "2-leaving")
    click(window, buttons.CommitButton)
    yield lambda: window.gone.process.is_running
    yield window.gone.isComplete
    shoot(window, "3-gone")
    click(window, buttons.FinishButton)
    yield lambda: not window.isVisible()


def main() -> None:
    application = QApplication(sys.argv)
    speak(application)
    application.setQuitOnLastWindowClosed(False)
    window = Window(User.current())
    window.show()
    steps = story(window, "cancel" in sys.argv)
    waiting = [next(steps)]

    start = time.monotonic()

    def go_on() -> None:
        if time.monotonic() - start > SECONDS:
            shoot(window, "stuck")
            sys.exit(f"stuck: {seen}")
        try:
            if waiting[0]():
                waiting[0] = next(steps)
        except StopIteration:
            timer.stop()
            application.quit()

    timer = QTimer()
    timer.timeout.connect(go_on)
    timer.start(20)
    application.exec_()
    print(json.dumps(seen))  # noqa: T201


if __name__ == "__main__":
    main()
