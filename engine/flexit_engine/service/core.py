"""What the calls of the API work on."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from flexit_engine.service.archive import Archive
from flexit_engine.service.scheduler import Scheduler


class Core(NamedTuple):
    """The parts of a running service."""

    archive: Archive
    scheduler: Scheduler
    log: str
    """Path of the log, which errors name."""
    started: float
    """Monotonic time."""
    shut_down: Callable[[], None]
    """Ends the service."""
    prove: Callable[[str], str]
    """Answers a nonce as only who has the token can."""
