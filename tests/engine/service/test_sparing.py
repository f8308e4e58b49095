"""What happens again and again is written a few times, and then counted."""

from __future__ import annotations

import logging

import pytest

from flexit_engine.service import sparing
from flexit_engine.service.sparing import OFTEN_ENOUGH, SECONDS, Sparing


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time, to be moved."""
    moment = [1000.0]
    monkeypatch.setattr(sparing.time, "monotonic", lambda: moment[0])
    return moment


def record(message: str, *words: object, error: Exception | None = None) -> logging.LogRecord:
    about = None if error is None else (type(error), error, None)
    return logging.LogRecord("engine", logging.ERROR, "x.py", 1, message, words, about)


@pytest.mark.usefixtures("now")
def test_the_same_words_pass_a_few_times_only() -> None:
    spare = Sparing()
    passed = [spare.filter(record("no %s", "files", error=OSError("full"))) for _ in range(500)]
    assert passed == [True] * OFTEN_ENOUGH + [False] * (500 - OFTEN_ENOUGH)


@pytest.mark.usefixtures("now")
def test_other_words_pass_always_also_in_between() -> None:
    spare = Sparing()
    for number in range(500):
        spare.filter(record("no files"))
        assert spare.filter(record("edit ended %d", number))
    ended = record("edit ended")
    for number in range(500):
        ended.edit = number
        assert spare.filter(ended)
    assert spare.filter(record("no files", error=OSError("of another kind")))


def test_later_they_pass_again_and_say_how_many_did_not(now: list[float]) -> None:
    spare = Sparing()
    for _ in range(50):
        spare.filter(record("no files"))
    now[0] += SECONDS + 1
    later = record("no files")
    assert spare.filter(later)
    assert vars(later)["repeated"] == 50 - OFTEN_ENOUGH
