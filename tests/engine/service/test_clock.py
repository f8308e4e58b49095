"""A clock that is set wrong, ahead or back, loses no edit."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Start
from .running import Running
from .test_storage import NOTHING_IS_FRESH, finish, kept

HOUR = 3600.0
DAY = 24 * HOUR


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """The file that says by how many seconds the clock of a service is wrong."""
    file = tmp_path / "clock"
    file.write_text("0")
    return file


def restarted(engine: Running, start: Start, **config: object) -> Running:
    engine.stop()
    return start(data=engine.data, **config)


def test_a_clock_that_is_set_back_makes_no_new_edit_an_old_one(start: Start, clock: Path) -> None:
    config = {"keep_bytes": 60_000, "clock": str(clock), "constants": NOTHING_IS_FRESH}
    engine = start(**config)
    before = [finish(engine, seed) for seed in range(2)]
    clock.write_text(str(-2 * HOUR))
    after = [finish(engine, seed) for seed in range(2, 6)]
    assert after[-1] in kept(engine)
    assert before[0] not in kept(engine)


@pytest.mark.parametrize("days", [-30, 8, 300])
def test_a_clock_that_is_set_while_the_engine_runs_removes_nothing(
    start: Start, clock: Path, days: float
) -> None:
    engine = start(clock=str(clock), constants=NOTHING_IS_FRESH)
    before = finish(engine)
    clock.write_text(str(days * DAY))
    after = [finish(engine) for _ in range(2)]
    assert kept(engine) == {before, *after}
    clock.write_text("0")
    assert kept(restarted(engine, start, clock=str(clock))) == {before, *after}


@pytest.mark.parametrize("days", [-30, 8, 300])
def test_a_clock_that_is_wrong_at_the_start_removes_nothing(
    start: Start, clock: Path, days: float
) -> None:
    engine = start(clock=str(clock))
    before = {finish(engine) for _ in range(2)}
    clock.write_text(str(days * DAY))
    config = {"clock": str(clock), "constants": NOTHING_IS_FRESH}
    wrong = restarted(engine, start, **config)
    assert kept(wrong) == before
    finish(wrong)
    assert before < kept(wrong)


def test_what_has_just_ended_stays_until_it_can_have_been_fetched(start: Start) -> None:
    engine = start(keep_bytes=0, keep_seconds=0)
    edits = {finish(engine, seed) for seed in range(3)}
    assert kept(engine) == edits
