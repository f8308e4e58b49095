"""One request over one connection, to engines that behave and engines that do not."""

from __future__ import annotations

import json
import selectors
import threading
import tracemalloc
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

import pytest
from python_multipart import parse_form

from flexit.client import (
    BadAnswer,
    Busy,
    Died,
    Edit,
    EditRequest,
    Engine,
    EngineUnreachable,
    FlexITError,
    PictureError,
    Silent,
    TooLarge,
)
from flexit.client import answer as answer_module

from .conftest import Stand
from .stand_in import DEADLINE, Exchange, edit_facts

MEGABYTE = 1 << 20
REQUEST = EditRequest("dog", source="cat")

over_both = pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])


@over_both
def test_a_request_carries_the_token_and_a_loopback_host(
    stand: Stand, engine: Engine, tcp: bool
) -> None:
    there = stand(lambda exchange: exchange.answer({"unloaded": 2}), tcp=tcp)
    assert engine.unload() == 2
    (exchange,) = there.seen
    assert (exchange.method, exchange.path) == ("POST", "/v1/unload")
    assert exchange.headers["authorization"] == "Bearer secret"
    assert exchange.headers["host"].split(":")[0] == "127.0.0.1"
    assert exchange.headers["content-length"] == "0"
    assert "origin" not in exchange.headers


@pytest.mark.parametrize("mask", [None, bytearray(b"\x00\xff"), memoryview(b"\r\n--" * 9)])
def test_picture_and_selection_arrive_as_they_were(
    stand: Stand, engine: Engine, mask: bytearray | memoryview | None
) -> None:
    image = bytes(range(256)) * 4096 + b"\r\n--"
    bodies = []

    def read(exchange: Exchange) -> None:
        bodies.append(parts(exchange.headers, exchange.read_body()))
        exchange.answer(edit_facts(), 202)

    stand(read)
    assert engine.submit(REQUEST, image, mask).id == "abc"
    expected = {"request": json.dumps(REQUEST.as_json()).encode(), "image": image}
    assert bodies == [expected if mask is None else {**expected, "mask": bytes(mask)}]
    assert list(bodies[0]) == ["request", "image", "mask"][: len(bodies[0])]


@over_both
def test_pixels_are_not_copied_to_be_sent(stand: Stand, engine: Engine, tcp: bool) -> None:
    def read(exchange: Exchange) -> None:
        rest, place = int(exchange.headers["content-length"]), bytearray(MEGABYTE)
        while rest:
            rest -= exchange.read_into(memoryview(place)[:rest])
        exchange.answer(edit_facts(), 202)

    stand(read, tcp=tcp)
    image, mask = bytes(64 * MEGABYTE), bytearray(16 * MEGABYTE)
    _, peak = peak_of(lambda: engine.submit(REQUEST, image, mask))
    assert peak < 4 * MEGABYTE


@over_both
@pytest.mark.parametrize("reads", [False, True])
def test_an_engine_that_refuses_before_it_has_read_all_is_heard(
    stand: Stand, engine: Engine, tcp: bool, reads: bool
) -> None:
    def refuse(exchange: Exchange) -> None:
        if reads:
            exchange.read_into(bytearray(3 * MEGABYTE))
        exchange.answer({"error": {"code": "too_large", "message": "Too large."}}, 413)

    stand(refuse, tcp=tcp)
    with pytest.raises(TooLarge, match="Too large"):
        engine.submit(REQUEST, bytes(32 * MEGABYTE), timeout=60)


def test_a_refusal_is_heard_though_the_engine_neither_reads_on_nor_closes(
    stand: Stand, engine: Engine
) -> None:
    def refuse(exchange: Exchange) -> None:
        error = {"code": "busy", "message": "64 edits are waiting.", "hint": "Wait."}
        exchange.answer({"error": error}, 429, {"Retry-After": "10"})
        refused.wait(DEADLINE)

    refused = threading.Event()
    stand(refuse)
    with pytest.raises(Busy) as refusal:
        engine.submit(REQUEST, bytes(32 * MEGABYTE), timeout=60)
    refused.set()
    assert refusal.value.retry_after == 10
    assert str(refusal.value) == "64 edits are waiting. Wait."


def test_a_refusal_is_heard_though_sending_fails_first(
    stand: Stand, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "EVENT_READ", 0)  # as if it came after one had looked
    error = {"error": {"code": "too_large", "message": "Too large."}}
    stand(lambda exchange: exchange.answer(error, 413))
    with pytest.raises(TooLarge):
        engine.submit(REQUEST, bytes(32 * MEGABYTE), timeout=60)


def test_an_engine_that_does_not_take_the_pixels_is_given_up(stand: Stand, engine: Engine) -> None:
    given_up = threading.Event()
    stand(lambda _: given_up.wait(DEADLINE))
    with pytest.raises(Silent, match=r"not answered for 0\.2 seconds"):
        engine.submit(REQUEST, bytes(32 * MEGABYTE), timeout=0.2)
    given_up.set()


@over_both
def test_silence_ends_in_an_error(stand: Stand, engine: Engine, tcp: bool) -> None:
    there = stand(never, tcp=tcp)
    with pytest.raises(Silent, match=r"0\.2 seconds") as error:
        engine.health(timeout=0.2)
    assert error.value.hint
    assert error.value.log == there.facts["log"]


def test_silence_within_an_answer_ends_in_an_error(stand: Stand, engine: Engine) -> None:
    def stop(exchange: Exchange) -> None:
        exchange.send_head({"Content-Length": 100})
        exchange.send(b"[")
        never(exchange)

    stand(stop)
    with pytest.raises(Silent):
        engine.edits(timeout=0.2)


def test_an_engine_whose_socket_is_left_over_has_died(stand: Stand, engine: Engine) -> None:
    there = stand(never)
    there.stop()
    with pytest.raises(Died) as error:
        engine.health()
    assert error.value.log == there.facts["log"]


BROKEN = {
    "nothing": b"",
    "half a body": b"HTTP/1.1 200 so\r\nContent-Length: 9\r\n\r\n[1",
    "half a chunk": b"HTTP/1.1 200 so\r\nTransfer-Encoding: chunked\r\n\r\n9\r\n[1",
    "no last chunk": b"HTTP/1.1 200 so\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n[]\r\n",
}
BAD = {
    "half a status line": b"HTTP/1.1 20",
    "half a head": b"HTTP/1.1 200 so\r\nContent-Le",
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n\r\n",
    "junk": bytes(range(255, -1, -1)) * 4,
    "a strange status": b"HTTP/1.1 x so\r\n\r\n",
    "a long line": b"HTTP/1.1 200 so\r\nA: " + b"x" * 100_000,
    "many headers": b"HTTP/1.1 200 so\r\n" + b"A: b\r\n" * 1000 + b"\r\n",
    "a page": b"HTTP/1.1 200 so\r\nContent-Length: 6\r\n\r\n<html>",
    "a deep list": b"HTTP/1.1 200 so\r\nContent-Length: 100000\r\n\r\n" + b"[" * 100_000,
    "not what was asked for": b"HTTP/1.1 200 so\r\nContent-Length: 2\r\n\r\n{}",
    "a wrong chunk": b"HTTP/1.1 200 so\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n]]\r\n0\r\n\r\n",
    "a page instead of an error": b"HTTP/1.1 502 so\r\nContent-Length: 3\r\n\r\nno!",
    "an error without a reason": b"HTTP/1.1 500 so\r\nContent-Length: 2\r\n\r\n{}",
    "a list for an error": b"HTTP/1.1 500 so\r\nContent-Length: 2\r\n\r\n[]",
    "an empty error": b'HTTP/1.1 500 so\r\nContent-Length: 12\r\n\r\n{"error": {}}',
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_is_cut_off_says_so(stand: Stand, engine: Engine, data: bytes) -> None:
    stand(lambda exchange: exchange.send(data))
    with pytest.raises(Silent, match="broke off"):
        engine.edits(timeout=60)


@pytest.mark.parametrize("data", BAD.values(), ids=BAD)
def test_what_is_no_answer_of_an_engine_says_so(stand: Stand, engine: Engine, data: bytes) -> None:
    stand(lambda exchange: exchange.send(data))
    with pytest.raises(BadAnswer) as error:
        engine.edits(timeout=60)
    assert error.value.hint


def test_a_chunk_of_less_than_nothing_is_an_error_of_the_tree(stand: Stand, engine: Engine) -> None:
    head = b"HTTP/1.1 200 so\r\nTransfer-Encoding: chunked\r\n\r\n"
    stand(lambda exchange: exchange.send(head + b"-5\r\n[]"))
    with pytest.raises(EngineUnreachable):  # which one depends on the version of Python
        engine.edits(timeout=60)


@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_without_end_is_not_read(
    stand: Stand, engine: Engine, monkeypatch: pytest.MonkeyPatch, chunked: bool
) -> None:
    monkeypatch.setattr(answer_module, "LARGEST_JSON", MEGABYTE)

    def go_on(exchange: Exchange) -> None:
        kind = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": 1 << 40}
        exchange.send_head(kind)
        while True:
            exchange.send(b"10000\r\n" + b" " * (1 << 16) + b"\r\n")

    stand(go_on)
    with pytest.raises(BadAnswer):
        engine.edits(timeout=60)


def test_the_engines_words_are_passed_on(stand: Stand, engine: Engine) -> None:
    error = {"code": "picture", "message": "No picture.", "hint": "Send one.", "log": "/a/log"}
    stand(lambda exchange: exchange.answer({"error": error}, 400))
    with pytest.raises(PictureError) as refusal:
        engine.ready()
    assert (refusal.value.message, refusal.value.hint) == ("No picture.", "Send one.")
    assert refusal.value.log == "/a/log"


def test_an_error_of_a_newer_engine_keeps_its_code(stand: Stand, engine: Engine) -> None:
    there = stand(
        lambda exchange: exchange.answer({"error": {"code": "new", "message": "Oh."}}, 418)
    )
    with pytest.raises(FlexITError, match="Oh") as refusal:
        engine.ready()
    assert (type(refusal.value), refusal.value.code) == (FlexITError, "new")
    assert refusal.value.log == there.facts["log"]


def test_a_large_result_is_received_into_one_place(stand: Stand, engine: Engine) -> None:
    pixels = bytes(range(256)) * (48 << 12)

    def send(exchange: Exchange) -> None:
        exchange.send_head(raw_headers(4096, 4096, "RGB"))
        exchange.send(pixels)

    stand(send)
    picture, peak = peak_of(lambda: Edit(engine, "abc").result())
    assert picture.data == pixels
    assert picture.format is not None
    assert picture.format.size == len(pixels)
    assert peak < len(pixels) + 2 * MEGABYTE


def raw_headers(width: int, height: int, channels: str) -> dict[str, object]:
    return {
        "Content-Type": "application/octet-stream",
        "FlexIT-Width": width,
        "FlexIT-Height": height,
        "FlexIT-Channels": channels,
        "FlexIT-Depth": "uint8",
        "FlexIT-Step": 96,
        "Content-Length": width * height * len(channels),
    }


def never(exchange: Exchange) -> None:
    """Say nothing until the client has gone."""
    exchange.wait_for_close()


def parts(headers: Mapping[str, str], body: bytes) -> dict[str, bytes]:
    """What is in a form, as a parser that is not ours reads it."""
    found = {}

    def keep(file: Any) -> None:  # noqa: ANN401
        file.file_object.seek(0)
        found[file.field_name.decode()] = file.file_object.read()
        file.close()

    parse_form(
        {"Content-Type": headers["content-type"].encode()},
        BytesIO(body),
        lambda field: found.update({field.field_name.decode(): field.value}),
        keep,
    )
    return found


def peak_of(call: Callable[[], Any]) -> tuple[Any, int]:
    """What a call returns, and how many bytes it took on the way."""
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
