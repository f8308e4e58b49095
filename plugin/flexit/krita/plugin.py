"""What Krita sees of FlexIT: a docker in each window, and actions in its menu."""

from __future__ import annotations

from typing import Any

from krita import DockWidgetFactory, DockWidgetFactoryBase, Extension, Krita

from flexit.model import _

from .docker import Docker
from .engine_watch import EngineWatch
from .guard import report_to, slot
from .keeping import recipe_of
from .language import use_krita_language
from .qt import QtCore
from .refusal import Refusal
from .session import Session
from .tree import active_document, layer_of

DOCKER = "flexit"
MENU = "tools/scripts"


class FlexIT(Extension):
    """The session, and the actions on it."""

    def __init__(self, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        use_krita_language()
        self.session = Session()
        self.watch = EngineWatch(self.session.dispatch)
        report_to(self.session.report)

    def setup(self) -> None:
        """Krita calls this once."""

    def createActions(self, window: Any) -> None:  # noqa: ANN401, N802
        """Krita calls this for each window."""
        for name, text, call in (
            ("flexit_edit", _("FlexIT: edit by text…"), self._focus),
            ("flexit_run", _("FlexIT: run"), self._run),
            ("flexit_repeat", _("FlexIT: repeat last edit"), self._repeat),
            ("flexit_recall", _("FlexIT: use a layer's settings"), self._recall),
            ("flexit_cancel", _("FlexIT: cancel"), self._cancel),
            ("flexit_toggle", _("FlexIT: show/hide result"), self._toggle),
        ):
            action = window.createAction(name, text, MENU)
            action.triggered.connect(call)

    @slot
    def _focus(self, *_: object) -> None:
        docker = active_docker()
        if docker is not None:
            docker.focus()

    @slot
    def _run(self, *_: object) -> None:
        docker = active_docker()
        if docker is not None:
            docker.run()

    @slot
    def _repeat(self, *_: object) -> None:
        if self.session.history.entries:
            self.session.start(self.session.history.entries[0])
        else:
            self._focus()

    @slot
    def _recall(self, *_arguments: object) -> None:
        docker = active_docker()
        document = active_document()
        node = None if document is None else document.activeNode()
        recipe = None if node is None else recipe_of(document, layer_of(node))
        if recipe is None:
            self.session.report(
                Refusal(
                    _("This layer was not made by FlexIT, or its settings are gone."),
                    _("Select a layer that is the result of an edit."),
                )
            )
        elif docker is not None:
            docker.form.fill(recipe.choices)
            docker.focus()

    @slot
    def _cancel(self, *_: object) -> None:
        self.session.cancel()

    @slot
    def _toggle(self, *_: object) -> None:
        outcome = next((each for each in self.session.outcomes if each.shown_layer), None)
        if outcome is not None:
            self.session.toggle(outcome)


def active_docker() -> Docker | None:
    """The docker of the window the user works in."""
    krita = Krita.instance()
    window = krita.activeWindow()
    if window is None:
        return None
    main = window.qwindow()
    ours = (each for each in krita.dockers() if each.objectName() == DOCKER)
    return next((each for each in ours if each.window() in (main, each)), None)


def register() -> None:
    """Add all of it to Krita."""
    krita = Krita.instance()
    extension = FlexIT(krita)

    class WindowDocker(Docker):
        """What Krita makes one of for each window: it takes a class, and hands over nothing."""

        def __init__(self) -> None:
            super().__init__(extension.session, extension.watch)

    krita.addExtension(extension)
    krita.addDockWidgetFactory(
        DockWidgetFactory(DOCKER, DockWidgetFactoryBase.DockPosition.DockRight, WindowDocker)
    )
