"""Loaded networks, kept for the next edit of the same process."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flexit_engine.editor import Editor


@lru_cache(maxsize=1)
def load_editor(profile: str, device: str) -> Editor:
    """Load a profile's networks, or hand out those loaded last.

    Raises:
        WeightsError: a weight file is missing or broken.
        DeviceError: there is no such device.
    """
    from flexit_engine.editor import Editor

    return Editor.load(profile, device)


def drop_text_towers(editor: Editor) -> None:
    """Give back the text towers' memory once the texts are encoded; the next edit loads anew."""
    if not editor.profile.embedded:  # embedded ones take a few kilobytes
        load_editor.cache_clear()
        editor.drop_text_towers()
