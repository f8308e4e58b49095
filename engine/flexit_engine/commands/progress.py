"""The progress bar: steps, loss terms and time left."""

from __future__ import annotations

import textwrap
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Protocol

from tqdm import tqdm

SECONDS_BETWEEN_LOSSES = 0.2
"""Reading a loss waits for the device, so it is not done at every step."""
FORMAT = "{desc} {percentage:3.0f}% |{bar}| {n:.0f}/{total:.0f}{unit} [{elapsed}, {remaining} left]"


class HasLosses(Protocol):
    """A step, as far as the bar shows it."""

    @property
    def losses(self) -> Mapping[str, float]:
        """The terms of Eq. 5 by name."""
        ...


class Progress:
    """A bar on stderr, or nothing at all.

    Args:
        total: where it ends.
        unit: what is counted.
        label: what is being done.
        shown: false keeps it silent.
    """

    def __init__(self, total: int, unit: str, label: str, shown: bool) -> None:
        self._bar = tqdm(
            total=total,
            unit=f" {unit}",
            desc=textwrap.shorten(label, 40, placeholder="…"),
            disable=not shown,
            mininterval=SECONDS_BETWEEN_LOSSES,
            bar_format=FORMAT + "{postfix}",
            dynamic_ncols=True,
        )
        self._losses_shown = 0.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.close()

    def reach(self, position: float, rows: Sequence[HasLosses] = ()) -> None:
        """Move to a position; `rows` are the steps whose mean losses may be shown."""
        if self._bar.disable:
            return
        now = time.monotonic()
        if rows and now - self._losses_shown >= SECONDS_BETWEEN_LOSSES:
            self._losses_shown = now
            self._bar.set_postfix_str(_mean_losses(rows), refresh=False)
        self._bar.update(position - self._bar.n)


def _mean_losses(rows: Sequence[HasLosses]) -> str:
    means = {name: sum(row.losses[name] for row in rows) / len(rows) for name in rows[0].losses}
    return "  ".join(f"{name} {value:.3f}" for name, value in means.items())
