"""How often a running edit is heard of."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from flexit_engine.worker import reporter
from flexit_engine.worker.messages import Box
from flexit_engine.worker.reporter import Reporter

STEPS = 100
BOX = Box(left=0, top=0, width=8, height=8)


@pytest.mark.parametrize(
    ("gap", "reports", "previews"), [(0.009, 10, 4), (0.07, 51, 21), (1.0, 100, 100)]
)
def test_often_enough_to_be_smooth_and_never_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gap: float, reports: int, previews: int
) -> None:
    now = [1000.0]
    monkeypatch.setattr(reporter.time, "monotonic", lambda: now[0])
    said: list[Any] = []
    order = SimpleNamespace(id="a", folder=tmp_path, settings=SimpleNamespace(steps=STEPS))
    channel = SimpleNamespace(report=said.append)
    telling = Reporter(cast(Any, channel), cast(Any, order), 0.0)
    for index in range(1, STEPS + 1):
        now[0] += gap
        step = SimpleNamespace(
            index=index, losses={}, understood=(), preview=np.zeros((8, 8, 3), np.uint8)
        )
        telling.step(cast(Any, step), BOX)
    kinds = [each.say for each in said]
    assert abs(kinds.count("progress") - reports) <= 1
    assert abs(kinds.count("preview") - previews) <= 1
    assert {each.kept for each in said if each.say == "progress"} >= {1, STEPS}
    assert said[-1].step == STEPS
