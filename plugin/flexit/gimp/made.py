"""What a run has made: layers that can show any of their edits' steps, and can be gone on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from gi.repository import Gimp

from flexit.client import Picture
from flexit.model import Amount, Choices, Result, Task, _, more_steps

from .dispatch import Dispatcher
from .place import Place, is_in
from .refusal import Refusal
from .result import add_results, present, repaint


class Made:
    """The layers of one run.

    Args:
        place: where they belong.
        results: what they show; at least one.
        choices: what was wanted.
        on_picture: is handed what the first of them shows from now on.
        on_error: is told why a step cannot be shown.
    """

    def __init__(
        self,
        place: Place,
        results: Sequence[Result],
        choices: Choices,
        on_picture: Callable[[Picture], None],
        on_error: Callable[[Exception], None],
    ) -> None:
        self._choices = choices
        self._on_picture = on_picture
        self._on_error = on_error
        self._amounts: list[Amount] = []
        self._add(place, results)

    @property
    def top(self) -> Gimp.Layer:
        """The layer, or the group that holds several."""
        return self._added.top

    @property
    def steps(self) -> int:
        """How many steps they can show."""
        return max(map(_steps, self._results))

    def show(self, step: int) -> None:
        """Have all layers show a step, as soon as it is there."""
        self.shown = step
        for amount, result in zip(self._amounts, self._results):
            amount.show(min(step, _steps(result)))

    def tasks(self, steps: int) -> list[Task]:
        """What makes so many more steps of each."""
        return [more_steps(each.edit, each.request, steps)[0] for each in self._results]

    def go_on(self, results: Sequence[Result]) -> None:
        """Show more steps: in the layers there are, or in new ones if one of them is gone.

        Args:
            results: of `tasks`; of the first of them, where they ended early.
        """
        layers, place = self._added.layers, self._added.place
        if not all(is_in(layer, place.image) for layer in layers):
            self._add(place, results)
            return
        for layer, result in zip(layers, results):
            repaint(place, layer, result, self._choices)
        self._show([*results, *self._results[len(results) :]])

    def close(self) -> None:
        """No step is shown any more."""
        for amount in self._amounts:
            amount.close()

    def _add(self, place: Place, results: Sequence[Result]) -> None:
        self._added = add_results(place, results, self._choices)
        self.moved = present(self._added.place.image, place.image)
        """Whether they are in a new picture, because that of the source could not take them."""
        self._show(results)

    def _show(self, results: Sequence[Result]) -> None:
        self.close()
        self._results = list(results)
        self.shown = self.steps
        """The step that is shown, or soon will be."""
        dispatch = Dispatcher(self._on_error)
        self._amounts = [
            Amount(result.edit, partial(self._repaint, number), self._on_error, dispatch)
            for number, result in enumerate(results)
        ]
        Gimp.displays_flush()
        self._on_picture(self._results[0].picture)

    def _repaint(self, number: int, picture: Picture) -> None:
        place, layer = self._added.place, self._added.layers[number]
        if not is_in(layer, place.image):
            raise Refusal(
                _("The layer of this edit is not in the picture any more."), _("Run it again.")
            )
        repaint(place, layer, self._results[number]._replace(picture=picture), self._choices)
        Gimp.displays_flush()
        if number == 0:
            self._on_picture(picture)


def _steps(result: Result) -> int:
    return int(result.info["kept"] or 0)
