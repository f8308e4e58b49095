"""Empty files that say how an edit ended while the disk was too full for anything else."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path

from flexit_engine.service.protocol import Edit, State
from flexit_engine.worker.messages import Failure

MARKED: tuple[State, ...] = ("failed", "cancelled")
"""Ends after which an edit must not run again by itself. One that was done may: it is done at once
from its last step."""
FAILED = Failure(
    code="storage",
    message="The edit failed while the disk was full.",
    hint="Make room on the disk, and run it again.",
)


def leave(folder: Path, edit: Edit) -> None:
    """Note how an edit ended, if that matters."""
    if edit.state in MARKED:
        with suppress(OSError):
            _mark(folder, edit.state).touch()


def remove(folder: Path) -> None:
    """Take the notes back: all of it has been kept now."""
    for state in MARKED:
        with suppress(OSError):
            _mark(folder, state).unlink(missing_ok=True)


def obey(folder: Path, edit: Edit) -> None:
    """Give an edit the end that was noted."""
    for state in MARKED:
        if not edit.ended and _mark(folder, state).exists():
            edit.state, edit.finished = state, time.time()
            edit.error = FAILED if state == "failed" else None


def _mark(folder: Path, state: State) -> Path:
    return folder / f"ended-{state}"
