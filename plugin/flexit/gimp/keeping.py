"""The recipe that stays with a result's layer, in the file as well."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import NamedTuple

from gi.repository import Gimp

from flexit.model import Recipe

PARASITE = "flexit-edit"
SOURCE = "flexit-source"
"""Names the layer that was edited: a tattoo stays the same when an image is saved and loaded."""


class Kept(NamedTuple):
    """What a layer knows of its making."""

    recipe: Recipe
    source: Gimp.Layer | None
    """The layer that was edited, if it is still there."""


def keep(layer: Gimp.Layer, recipe: Recipe, source: Gimp.Layer | None) -> None:
    """Attach a recipe to a layer; an undo step where that is in an image already."""
    _attach(layer, PARASITE, recipe.as_json())
    if source is not None:
        _attach(layer, SOURCE, json.dumps(source.get_tattoo()))


def kept_with(layer: Gimp.Layer) -> Kept | None:
    """What was kept with a layer; None where it is no result of ours."""
    parasite = layer.get_parasite(PARASITE)
    recipe = None if parasite is None else Recipe.from_json(_text(parasite))
    return None if recipe is None else Kept(recipe, _source(layer))


def _attach(layer: Gimp.Layer, name: str, text: str) -> None:
    # One that cannot be undone would stand in the way of everything that was done before.
    flags = Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE
    layer.attach_parasite(Gimp.Parasite.new(name, flags, text.encode("ascii")))


def _source(layer: Gimp.Layer) -> Gimp.Layer | None:
    parasite = layer.get_parasite(SOURCE)
    if parasite is not None:
        with suppress(ValueError, TypeError, OverflowError):
            return layer.get_image().get_layer_by_tattoo(json.loads(_text(parasite)))
    return None


def _text(parasite: Gimp.Parasite) -> str:
    return bytes(parasite.get_data()).rstrip(b"\0").decode("ascii", "replace")
