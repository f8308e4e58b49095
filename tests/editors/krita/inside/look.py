"""How the docker looks."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from typing import Any

from steps import edit, krita, select

from flexit.client import OutOfMemory
from flexit.krita.docker import Docker
from flexit.krita.plugin import active_docker
from flexit.krita.qt import Qt, QtWidgets
from flexit.model import language as words

OURS = "flexit"


def arrange(width: int, unfolded: bool = False, height: int = 900) -> Iterator[Any]:
    """Only the layers and our docker, at a width; how wide and high it is then."""
    window = krita.activeWindow().qwindow()
    window.showMaximized()
    docker = active_docker()
    layers = None
    for each in krita.dockers():
        if each.objectName() == "KisLayerBox":
            layers = each
        elif each is not docker and each.objectName() not in ("ToolBox", OURS):
            each.close()
    docker.show()
    docker.form.details._head.setChecked(unfolded)
    yield 0.5
    window.resizeDocks([docker, layers], [width, width], Qt.Orientation.Horizontal)
    window.resizeDocks([layers, docker], [100, height], Qt.Orientation.Vertical)
    yield 0.5
    return [docker.width(), docker.height()]


def rest() -> Iterator[Any]:
    """Nothing focused, the top in view."""
    docker = active_docker()
    docker.widget().verticalScrollBar().setValue(0)
    krita.activeWindow().qwindow().setFocus()
    yield 0.3


def theme(name: str) -> Iterator[Any]:
    """Switch to a theme at run time; the colours of the docker's text and ground."""
    themes = krita.action("theme_menu").menu().actions()
    next(each for each in themes if each.text().replace("&", "") == name).trigger()
    yield 1.0
    palette = active_docker().form.palette()
    return [palette.windowText().color().lightness(), palette.window().color().lightness()]


def clipped(width: int, language: str = "en") -> Iterator[Any]:
    """Texts that do not fit into their widgets, with everything shown, at a width."""
    docker = active_docker()
    if language != "en":
        docker = _another(language)
    docker.setFloating(True)
    docker.show()
    docker.form.details._head.setChecked(True)
    docker.resize(width, 900)
    yield 0.5
    inside = docker.widget().widget()
    found = []
    for widget in inside.findChildren(QtWidgets.QWidget):
        if not widget.isVisibleTo(inside):
            continue
        text = getattr(widget, "text", lambda: "")()
        if isinstance(widget, QtWidgets.QLabel) and not widget.wordWrap():
            needed = widget.fontMetrics().horizontalAdvance(text)
        elif isinstance(widget, (QtWidgets.QPushButton, QtWidgets.QToolButton)) and text:
            needed = widget.fontMetrics().horizontalAdvance(text.replace("&", "")) + 6
        else:
            continue
        if needed > widget.width():
            found.append([text, needed, widget.width()])
    outside = [
        widget.accessibleName() or type(widget).__name__
        for widget in inside.findChildren(QtWidgets.QWidget)
        if widget.isVisibleTo(inside)
        and widget.mapTo(inside, widget.rect().topRight()).x() > inside.width()
    ]
    wide = docker.width()
    docker.form.details._head.setChecked(False)
    docker.setFloating(False)
    if docker is not active_docker():
        docker.close()
        docker.deleteLater()
    yield 0.3
    return {"clipped": found, "outside": outside, "width": wide}


class Longer(gettext.NullTranslations):
    """A language whose texts are a third longer than English."""

    def gettext(self, message: str) -> str:
        """Such as `[Edit ··]`."""
        return f"{message} {'·' * (len(message) // 3)}"


def _another(language: str) -> Docker:
    """A docker in another language."""
    ours = active_docker()
    if language == "longer":
        words._translations = Longer()
    else:
        words.use_language(language)
    try:
        docker = Docker(ours._session, ours._watch)
        docker.setParent(krita.activeWindow().qwindow())
    finally:
        words.use_language()
    return docker


def results(number: int) -> Iterator[Any]:
    """Some results, for something to look at."""
    for seed in range(number):
        yield from edit(seed=seed)


def say_error() -> None:
    """An error, for something to look at."""
    words = ("There is too little memory for 4096 × 4096.", "Select a smaller part.")
    active_docker()._session.fail(OutOfMemory(*words, log="/nowhere/engine.jsonl"))


def open_picture(path: str, selection: list[int]) -> Iterator[Any]:
    """Open a picture and select a part of it."""
    document = krita.openDocument(path)
    krita.activeWindow().addView(document)
    krita.setActiveDocument(document)
    active_docker().focus()
    yield lambda: document.activeNode() is not None
    select(document, *selection)
    yield 1.0


def press(choices: dict[str, Any], until: int) -> Iterator[Any]:
    """Press the button and wait for a step."""
    docker = active_docker()
    docker.form.fill(docker.form.choices().replace(**choices))
    docker.run_row.button.click()
    yield lambda: docker._session.progress is not None and docker._session.progress.step >= until


def wait() -> Iterator[Any]:
    """Wait for the end."""
    yield lambda: not active_docker()._session.busy
    yield 1.0


def said() -> list[str]:
    """Some words of the docker and the menu."""
    docker = active_docker()
    form = docker.form
    action = krita.action("flexit_run").text()
    names = [form.source.accessibleName(), form.target.accessibleName()]
    return [*names, docker.run_row.button.text(), action]
