"""One press of the button, against an engine that does what the test says."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from flexit.client import Busy, Died, Engine, FlexITError, NotInstalled, PixelFormat, WorkerDied
from flexit.model import Choices, Run, more_steps, new_edits, requests_of

from ..client.stand_in import DEADLINE, Exchange
from .scripted import DONE, Log, Scripted, step

PIXEL = b"\x0a\x14\x1e\xff"


def run_of(log: Log, variants: int = 1, seed: int = 7, mask: bytes | None = None) -> Run:
    choices = Choices("dog", "cat", variants=variants, seed=seed)
    requests = requests_of(
        choices, PixelFormat(1, 1, "BGRA"), masked=mask is not None, client="test"
    )
    return Run(new_edits(requests, PIXEL, mask), log, log.dispatch)


def test_variants_come_one_after_the_other_and_each_is_fetched(scripted: Scripted) -> None:
    log = Log()
    run = run_of(log, variants=2, mask=b"\x80").start()
    log.hear()
    assert run.join(DEADLINE)
    assert [result.seed for result in log.of("result")] == [7, 8]
    assert [result.variant for result in log.of("result")] == [1, 2]
    assert [bytes(result.picture.data) for result in log.of("result")] == [b"\x63\0\0\xff"] * 2
    assert not scripted.cancelled
    assert [log.heard[0][0], log.heard[-1][0]] == ["progress", "end"]
    assert all(PIXEL in body and b"\r\n\r\n\x80\r\n" in body for body in scripted.bodies)


def test_stages_are_told_in_order_and_the_bar_ends_full(scripted: Scripted) -> None:
    scripted.happenings = [
        ("state", {"state": "queued", "position": 2}),
        ("progress", {"stage": "loading", "step": 0, "steps": 4, "seconds_left": None}),
        step(2),
        step(4),
        DONE,
    ]
    log = Log()
    run_of(log).start()
    log.hear()
    told = [(each.stage, each.fraction, each.position) for each in log.of("progress")]
    assert told == [
        ("connecting", None, None),
        ("sending", None, None),
        ("queued", None, 2),
        ("loading", None, None),
        ("step", 0.5, None),
        ("step", 1.0, None),
        ("fetching", 1.0, None),
    ]


def test_previews_are_handed_on_with_what_they_show(scripted: Scripted) -> None:
    box = {"left": 0, "top": 0, "width": 1, "height": 1}
    scripted.happenings = [("preview", {"step": 1, "box": box}), DONE]
    log = Log()
    run_of(log).start()
    log.hear()
    (preview,) = log.of("preview")
    assert (bytes(preview.picture.data), preview.box) == (b"\1\2\3", box)


def test_cancel_ends_it_at_once_and_leaves_nothing(scripted: Scripted) -> None:
    scripted.happenings = [step(1)]
    log = Log()
    run = run_of(log, variants=3).start()
    log.hear(until=lambda: [each for each in log.of("progress") if each.stage == "step"])
    before = list(log.heard)
    run.cancel()
    assert run.join(DEADLINE)
    log.hear_rest()
    assert log.heard == before
    assert scripted.cancelled == ["1"]
    assert len(scripted.submitted) == 1


def test_cancel_while_the_picture_is_sent_cancels_what_was_sent(scripted: Scripted) -> None:
    arrived, go_on = threading.Event(), threading.Event()

    def wait(_: Exchange) -> None:
        arrived.set()
        assert go_on.wait(DEADLINE)

    scripted.on_submit = wait
    log = Log()
    run = run_of(log).start()
    assert arrived.wait(DEADLINE)
    run.cancel()
    go_on.set()
    assert run.join(DEADLINE)
    log.hear_rest()
    assert scripted.cancelled == ["1"]
    assert not log.heard


def test_cancel_while_an_engine_is_started_sends_nothing(scripted: Scripted) -> None:
    go_on = threading.Event()

    def find() -> Engine:
        assert go_on.wait(DEADLINE)
        return Engine.find()

    log = Log()
    run = Run(run_of(log).rest(), log, log.dispatch, find).start()
    run.cancel()
    go_on.set()
    assert run.join(DEADLINE)
    assert not scripted.submitted


def test_a_failed_edit_tells_why_and_ends(scripted: Scripted) -> None:
    failure = {"code": "worker_died", "message": "It died.", "hint": "Again.", "log": "/log"}
    scripted.happenings = [("failed", {"state": "failed", "error": failure})]
    log = Log()
    run_of(log, variants=2).start()
    log.hear()
    (error,) = log.of("error")
    assert isinstance(error, WorkerDied)
    assert (error.message, error.log) == ("It died.", "/log")
    assert len(scripted.submitted) == 1


def test_an_edit_cancelled_from_elsewhere_is_an_error(scripted: Scripted) -> None:
    scripted.happenings = [("cancelled", {"state": "cancelled"})]
    log = Log()
    run_of(log).start()
    log.hear()
    assert "elsewhere" in log.of("error")[0].message


def test_a_refused_edit_tells_why(scripted: Scripted) -> None:
    def refuse(exchange: Exchange) -> None:
        words = {"code": "busy", "message": "Too many.", "hint": "Later.", "log": ""}
        exchange.read_body()
        exchange.answer({"error": words}, 429, {"Retry-After": 9})
        raise BrokenPipeError

    scripted.on_submit = refuse
    log = Log()
    run_of(log).start()
    log.hear()
    assert isinstance(log.of("error")[0], Busy)


def test_no_engine_at_all_is_told() -> None:
    def find() -> Engine:
        raise NotInstalled("There is none.")

    log = Log()
    Run(run_of(log).rest(), log, log.dispatch, find).start()
    log.hear()
    assert isinstance(log.of("error")[0], NotInstalled)


def test_an_engine_that_dies_is_told_soon_and_the_rest_can_be_resumed(scripted: Scripted) -> None:
    scripted.happenings = [step(1)]
    log = Log()
    run = run_of(log, variants=2).start()
    log.hear(until=lambda: [each for each in log.of("progress") if each.stage == "step"])
    scripted.stand_in.stop()
    log.hear()
    assert isinstance(log.of("error")[0], Died)
    assert not log.of("result")

    folder = scripted.stand_in.folder
    again = Scripted(folder)
    again.submitted = list(scripted.submitted)
    with again:
        more = Log()
        Run(run.rest(), more, more.dispatch).start()
        more.hear()
        assert not more.of("error")
        assert [result.seed for result in more.of("result")] == [7, 8]
        assert len(again.submitted) == 2, "what the engine had begun is not asked for twice"


def test_a_finished_edit_goes_on_for_more_steps(scripted: Scripted) -> None:
    log = Log()
    run_of(log).start()
    log.hear()
    (result,) = log.of("result")
    more = Log()
    Run(more_steps(result.edit, result.request, 40), more, more.dispatch).start()
    more.hear()
    assert scripted.continued == [40]
    assert more.of("result")[0].edit.id == result.edit.id


def test_a_fault_of_ours_is_told_and_not_swallowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults: list[Any] = []
    monkeypatch.setattr(threading, "excepthook", faults.append)

    def find() -> Engine:
        raise ZeroDivisionError("by nought")

    log = Log()
    run = Run(run_of(log).rest(), log, log.dispatch, find).start()
    log.hear()
    assert run.join(DEADLINE)
    (error,) = log.of("error")
    assert type(error) is FlexITError
    assert "ZeroDivisionError: by nought" in error.message
    assert len(faults) == 1
