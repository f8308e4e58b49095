"""Layers made one after the other, in portions, and added together in one undo step."""

from __future__ import annotations

from collections.abc import Callable

from krita import Node

from flexit.client import Picture

from .keeping import keep_recipe
from .outcome import Outcome
from .qt import QtCore
from .result import Place, add_layers, build_layer
from .ticks import Work


class LayerAdder(QtCore.QObject):
    """Makes layers of outcomes. Nothing is in the picture before all of them are.

    Args:
        place: where they belong.
        on_added: called at the end.
        on_error: called instead where they cannot be added.
    """

    def __init__(
        self,
        place: Place,
        on_added: Callable[[], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        super().__init__()
        self._place = place
        self._on_added = on_added
        self._on_error = on_error
        self._waiting: list[tuple[Outcome, Picture]] = []
        self._built: list[tuple[Outcome, int | None, Node]] = []
        self._work: Work | None = None
        self._complete = False

    def add(self, outcome: Outcome, picture: Picture) -> None:
        """Make one more layer."""
        self._waiting.append((outcome, picture))
        self._go_on()

    def finish(self) -> None:
        """That was all: add them when they are made."""
        self._complete = True
        self._go_on()

    def stop(self) -> None:
        """Add nothing."""
        if self._work is not None:
            self._work.stop()
        self._waiting, self._built = [], []

    def _go_on(self) -> None:
        if self._work is not None:
            return
        if self._waiting:
            outcome, picture = self._waiting.pop(0)
            steps = build_layer(self._place, picture, outcome.name)
            self._work = Work(
                steps, lambda layer: self._note(outcome, picture.step, layer), self._fail
            )
        elif self._complete:
            self._add()

    def _note(self, outcome: Outcome, step: int | None, layer: Node) -> None:
        self._work = None
        self._built.append((outcome, step, layer))
        self._go_on()

    def _add(self) -> None:
        built, self._built = self._built, []
        if built:
            for outcome, step, layer in built:
                keep_recipe(self._place.document, layer, outcome.recipe(step))
            add_layers(self._place, [layer for _, _, layer in built], built[0][0].name)
            for outcome, _, layer in built:
                outcome.layer = layer
        self._on_added()

    def _fail(self, error: Exception) -> None:
        self._work = None
        self.stop()
        self._on_error(error)
