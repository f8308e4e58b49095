"""Fifty edits, fifty cancels and ten deaths of the engine leave nothing behind."""

from __future__ import annotations

from pathlib import Path

from .host import Krita
from .watched import WatchedEngine

GROWTH = 0.03
"""By which memory may differ: Krita's own undo steps and caches."""


def test_very_many_edits_leave_nothing_behind(krita: Krita, data: Path) -> None:
    krita.run("endurance:begin")
    with WatchedEngine(data) as engine:
        states = [krita.run("endurance:edits", number=10, deadline=60) for _ in range(5)]
        assert len(engine.sent) == 50
    for _ in range(5):
        with WatchedEngine(data) as engine:
            engine.go_on.clear()
            states.append(krita.run("endurance:cancels", number=10, deadline=60))
            krita.run("steps:wait_until_idle")
            assert len(engine.cancelled) == len(engine.sent)
    for _ in range(10):
        with WatchedEngine(data) as engine:
            engine.go_on.clear()
            krita.run("endurance:press")
            engine.stand_in.stop()
            krita.run("session:error")
            krita.run("session:cancel_all")
    states.append(krita.run("endurance:state"))
    for state in states:
        assert state["layers"] == ["Background"]
        assert state["documents"] == 1
        assert not state["dialog"]
    assert states[-1]["files"] <= states[0]["files"] + 2
    early, late = states[2]["memory"], states[-1]["memory"]
    assert late < early * (1 + GROWTH), [state["memory"] for state in states]
