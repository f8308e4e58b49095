"""A follower calls back with all that still matters, once ends, and is silent after `close`."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from flexit.client import (
    RAW,
    Address,
    Died,
    Edit,
    Engine,
    Event,
    FlexITError,
    Follower,
    NotFound,
    OutOfMemory,
    Silent,
    WrongVersion,
)
from flexit.client.discovery import read_address

from .conftest import Stand
from .stand_in import DEADLINE, Exchange, StandIn, edit_facts, wait_until

PREVIEW = {"step": 8, "box": {"left": 0, "top": 0, "width": 2, "height": 3}}
RGB = {
    "Content-Type": RAW,
    "FlexIT-Width": 2,
    "FlexIT-Height": 3,
    "FlexIT-Channels": "RGB",
    "FlexIT-Depth": "uint8",
    "FlexIT-Step": 8,
}


class Heard:
    """What a follower called back with."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.errors: list[FlexITError] = []
        self.ended = threading.Event()

    def on_event(self, event: Event) -> None:
        self.events.append(event)
        if event.ended:
            self.ended.set()

    def on_error(self, error: FlexITError) -> None:
        self.errors.append(error)
        self.ended.set()

    @property
    def kinds(self) -> list[str]:
        return [event.kind for event in self.events]


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def follow(engine: Engine, heard: Heard) -> Iterator[Callable[..., Follower]]:
    """Starts a follower, and ends it with the test."""
    with ExitStack() as followers:

        def start(**options: Any) -> Follower:  # noqa: ANN401
            call = options.pop("on_event", heard.on_event)
            follower = Follower(Edit(engine, "abc"), call, heard.on_error, **options).start()
            followers.callback(lambda: follower.join(DEADLINE))
            followers.callback(follower.close)
            return follower

        yield start


def play(*kinds: str) -> Callable[[Exchange], None]:
    """A script that sends these events and closes."""

    def send(exchange: Exchange) -> None:
        exchange.begin_events()
        for number, kind in enumerate(kinds, 1):
            exchange.send_event(kind, edit_facts(), number)

    return send


def test_events_come_in_their_order_and_the_thread_ends(
    stand: Stand, heard: Heard, follow: Callable[..., Follower]
) -> None:
    there = stand(play("state", "progress", "preview", "done", "state"))
    follower = follow()
    assert follower.join(DEADLINE)
    assert heard.kinds == ["state", "progress", "preview", "done"]
    assert heard.events[0].data == edit_facts()
    assert not heard.errors
    assert [exchange.path for exchange in there.seen] == ["/v1/edits/abc/events"]
    assert there.seen[0].headers["accept"] == "text/event-stream"
    assert "last-event-id" not in there.seen[0].headers


def test_a_chunked_stream_is_followed_as_it_comes(
    stand: Stand, heard: Heard, follow: Callable[..., Follower]
) -> None:
    goes_on = threading.Event()

    def send(exchange: Exchange) -> None:
        exchange.send_head({"Transfer-Encoding": "chunked"})
        exchange.send(b"13\r\nevent: state\ndata: \r\n")
        exchange.send(b"4\r\n{}\n\n\r\n")
        assert goes_on.wait(DEADLINE)
        exchange.send(b"17\r\nevent: done\rdata: {}\r\r: \r\n0\r\n\r\n")

    stand(send)
    follow()
    wait_until(lambda: heard.kinds == ["state"])
    goes_on.set()
    assert heard.ended.wait(DEADLINE)
    assert heard.kinds == ["state", "done"]


def test_a_failed_edit_ends_with_its_error(
    stand: Stand, heard: Heard, follow: Callable[..., Follower]
) -> None:
    error = {"code": "out_of_memory", "message": "Too large.", "hint": "", "log": ""}

    def send(exchange: Exchange) -> None:
        exchange.begin_events()
        exchange.send_event("failed", edit_facts(state="failed", error=error))

    stand(send)
    assert follow().join(DEADLINE)
    assert isinstance(heard.events[-1].error, OutOfMemory)


def test_what_a_newer_engine_says_besides_is_passed_over(
    stand: Stand, heard: Heard, follow: Callable[..., Follower]
) -> None:
    stand(play("news", "done"))
    assert follow().join(DEADLINE)
    assert heard.kinds == ["done"]


class TestReconnecting:
    def test_a_dropped_connection_goes_on_after_the_last_event(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        scripts = iter([play("state", "progress"), play(), play("done")])
        there = stand(lambda exchange: next(scripts)(exchange))
        assert follow().join(DEADLINE)
        assert heard.kinds == ["state", "progress", "done"]
        ids = [exchange.headers.get("last-event-id") for exchange in there.seen]
        assert ids == [None, "2", "2"]

    def test_half_an_event_is_forgotten_with_its_connection(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        def cut(exchange: Exchange) -> None:
            exchange.begin_events()
            exchange.send(b"id: 7\r\nevent: done\r\ndata: {}\r\n")

        scripts = iter([cut, play("state", "cancelled")])
        there = stand(lambda exchange: next(scripts)(exchange))
        assert follow().join(DEADLINE)
        assert heard.kinds == ["state", "cancelled"]
        assert "last-event-id" not in there.seen[1].headers

    def test_a_restarted_engine_is_found_by_its_new_address(
        self, folder: Path, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        def stay(exchange: Exchange) -> None:
            play("state")(exchange)
            exchange.wait_for_close()

        with StandIn(folder, stay, token="first"):  # noqa: S106
            follow()
            wait_until(lambda: heard.kinds)
        with StandIn(folder, play("done"), tcp=True, token="second") as second:  # noqa: S106
            assert heard.ended.wait(DEADLINE)
        assert second.seen[-1].headers["authorization"] == "Bearer second"
        assert heard.kinds == ["state", "done"]
        assert not heard.errors

    def test_an_engine_that_stays_away_is_given_up(
        self, folder: Path, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        with StandIn(folder, play("state")) as there:
            follower = follow(patience=0.5)
            wait_until(lambda: heard.kinds)
        assert follower.join(DEADLINE)
        assert [type(error) for error in heard.errors] == [Died]
        assert heard.errors[0].log == there.facts["log"]

    def test_an_engine_that_only_ever_closes_is_given_up(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        there = stand(play())
        assert follow(patience=1.0).join(DEADLINE)
        assert [type(error) for error in heard.errors] == [Silent]
        assert 2 < len(there.seen) < 8  # after ever longer pauses

    def test_every_sign_of_life_gives_it_new_patience(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        scripts = iter([*[play("progress")] * 6, play("done")])
        stand(lambda exchange: next(scripts)(exchange))
        assert follow(patience=0.3).join(DEADLINE)  # six pauses of 0.1 seconds
        assert (len(heard.events), heard.errors) == (7, [])

    def test_the_token_of_an_earlier_start_is_tried_again(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        def refuse(exchange: Exchange) -> None:
            exchange.answer({"error": {"code": "unauthorised", "message": "No."}}, 401)

        scripts = iter([refuse, play("done")])
        stand(lambda exchange: next(scripts)(exchange))
        assert follow().join(DEADLINE)
        assert (heard.kinds, heard.errors) == (["done"], [])

    def test_an_edit_that_is_gone_is_given_up_at_once(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        error = {"error": {"code": "not_found", "message": "There is no such edit."}}
        there = stand(lambda exchange: exchange.answer(error, 404))
        assert follow().join(DEADLINE)
        assert [type(error) for error in heard.errors] == [NotFound]
        assert len(there.seen) == 1

    def test_an_engine_of_another_protocol_is_given_up_at_once(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        stand(play("done"), protocol=2)
        assert follow().join(DEADLINE)
        assert [type(error) for error in heard.errors] == [WrongVersion]


class TestClosing:
    @pytest.fixture
    def closed(self, stand: Stand) -> threading.Event:
        """Set when an engine that has no more to say has seen the client close."""
        seen = threading.Event()

        def stay(exchange: Exchange) -> None:
            play("state")(exchange)
            exchange.wait_for_close()
            seen.set()

        stand(stay)
        return seen

    def test_the_engine_sees_it_before_its_silence_could_end_it(
        self, closed: threading.Event, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        follower = follow()
        wait_until(lambda: heard.kinds)
        follower.close()
        assert closed.wait(DEADLINE)
        assert follower.join(DEADLINE)
        assert (heard.kinds, heard.errors) == (["state"], [])

    @pytest.mark.usefixtures("closed")
    def test_calls_that_were_dispatched_before_are_not_made_any_more(
        self, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        calls: queue.Queue[Callable[[], None]] = queue.Queue()
        follower = follow(dispatch=calls.put)
        call = calls.get(timeout=DEADLINE)
        follower.close()
        call()
        assert (heard.events, heard.errors) == ([], [])

    @pytest.mark.usefixtures("closed")
    def test_a_callback_may_close(self, heard: Heard, follow: Callable[..., Follower]) -> None:
        def close(event: Event) -> None:
            heard.on_event(event)
            followers[0].close()

        followers: list[Follower] = []
        begun = threading.Event()
        followers.append(follow(on_event=close, dispatch=lambda call: begun.wait() and call()))
        begun.set()
        assert followers[0].join(DEADLINE)
        assert (heard.kinds, heard.errors) == (["state"], [])

    @pytest.mark.usefixtures("closed")
    def test_a_callback_that_runs_in_another_thread_is_waited_for(
        self, follow: Callable[..., Follower]
    ) -> None:
        entered, leave, steps = threading.Event(), threading.Event(), []

        def work(_event: Event) -> None:
            entered.set()
            assert leave.wait(DEADLINE)
            steps.append("worked")

        follower = follow(on_event=work)
        assert entered.wait(DEADLINE)
        closing = threading.Thread(target=lambda: (follower.close(), steps.append("closed")))
        closing.start()
        leave.set()
        closing.join(DEADLINE)
        assert steps == ["worked", "closed"]

    def test_it_ends_a_pause_before_the_next_attempt(
        self,
        engine: Engine,
        heard: Heard,
        follow: Callable[..., Follower],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def count() -> Address:
            attempts.append(1)
            return read_address(engine.folder)  # there is none

        attempts: list[int] = []
        monkeypatch.setattr(engine, "address", count)
        follower = follow()
        wait_until(lambda: len(attempts) == 4)  # the next would come after 0.8 seconds
        follower.close()
        assert follower.join(DEADLINE)
        assert (len(attempts), heard.errors) == (4, [])

    def test_it_ends_the_wait_for_an_answer(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        there = stand(lambda exchange: exchange.wait_for_close())
        follower = follow()
        wait_until(lambda: there.seen)
        follower.close()
        assert follower.join(DEADLINE)
        assert heard.errors == []

    def test_it_ends_a_connection_that_is_just_being_made(
        self,
        stand: Stand,
        engine: Engine,
        follow: Callable[..., Follower],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def close() -> Address:
            assert begun.wait(DEADLINE)
            follower.close()
            return read_address(engine.folder)

        begun = threading.Event()
        monkeypatch.setattr(engine, "address", close)
        there = stand(play("state"))
        follower = follow()
        begun.set()
        assert follower.join(DEADLINE)
        assert there.seen == []

    def test_it_may_be_called_twice_and_after_the_end(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        stand(play("done"))
        follower = follow()
        assert follower.join(DEADLINE)
        follower.close()
        follower.close()
        assert heard.kinds == ["done"]


def test_calls_are_made_where_they_are_dispatched_to(
    stand: Stand, follow: Callable[..., Follower], heard: Heard
) -> None:
    threads = []

    def note(event: Event) -> None:
        threads.append(threading.current_thread())
        heard.on_event(event)

    calls: queue.Queue[Callable[[], None]] = queue.Queue()
    stand(play("state", "done"))
    follow(on_event=note, dispatch=calls.put)
    for _ in range(2):
        call = calls.get(timeout=DEADLINE)
        assert call() is None  # type: ignore[func-returns-value]  # else GLib makes it again
    assert threads == [threading.main_thread()] * 2
    assert heard.kinds == ["state", "done"]


class TestPreviews:
    def test_they_are_fetched_when_asked_for(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        def send(exchange: Exchange) -> None:
            if exchange.path.endswith("/preview"):
                exchange.answer(bytes(range(18)), headers=RGB)
            else:
                exchange.begin_events()
                exchange.send_event("preview", PREVIEW)
                exchange.send_event("done", edit_facts(), 2)

        stand(send)
        assert follow(previews=True).join(DEADLINE)
        preview, done = heard.events
        assert preview.data == PREVIEW
        assert preview.picture is not None
        assert (preview.picture.data, preview.picture.step) == (bytes(range(18)), 8)
        assert done.picture is None

    @pytest.mark.parametrize("headers", [{}, {**RGB, "Content-Length": 18}])
    def test_one_that_is_gone_or_cut_off_holds_nothing_up(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower], headers: dict[str, Any]
    ) -> None:
        def send(exchange: Exchange) -> None:
            if exchange.path.endswith("/preview"):
                exchange.answer(b"{}", 200 if headers else 404, headers)
            else:
                play("preview", "done")(exchange)

        stand(send)
        assert follow(previews=True).join(DEADLINE)
        assert heard.kinds == ["preview", "done"]
        assert heard.events[0].picture is None

    def test_they_are_not_fetched_otherwise(
        self, stand: Stand, heard: Heard, follow: Callable[..., Follower]
    ) -> None:
        there = stand(play("preview", "done"))
        assert follow().join(DEADLINE)
        assert heard.events[0].picture is None
        assert len(there.seen) == 1
