"""How far something is that takes long: bytes, speed, time left."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

SECONDS_BETWEEN = 0.2
SECONDS_OF_SPEED = 5.0
"""The speed told is the one of the last seconds."""


@dataclass(frozen=True)
class Progress:
    """One moment of a task."""

    task: str
    """What is being done, for people."""
    done: int = 0
    """Bytes."""
    total: int | None = None
    """Bytes; None where nobody knows."""
    speed: float | None = None
    """Bytes a second."""

    @property
    def seconds_left(self) -> float | None:
        """None where it cannot be told."""
        if self.total is None or not (self.speed or self.done >= self.total):
            return None
        return (self.total - self.done) / self.speed if self.speed else 0.0


Tell = Callable[[Progress], None]


def tell_nobody(_progress: Progress) -> None:
    """For who does not care."""


class Meter:
    """Tells of a task's progress, a few times a second.

    Args:
        task: what is being done.
        total: bytes, None where nobody knows.
        tell: gets to hear of it.
        start: bytes that were there before; they do not count as fast.
    """

    def __init__(self, task: str, total: int | None, tell: Tell, start: int = 0) -> None:
        self.task = task
        self.total = total
        self._tell = tell
        self._told = 0.0
        self._seen = deque([(time.monotonic(), start)])
        tell(Progress(task, start, total))

    def reach(self, done: int, last: bool = False) -> None:
        """Say how many bytes there are now."""
        now = time.monotonic()
        if now - self._told < SECONDS_BETWEEN and not last:
            return
        self._told = now
        self._seen.append((now, done))
        while now - self._seen[0][0] > SECONDS_OF_SPEED and len(self._seen) > 2:
            self._seen.popleft()
        (then, before), elapsed = self._seen[0], now - self._seen[0][0]
        speed = (done - before) / elapsed if elapsed > SECONDS_BETWEEN / 2 and then < now else None
        self._tell(Progress(self.task, done, self.total, speed))
