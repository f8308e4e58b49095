"""Which sets of networks are missing, as the engine that runs says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from flexit.client import Engine, NotRunning
from flexit.model import Networks

from ..client.stand_in import DEADLINE, Exchange, StandIn, wait_until

CALLS = list[Callable[[], None]]


def make_calls(calls: CALLS) -> None:
    """As the GUI thread does, as soon as there is one."""
    wait_until(lambda: calls)
    while calls:
        calls.pop(0)()


def test_whoever_wants_to_know_is_told_when_others_are_missing(tmp_path: Path) -> None:
    missing = {"paper"}

    def answer(exchange: Exchange) -> None:
        names = ("mini", "paper", "paper5")
        exchange.answer([{"name": name, "installed": name not in missing} for name in names])

    calls: CALLS = []
    told: list[frozenset[str]] = []
    with StandIn(tmp_path, answer):
        networks = Networks(
            lambda: told.append(networks.missing), calls.append, lambda: Engine(tmp_path)
        )
        for _ in range(2):
            networks.ask()
            make_calls(calls)
        missing.add("paper5")
        networks.ask()
        make_calls(calls)
        assert told == [{"paper"}, {"paper", "paper5"}]
        missing.clear()
        networks.close()
        networks.ask()
        make_calls(calls)
        assert len(told) == 2


def test_without_an_engine_nothing_is_known_to_be_missing() -> None:
    def find() -> Engine:
        raise NotRunning("None.", "Start one.")

    calls: CALLS = []
    told: list[None] = []
    networks = Networks(lambda: told.append(None), calls.append, find)
    networks.ask()
    make_calls(calls)
    assert networks.missing == frozenset()
    assert told == []


def test_while_it_asks_it_does_not_ask_again() -> None:
    asked: list[None] = []
    go_on = threading.Event()

    def find() -> Engine:
        asked.append(None)
        assert go_on.wait(DEADLINE)
        raise NotRunning("None.", "Start one.")

    calls: CALLS = []
    networks = Networks(lambda: None, calls.append, find)
    networks.ask()
    networks.ask()
    go_on.set()
    make_calls(calls)
    assert len(asked) == 1
