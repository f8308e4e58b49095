"""A log that is not washed away by one thing that happens again and again."""

from __future__ import annotations

import logging
import time
from collections.abc import Hashable

from pythonjsonlogger.core import RESERVED_ATTRS

OFTEN_ENOUGH = 3
"""Times a record is written within `SECONDS`."""
SECONDS = 60.0
REMEMBERED = 100
"""Different records."""


class Sparing(logging.Filter):
    """Drops records that say what others have just said; the next one counts them (`repeated`)."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[Hashable, tuple[float, int]] = {}
        """When a record was first written of late, and how often it has come since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write a record."""
        content, now = _content(record), time.monotonic()
        since, count = self._seen.get(content, (now, 0))
        if now - since > SECONDS:
            record.repeated = max(0, count - OFTEN_ENOUGH)
            since, count = now, 0
        if len(self._seen) >= REMEMBERED:
            self._seen.clear()
        self._seen[content] = since, count + 1
        return count < OFTEN_ENOUGH


def _content(record: logging.LogRecord) -> Hashable:
    """All that a record says, but for when."""
    extra = {name: value for name, value in vars(record).items() if name not in RESERVED_ATTRS}
    error = record.exc_info[1] if record.exc_info else None
    return record.name, record.levelno, record.getMessage(), repr(error), repr(extra)
