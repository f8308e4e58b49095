"""How far a run is."""

from __future__ import annotations

import pytest

from flexit.model.clock import RunClock


def at(clock: RunClock, stage: str, step: int, left: float | None = None) -> float | None:
    progress = {"stage": stage, "step": step, "steps": 10, "seconds_left": left, "losses": {}}
    return clock.at(progress).fraction


def test_nothing_is_known_before_the_first_step() -> None:
    clock = RunClock(2)
    assert clock.at_stage("queued", 3).fraction is None
    assert at(clock, "loading", 0) is None


def test_the_fraction_goes_over_all_variants_and_ends_at_one() -> None:
    clock = RunClock(2)
    assert at(clock, "step", 5) == pytest.approx(0.25)
    clock.begin_variant(2)
    assert at(clock, "encoding", 0) == pytest.approx(0.25)
    assert at(clock, "step", 5) == pytest.approx(0.75)
    assert clock.finished().fraction == 1


def test_the_fraction_never_falls() -> None:
    clock = RunClock(1)
    assert at(clock, "step", 8) == pytest.approx(0.8)
    assert at(clock, "step", 2) == pytest.approx(0.8)


def test_the_time_left_is_that_of_all_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("flexit.model.clock.time.monotonic", lambda: now[0])
    clock = RunClock(3)
    at(clock, "encoding", 0)
    now[0] += 2.0
    progress = {"stage": "step", "step": 5, "steps": 10, "seconds_left": 2.0}
    assert clock.at(progress).seconds_left == pytest.approx(2 + 2 * 4)
    clock.begin_variant(3)
    assert clock.at(progress).seconds_left == pytest.approx(2)
