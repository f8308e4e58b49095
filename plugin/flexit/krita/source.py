"""What an edit starts from: which layer, which part of it, and whether it can be edited at all."""

from __future__ import annotations

from typing import NamedTuple

from krita import Document, Node, Selection

from flexit.model import Choices, Region, _, seen_region
from flexit.model.choices import VISIBLE

from .colour import Space, space_of
from .refusal import Refusal
from .tree import active_document, bounds_of, canvas_of, groups_around, layer_of


class Source(NamedTuple):
    """What is read, and where its result belongs."""

    document: Document
    node: Node
    """The layer above which the result goes; with `Choices.input` = `layer` also what is read."""
    visible: bool
    """Whether the picture is read as it is seen, instead of the layer alone."""
    region: Region
    """What is read: all that the networks look at."""
    selection: Selection | None
    """None: all of `region` is edited."""
    edited: Region
    """The part of `region` that the result covers: the bounds of the selection."""
    space: Space
    """Of the pixels that are read."""


def choose_source(choices: Choices, glance: bool = False) -> Source:
    """What an edit would start from now.

    Args:
        choices: what is wanted.
        glance: have the selection itself, in place of a copy with a soft edge: a copy of a large
            one takes its time.

    Raises:
        Refusal: nothing here can be edited.
    """
    document = active_document()
    if document is None:
        raise Refusal(_("No picture is open."), _("Open or create one."))
    active = document.activeNode()
    if active is None:
        raise Refusal(_("No layer is chosen."), _("Click a layer in the Layers docker."))
    node = layer_of(active)
    _check_place(node)
    visible = choices.input == VISIBLE
    if not visible:
        _check_layer(node)
    canvas = canvas_of(document)
    area = canvas if visible else canvas & bounds_of(node)
    if not area:
        raise Refusal(
            _("The layer {name} is empty.").format(name=_quoted(node)),
            _("Choose another layer, or edit the visible image."),
        )
    selection = document.selection() if glance else _copy(document.selection(), choices.feather)
    if selection is not None and not _selection_bounds(selection):
        raise Refusal(_("The selection is empty."), _("Select a part of the picture."))
    edited = area if selection is None else _edited(document, area, selection)
    region = area if selection is None else seen_region(edited, canvas, choices.context)
    space = space_of(document if visible else node)
    return Source(document, node, visible, region, selection, edited, space)


def _check_place(node: Node) -> None:
    """Make sure that a new layer above a node would be seen.

    Raises:
        Refusal: it would not.
    """
    for group in groups_around(node):
        if not group.visible():
            raise Refusal(
                _("The layer lies in a hidden group."),
                _("Show the group {name} first.").format(name=_quoted(group)),
            )
        if group.locked():
            raise Refusal(
                _("The layer lies in a locked group."),
                _("Unlock the group {name} first.").format(name=_quoted(group)),
            )


def _check_layer(node: Node) -> None:
    """Make sure that a layer by itself is a picture.

    Raises:
        Refusal: it is not.
    """
    if not node.visible():
        raise Refusal(
            _("The layer {name} is hidden.").format(name=_quoted(node)),
            _("Show it, or choose another layer."),
        )
    through = node.type() == "grouplayer" and node.passThroughMode()
    if node.type() == "filterlayer" or through:
        raise Refusal(
            _("The layer {name} has no picture of its own.").format(name=_quoted(node)),
            _("Choose another layer, or edit the visible image."),
        )


def _copy(selected: Selection | None, feather: int) -> Selection | None:
    """A copy of the selection, faded inwards from its edge."""
    if selected is None:
        return None
    copy = selected.duplicate()
    if feather:
        copy.shrink(feather, feather, False)
        copy.feather(feather)
        copy.intersect(selected)
    return copy


def _edited(document: Document, area: Region, selection: Selection) -> Region:
    """What of the picture is selected.

    Raises:
        Refusal: nothing of what would be edited.
    """
    selected = _selection_bounds(selection) & canvas_of(document)
    if not selected & area:
        raise Refusal(
            _("The selection lies beside the layer."),
            _("Select a part of the layer, or edit the visible image."),
        )
    return selected


def _selection_bounds(selection: Selection) -> Region:
    return Region(selection.x(), selection.y(), selection.width(), selection.height())


def _quoted(node: Node) -> str:
    name = node.name()
    return "“" + (name if len(name) <= 40 else name[:39] + "…") + "”"
