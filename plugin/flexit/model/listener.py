"""What a run tells while it goes on."""

from __future__ import annotations

from typing import NamedTuple

from flexit.client import Box, Edit, EditInfo, EditRequest, FlexITError, Picture

STAGES = (
    "reading",
    "connecting",
    "sending",
    "queued",
    "loading",
    "encoding",
    "step",
    "composing",
    "fetching",
)
"""In the order they come in, `reading` the layer by the host itself; an edit may be queued again
when the engine was restarted."""


class RunProgress(NamedTuple):
    """How far a run is."""

    stage: str
    """One of `STAGES`."""
    variant: int = 1
    """From 1."""
    variants: int = 1
    step: int = 0
    steps: int = 0
    fraction: float | None = None
    """0…1 over all variants, never falling; None: not known yet."""
    seconds_left: float | None = None
    """Of all variants; None: not known yet."""
    position: int | None = None
    """Edits before this one, while it is queued."""
    understood: tuple[str, ...] = ()
    """What texts were taken for, as `dog → Chihuahua`."""


class Preview(NamedTuple):
    """What the networks see now."""

    picture: Picture
    """Raw `RGB`, `uint8`, small."""
    box: Box
    """The part of what was sent that it shows."""
    variant: int


class Result(NamedTuple):
    """One variant, finished."""

    edit: Edit
    info: EditInfo
    request: EditRequest
    picture: Picture
    """Raw, as large as what was sent and in its format."""
    variant: int

    @property
    def seed(self) -> int:
        """What makes it differ from its siblings."""
        return int(self.info["settings"]["seed"])


class Listener:
    """Hears of a run: override what is of interest. All calls come through its `dispatch`."""

    def on_progress(self, progress: RunProgress) -> None:
        """It has come further."""

    def on_preview(self, preview: Preview) -> None:
        """There is a newer picture."""

    def on_result(self, result: Result) -> None:
        """A variant is finished."""

    def on_error(self, error: FlexITError) -> None:
        """It has failed: after this only `on_end` comes."""

    def on_end(self) -> None:
        """Nothing comes after this. A run that was cancelled says nothing more, not even this."""
