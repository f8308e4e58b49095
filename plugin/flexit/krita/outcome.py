"""A result as the docker lists it."""

from __future__ import annotations

from dataclasses import dataclass

from krita import Document, Node

from flexit.client import Edit, EditInfo, EditRequest
from flexit.model import Choices, Recipe, Result, layer_name

from .images import result_image
from .qt import QtGui
from .result import Place
from .tree import is_in_tree


@dataclass
class Outcome:
    """One result, and the newest layer that was made of it. Its pixels stay in the engine."""

    edit: Edit
    info: EditInfo
    request: EditRequest
    place: Place
    choices: Choices
    """As the user made them, with the result's own seed."""
    before: QtGui.QImage
    """What the networks looked at."""
    image: QtGui.QImage
    """The same, as it became."""
    layer: Node | None = None

    @classmethod
    def of(cls, result: Result, place: Place, choices: Choices, before: QtGui.QImage) -> Outcome:
        """The outcome of a run's result."""
        info = result.info
        image = result_image(result.picture, info["box"])
        own = choices.replace(seed=result.seed, variants=1)
        return cls(result.edit, info, result.request, place, own, before, image)

    @property
    def name(self) -> str:
        """What its layers are called."""
        return layer_name(self.choices.source, self.choices.target, self.choices.seed or 0)

    @property
    def steps(self) -> int:
        """How many it took."""
        return int(self.info["settings"]["steps"])

    @property
    def document(self) -> Document:
        """The picture that its layer is in."""
        return self.place.document

    @property
    def shown_layer(self) -> Node | None:
        """Its layer, unless that was undone or deleted."""
        return self.layer if is_in_tree(self.layer) else None

    def recipe(self, step: int | None) -> Recipe:
        """How its layer is made.

        Args:
            step: the step that the layer shows.
        """
        info = self.info
        region = self.place.region
        return Recipe(self.choices, info["settings"], region, info["id"], step, info["version"])
