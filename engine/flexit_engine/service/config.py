"""What a service is started with."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from flexit_engine.isolation import python_words


@dataclass(frozen=True)
class Config:
    """Where a service keeps its things, and its limits."""

    data: Path
    """The data folder, see docs/service.md."""
    tcp: bool = False
    """Listen on a free port of 127.0.0.1 as well."""
    devices: tuple[str, ...] = ("auto",)
    """One worker for each; torch's names."""
    keep_alive: float = 300.0
    """Seconds an idle worker keeps its networks; −1 for ever."""
    idle_exit: float | None = None
    """Seconds without edits, requests and worker after which the service ends; None for never."""
    max_queued: int = 64
    """Edits that may wait; one more is refused."""
    keep_seconds: float = 7 * 24 * 3600.0
    """How long an ended edit is kept."""
    keep_bytes: int = 4 << 30
    """How much ended edits may take on the disk together."""
    worker: tuple[str, ...] = tuple(python_words(sys.executable, "flexit_engine.worker"))
    """The command of a worker process, to which its device is added."""
