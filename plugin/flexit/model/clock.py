"""How far a run is over all its variants, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from .listener import RunProgress


class RunClock:
    """Follows the variants of a run.

    Args:
        variants: how many there are.
    """

    def __init__(self, variants: int) -> None:
        self.variant = 1
        """The one that is running, from 1."""
        self._variants = variants
        self._reached: float | None = None
        self._began = 0.0

    def begin_variant(self, number: int) -> None:
        """Note that one begins."""
        self.variant = number
        self._began = 0.0

    def at_stage(self, stage: str, position: int | None = None) -> RunProgress:
        """Progress where the engine has not said anything yet."""
        return self._progress(stage, None, position=position)

    def at(self, progress: Mapping[str, Any]) -> RunProgress:
        """Progress as the engine says it."""
        step, steps = int(progress["step"]), int(progress["steps"])
        stage, left = str(progress["stage"]), progress["seconds_left"]
        part = step / steps if stage in ("step", "composing") and steps else None
        understood = tuple(map(str, progress.get("understood", ())))
        told = self._progress(stage, part, step, steps, self._left(stage, left))
        return told._replace(understood=understood)

    def finished(self) -> RunProgress:
        """The variant is there and is being fetched."""
        return self._progress("fetching", 1.0)

    def _progress(
        self,
        stage: str,
        part: float | None,
        step: int = 0,
        steps: int = 0,
        seconds_left: float | None = None,
        position: int | None = None,
    ) -> RunProgress:
        """`part` is how much of the variant is done; what was reached is never taken back."""
        if part is not None:
            whole = (self.variant - 1 + part) / self._variants
            self._reached = max(self._reached or 0.0, whole)
        return RunProgress(
            stage,
            self.variant,
            self._variants,
            step,
            steps,
            self._reached,
            seconds_left,
            position,
        )

    def _left(self, stage: str, left: float | None) -> float | None:
        if stage not in ("encoding", "step", "composing"):
            return None
        now = time.monotonic()
        self._began = self._began or now
        if left is None:
            return None
        return left + (self._variants - self.variant) * (now - self._began + left)
