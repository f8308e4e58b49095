"""What an engine says before its log is open, and what it says in dying."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path

from flexit_engine.errors import EngineUnreachable, FlexITError, StorageError, error_from
from flexit_engine.service.private import write_private

STARTUP_LOG = "startup.log"
ROOM_TO_START = 1 << 18
"""Bytes on the disk that an engine writes before it answers."""


def last_words(path: Path, code: int) -> FlexITError:
    """Why an engine ended at once: its own error, or the last line of what it said."""
    try:
        _check_room(path.with_name("room"))
    except StorageError as error:  # on a full disk it could not say why
        return error
    lines: list[str] = []
    with suppress(OSError):
        lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    said = lines[-1] if lines else f"exit code {code}"
    try:
        failure = json.loads(said)
        hint = f"{failure['hint']} See {str(path)!r}.".strip()
        return error_from(failure["code"], failure["message"], hint)
    except (ValueError, TypeError, KeyError):
        return EngineUnreachable(f"The engine ended at its start: {said}.", f"See {str(path)!r}.")


def _check_room(path: Path) -> None:
    write_private(path, " " * ROOM_TO_START)
    path.unlink(missing_ok=True)
