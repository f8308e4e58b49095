"""Recipes, kept in the document beside its layers."""

from __future__ import annotations

from krita import Document, Node

from flexit.model import Recipe

from .qt import QtCore

PREFIX = "flexit/"


def keep_recipe(document: Document, layer: Node, recipe: Recipe) -> None:
    """Keep how a layer is made. To be called before the layer is added.

    The document counts as modified only by the layer: so undo takes it back to unmodified.
    """
    modified = document.modified()
    text = QtCore.QByteArray(recipe.as_json().encode())
    document.setAnnotation(PREFIX + layer.uniqueId().toString(), "FlexIT recipe", text)
    document.setModified(modified)


def recipe_of(document: Document, layer: Node) -> Recipe | None:
    """How a layer was made, if it is one of ours."""
    name = PREFIX + layer.uniqueId().toString()
    if name not in document.annotationTypes():
        return None
    return Recipe.from_json(bytes(document.annotation(name)))
