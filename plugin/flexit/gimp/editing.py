"""One edit, from the layer to the new layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from gi.repository import Gimp

from flexit.client import FlexITError
from flexit.model import Choices, Result, _, new_edits, requests_of

from .pixels import read_pixels
from .result import Added, Place, add_results
from .running import Editing, Watcher
from .sources import Source

CLIENT = "gimp"


class Edited(NamedTuple):
    """An edit that was made."""

    place: Place
    choices: Choices
    results: list[Result]
    added: Added


def edit(
    source: Source,
    choices: Choices,
    watcher: Watcher,
    on_start: Callable[[Editing], None] = lambda _editing: None,
) -> Edited | None:
    """Edit a source, and add what comes of it to the picture.

    Args:
        source: what to edit.
        choices: how.
        watcher: sees how it gets on.
        on_start: is handed the run, to cancel it.

    Returns:
        None where it was cancelled.

    Raises:
        FlexITError: it cannot be done, or failed.
    """
    check_texts(choices)
    pixels = read_pixels(source, choices)
    place = Place.of(source, pixels)
    # GIMP's own Cancel kills this process: the engine then sees nobody following any more.
    requests = requests_of(
        choices,
        pixels.format,
        masked=pixels.mask is not None,
        client=CLIENT,
        on_disconnect="cancel",
    )
    editing = Editing(new_edits(requests, pixels.data, pixels.mask), watcher)
    on_start(editing)
    results = editing.wait()
    if not results:
        return None
    added = add_results(place, results, choices)
    Gimp.displays_flush()
    return Edited(place, choices, results, added)


def check_texts(choices: Choices) -> None:
    """Make sure that there is something to do.

    Raises:
        FlexITError: there is not.
    """
    if not choices.target:
        raise FlexITError(_("It is not said what it should become."), _("Type a word or two."))
