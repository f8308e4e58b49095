"""The slider through the steps of an edit."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from flexit.client import Edit, Engine, FlexITError, NotFound
from flexit.model import Amount

from ..client.stand_in import DEADLINE, Exchange, wait_until
from .scripted import Scripted


def test_the_slider_fetches_the_latest_step_that_was_wanted(scripted: Scripted) -> None:
    begun, go_on = threading.Event(), threading.Event()

    def wait(_: Exchange) -> None:
        begun.set()
        assert go_on.wait(DEADLINE)

    scripted.on_result = wait
    shown: list[int | None] = []
    calls: list[Callable[[], None]] = []
    amount = Amount(
        Edit(Engine(scripted.stand_in.folder), "1"),
        lambda picture: shown.append(picture.step),
        lambda error: pytest.fail(str(error)),
        calls.append,
    )
    amount.show(1)
    assert begun.wait(DEADLINE)
    for number in (2, 3, 4):
        amount.show(number)
    go_on.set()
    wait_until(lambda: len(calls) == 2)
    for call in calls:
        call()
    assert shown == [1, 4]
    amount.close()
    amount.show(5)
    for call in calls:
        call()
    assert shown == [1, 4]


def test_a_step_that_is_not_there_is_an_error(scripted: Scripted) -> None:
    def refuse(exchange: Exchange) -> None:
        words = {"code": "not_found", "message": "Not kept.", "hint": "", "log": ""}
        exchange.answer({"error": words}, 404)
        raise BrokenPipeError

    scripted.on_result = refuse
    errors: list[FlexITError] = []
    calls: list[Callable[[], None]] = []
    edit = Edit(Engine(scripted.stand_in.folder), "1")
    Amount(edit, lambda _: pytest.fail("there is a picture"), errors.append, calls.append).show(3)
    wait_until(lambda: calls)
    calls[0]()
    assert isinstance(errors[0], NotFound)
