"""Server-sent events arrive whole, however the bytes were cut up."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flexit.client.errors import OutOfMemory
from flexit.client.events import LARGEST, Event, EventParser, Message, event_of

STREAM = (
    ": ping\n\n"
    "id: a.1\nevent: state\ndata: {}\n\n"
    "event: progress\r\ndata:1\r\ndata: 2\r\nid: a.2\r\n\r\n"
    "event: preview\rdata: é\r\r"
    "junk\nretry: 5\n: comment\ndata\n\n"
    "id: a.3\n\n"
    "event: done\ndata: cut off\n"
).encode()
MESSAGES = [
    Message("state", "{}"),
    Message("progress", "1\n2"),
    Message("preview", "é"),
    Message("", ""),
]


def parse(*pieces: bytes) -> tuple[list[Message], str]:
    parser = EventParser()
    found = [message for piece in pieces for message in parser.feed(piece)]
    return found, parser.last_id


def test_all_kinds_of_line_ends_comments_and_junk_are_understood() -> None:
    assert parse(STREAM) == (MESSAGES, "a.3")


@pytest.mark.parametrize("cut", range(len(STREAM)))
def test_a_cut_anywhere_changes_nothing(cut: int) -> None:
    assert parse(STREAM[:cut], STREAM[cut:]) == (MESSAGES, "a.3")


def test_nothing_between_the_halves_of_a_line_end_changes_nothing() -> None:
    assert parse(b"data: a\r", b"", b"\ndata: b\r\n\r\n") == ([Message("", "a\nb")], "")


@given(st.lists(st.integers(0, len(STREAM)), max_size=40))
def test_many_cuts_change_nothing(cuts: list[int]) -> None:
    edges = [0, *sorted(cuts), len(STREAM)]
    pieces = [STREAM[start:end] for start, end in pairwise(edges)]
    assert parse(*pieces) == (MESSAGES, "a.3")


@given(st.lists(st.binary(max_size=30), max_size=20))
def test_any_bytes_are_survived_and_the_next_event_arrives(pieces: list[bytes]) -> None:
    found, last = parse(*pieces, b"\n\nid: 7\nevent: done\ndata: {}\n\n")
    assert (found[-1], last) == (Message("done", "{}"), "7")


@pytest.mark.parametrize("line", [b"data: ", b": ", b"event: ", b"x"])
def test_an_endless_line_is_passed_over_in_little_memory(line: bytes) -> None:
    parser = EventParser()
    parser.feed(b"id: 1\nevent: state\ndata: {}\n\nid: 2\n" + line)
    tracemalloc.start()
    for _ in range(200):
        assert parser.feed(b"x" * (1 << 16)) == []
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3 * LARGEST
    assert parser.feed(b"\n\n") == []
    assert parser.last_id == "1"
    assert parser.feed(b"event: done\ndata: {}\n\n") == [Message("done", "{}")]


def test_endless_short_lines_are_one_event_too_long() -> None:
    parser = EventParser()
    for _ in range(40):
        assert parser.feed(b"data: x\n" * 20_000) == []
    assert parser.feed(b"\n") == []
    assert parser.feed(b"data: x\n\n") == [Message("", "x")]


def test_comments_that_go_on_for_ever_take_no_room() -> None:
    parser = EventParser()
    for _ in range(40):
        parser.feed(b": ping\n" * 10_000)
    assert parser.feed(b"event: done\ndata: {}\n\n") == [Message("done", "{}")]


@pytest.mark.parametrize("bad", ["x" * 257, "é", "a\x00b"])
def test_an_id_that_fits_into_no_header_is_not_kept(bad: str) -> None:
    found, last = parse(b"id: 1\ndata: a\n\n", f"id: {bad}\ndata: b\n\n".encode())
    assert ([message.data for message in found], last) == (["a", "b"], "1")


def test_an_earlier_id_is_kept_until_there_is_a_newer_one() -> None:
    parser = EventParser("9")
    parser.feed(b"data: a\n\n")
    assert parser.last_id == "9"
    parser.feed(b"id: 10\n")
    assert parser.last_id == "9"
    parser.feed(b"\n")
    assert parser.last_id == "10"


@pytest.mark.parametrize(
    "message",
    [
        Message("news", "{}"),
        Message("done", "[1]"),
        Message("done", "{"),
        Message("done", "[" * 100_000),
        Message("", "{}"),
    ],
)
def test_what_says_nothing_we_know_is_no_event(message: Message) -> None:
    assert event_of(message) is None


def test_a_failed_edit_says_why() -> None:
    failure = {"code": "out_of_memory", "message": "Too large.", "hint": "Use less.", "log": "/l"}
    event = Event("failed", {"error": failure})
    assert isinstance(event.error, OutOfMemory)
    assert (str(event.error), event.error.log) == ("Too large. Use less.", "/l")
    assert event.ended
    assert Event("done", {"error": failure}).error is None
    assert not Event("state", {}).ended
