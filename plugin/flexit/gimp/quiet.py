"""Editing without a dialog: GIMP shows the progress, and its Cancel ends this process."""

from __future__ import annotations

from gi.repository import Gimp

from flexit.model import Choices, Preview, RunProgress, _
from flexit.model.words import progress_words

from .editing import check_texts, prepare_edit
from .result import add_results, present
from .sources import Source


class StatusBar:
    """Shows a run in the image window's status bar."""

    def __init__(self) -> None:
        Gimp.progress_init(_("FlexIT: edit by text"))

    def show_progress(self, progress: RunProgress) -> None:
        """It has come further."""
        Gimp.progress_set_text(progress_words(progress))
        if progress.fraction is None:
            Gimp.progress_pulse()
        else:
            Gimp.progress_update(progress.fraction)

    def show_preview(self, preview: Preview) -> None:
        """There is no room for it."""


def edit_quietly(source: Source, choices: Choices, somebody_looks: bool) -> Gimp.Layer:
    """Edit, and give back the new layer, or the group of several.

    Args:
        source: what to edit.
        choices: how.
        somebody_looks: whether a user has called, and no script.

    Raises:
        FlexITError: it cannot be done, or failed.
    """
    check_texts(choices)
    editing, place = prepare_edit(source, choices, StatusBar())
    editing.wait()
    Gimp.progress_end()
    added = add_results(place, editing.results, choices)
    Gimp.displays_flush()
    if somebody_looks:
        present(added.place.image, source.image)
    return added.top
