"""Slots that never let an exception out: Krita would open a dialog for it."""

from __future__ import annotations

import functools
from typing import Any, Callable

from .dispatch import note

Report = Callable[[BaseException], None]
_report: list[Report] = []


def report_to(report: Report) -> None:
    """Where exceptions of slots go from now on."""
    _report[:] = [report]


def slot(function: Callable[..., Any]) -> Callable[..., None]:
    """A function that Qt or Krita may call: what it raises is reported and goes no further."""

    @functools.wraps(function)
    def guarded(*arguments: Any, **named: Any) -> None:  # noqa: ANN401
        try:
            function(*arguments, **named)
        except Exception as fault:
            note(fault)
            for report in _report:
                report(fault)

    return guarded
