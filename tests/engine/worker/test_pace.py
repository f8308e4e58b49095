"""How long the rest will take."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable

import pytest

from flexit_engine.worker.pace import Pace


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, in its only element."""
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    return now


def guesses(
    clock: list[float], gaps: Iterable[float], composing: float = 0.0
) -> list[tuple[float | None, float]]:
    """After each step the guess, and the truth."""
    gaps = list(gaps)
    pace, told = Pace(len(gaps), composing), []
    pace.step_taken()
    for step, gap in enumerate(gaps, start=1):
        clock[0] += gap
        pace.step_taken()
        told.append((pace.seconds_left(step), sum(gaps[step:]) + composing))
    return told


def worst_after_a_quarter(told: list[tuple[float | None, float]]) -> float:
    """The largest error relative to the truth, where more than a blink is left."""
    late = told[len(told) // 4 :]
    return max(abs((guess or 0) - truth) / truth for guess, truth in late if truth > 0.5)


def test_nothing_is_guessed_from_nothing(clock: list[float]) -> None:
    told = guesses(clock, [1.0] * 5)
    assert told[0][0] is None
    assert told[1][0] == pytest.approx(3.0)


def test_steady_steps_are_told_exactly(clock: list[float]) -> None:
    for guess, truth in guesses(clock, [0.25] * 40, composing=1.5)[1:]:
        assert guess == pytest.approx(truth, abs=0.01)


def test_a_slow_start_is_forgotten_by_a_quarter(clock: list[float]) -> None:
    assert worst_after_a_quarter(guesses(clock, [8.0, 3.0] + [0.2] * 158)) < 0.3


def test_a_hiccup_is_not_taken_for_the_pace(clock: list[float]) -> None:
    rng = random.Random(2)  # noqa: S311
    gaps = [0.2 * rng.uniform(0.8, 1.2) for _ in range(160)]
    gaps[60] = 1.0
    told = guesses(clock, gaps)
    after = [(guess, truth) for guess, truth in told[60:62]]
    assert all(guess is not None and abs(guess - truth) < 0.3 * truth for guess, truth in after)
    assert worst_after_a_quarter(told) < 0.3


def test_what_comes_at_every_few_steps_is_counted_in(clock: list[float]) -> None:
    gaps = [0.1 if step % 4 else 0.25 for step in range(160)]  # a preview
    assert worst_after_a_quarter(guesses(clock, gaps)) < 0.3


def test_a_pace_that_changes_is_followed(clock: list[float]) -> None:
    told = guesses(clock, [0.1] * 80 + [0.3] * 80)
    guess, truth = told[80 + Pace.RECENT]
    assert guess == pytest.approx(truth, rel=0.05)
