"""How long the rest of an edit will take."""

from __future__ import annotations

import time
from statistics import median


class Pace:
    """Measures steps, and guesses from the recent ones.

    Args:
        steps: of the whole edit.
        composing: seconds that writing the result is expected to take.
    """

    RECENT = 16
    """Steps a guess looks at: the first ones, slower than the rest, are soon forgotten."""

    def __init__(self, steps: int, composing: float) -> None:
        self._steps = steps
        self._composing = composing
        self._times: list[float] = []

    def step_taken(self) -> None:
        """Note the time."""
        self._times = [*self._times[-self.RECENT :], time.monotonic()]

    def seconds_left(self, step: int) -> float | None:
        """Until the result is there; None before two steps have been timed."""
        if len(self._times) < 3:
            return None
        gaps = [after - before for before, after in zip(self._times, self._times[1:], strict=False)]
        # The middle for a hiccup, the mean for what comes back at every few steps.
        step_time = (median(gaps) + sum(gaps) / len(gaps)) / 2
        return round((self._steps - step) * step_time + self._composing, 2)
