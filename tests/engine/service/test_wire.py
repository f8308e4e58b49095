"""What an engine does with the bytes of a connection: what it reads, answers, and when it ends."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from .conftest import QUICK
from .places import wait_for
from .running import Running, drawn, faulty, laid, running
from .wire import (
    CRLF,
    MULTIPART,
    connect,
    exchange,
    parsed,
    part,
    posted,
    receive,
    request,
    send,
)

DRAIN = "draining.SECONDS_TO_DRAIN"
WAITS = ("connection.SECONDS_FOR_HEAD", DRAIN, "upload.PATIENCE")
TRANSPORTS = pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
BIG = [bytes(1 << 20)] * 80


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that listens on both sockets, and waits for a test on a busy machine."""
    folder = tmp_path_factory.mktemp("wire")
    worker, patient = faulty(folder / "faults"), {**dict.fromkeys(WAITS, 60.0), DRAIN: 5.0}
    with running(folder / "data", tcp=True, worker=worker, constants=patient) as service:
        yield service


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One that soon has had enough."""
    folder, hasty = tmp_path_factory.mktemp("impatient"), dict.fromkeys(WAITS, 0.3)
    with running(folder / "data", tcp=True, constants=hasty) as service:
        yield service


def head(service: Running, length: int, *more: bytes, token: str | None = "") -> bytes:
    """Of `POST /v1/edits`."""
    fields = [b"Content-Type: " + MULTIPART, b"Content-Length: %d" % length, *more]
    token = service.address.token if token == "" else token
    return request(b"POST /v1/edits HTTP/1.1", *fields, token=token)


REFUSED = pytest.mark.parametrize(
    ("length", "token", "code"),
    [
        (80 << 20, None, "unauthorised"),
        (80 << 20, "a guess", "unauthorised"),
        (1 << 40, "", "too_large"),
    ],
)


@TRANSPORTS
@REFUSED
def test_an_edit_is_refused_by_its_head_before_any_of_its_body_comes(
    service: Running, tcp: bool, length: int, token: str | None, code: str
) -> None:
    with connect(service.address, tcp) as wire:
        send(wire, [head(service, length, token=token)])
        came = b""
        while f'"code":"{code}"'.encode() not in came:
            came += (piece := wire.recv(4096))
            assert piece, came


@TRANSPORTS
@REFUSED
def test_the_answer_also_reaches_a_client_that_is_still_sending(
    service: Running, tcp: bool, length: int, token: str | None, code: str
) -> None:
    folders = list((service.data / "edits").iterdir())
    for _ in range(2):
        answer = exchange(service.address, tcp, head(service, length, token=token), *BIG)
        assert answer.error["code"] == code
    assert list((service.data / "edits").iterdir()) == folders


@TRANSPORTS
def test_what_a_client_sends_after_its_answer_does_not_break_the_connection(
    service: Running, tcp: bool
) -> None:
    with connect(service.address, tcp) as wire:
        send(wire, [head(service, 4 << 20, token=None)])
        answer = wire.recv(4096)
        assert send(wire, BIG[:4]) == 4 << 20
        assert parsed(answer + receive(wire)).error["code"] == "unauthorised"


def test_more_than_a_few_words_of_json_are_refused(service: Running) -> None:
    body = b'{"steps": 1' + b" " * 100_000 + b"}"
    line, length = b"POST /v1/edits/0b5c/continue HTTP/1.1", b"Content-Length: %d" % len(body)
    asked = request(line, length, token=service.address.token, body=body)
    answer = exchange(service.address, False, asked)
    assert (answer.status, answer.error["code"]) == (413, "too_large")


def test_a_client_that_never_stops_sending_is_cut_off(impatient: Running) -> None:
    with connect(impatient.address, tcp=True) as wire:
        send(wire, itertools.chain([head(impatient, 1 << 40)], itertools.repeat(bytes(1 << 20))))


@TRANSPORTS
def test_a_client_that_asks_first_is_told_to_go_on_only_where_its_body_is_wanted(
    service: Running, tcp: bool
) -> None:
    with connect(service.address, tcp) as wire:
        send(wire, [head(service, 1000, b"Expect: 100-continue")])
        assert wire.recv(1000).startswith(b"HTTP/1.1 100 Continue")
    with connect(service.address, tcp) as wire:
        send(wire, [head(service, 1000, b"Expect: 100-continue", token=None)])
        assert receive(wire).startswith(b"HTTP/1.1 401 ")


def test_an_edit_without_a_length_is_refused_as_such(service: Running) -> None:
    chunked = request(
        b"POST /v1/edits HTTP/1.1", b"Transfer-Encoding: chunked", token=service.address.token
    )
    answer = exchange(service.address, False, chunked)
    assert (answer.status, answer.error["code"]) == (411, "too_large")


@TRANSPORTS
def test_an_edit_that_comes_byte_by_byte_is_as_good_as_any(service: Running, tcp: bool) -> None:
    pixels = drawn(1, 2, 2)
    wanted = {"target": "dog", "image": laid(pixels), "settings": {**QUICK, "steps": 1}}
    parts = part(b"request", json.dumps(wanted).encode()), part(b"image", pixels.tobytes())
    with connect(service.address, tcp) as wire:
        for byte in posted(service.address.token, *parts):
            send(wire, [bytes([byte])])
        answer = parsed(receive(wire))
    assert answer.status == 202
    assert service.wait(json.loads(answer.body)["id"])["state"] == "done"


@TRANSPORTS
@pytest.mark.parametrize("dripped", [b"GET /v1/health HTTP/1.1\r\nX-Long: ", b"GET /", b""])
def test_a_head_that_does_not_come_to_its_end_ends_the_connection(
    impatient: Running, tcp: bool, dripped: bytes
) -> None:
    with connect(impatient.address, tcp) as wire:
        send(wire, [dripped])
        wire.settimeout(0.05)
        wait_for(lambda: closed(wire, after=b"a" if dripped else b""))


def closed(wire: socket.socket, after: bytes) -> bool:
    """Whether the other side has closed, however much comes; waits as long as the timeout says."""
    send(wire, [after])
    try:
        return not wire.recv(1)
    except TimeoutError:
        return False
    except ConnectionError:
        return True


@TRANSPORTS
@pytest.mark.parametrize("path", [b"/v1/edits", b"/v1/edits/0b5c/continue"])
def test_a_body_that_stops_coming_is_given_up_and_leaves_nothing(
    impatient: Running, tcp: bool, path: bytes
) -> None:
    before = set((impatient.data / "edits").iterdir())
    kind, length = b"Content-Type: " + MULTIPART, b"Content-Length: 1000"
    line = b"POST " + path + b" HTTP/1.1"
    cut = request(line, kind, length, token=impatient.address.token, body=b"--")
    answer = exchange(impatient.address, tcp, cut)
    assert (answer.status, answer.error["code"]) == (400, "request")
    assert set((impatient.data / "edits").iterdir()) == before


def test_an_upload_that_is_cut_off_leaves_nothing(service: Running) -> None:
    before = set((service.data / "edits").iterdir())
    image = part(b"image", b"").removesuffix(CRLF)
    with connect(service.address, tcp=False) as wire:
        send(wire, [head(service, 80 << 20), part(b"request", b"{}"), image, *BIG[:2]])
        wait_for(lambda: set((service.data / "edits").iterdir()) != before)
    wait_for(lambda: set((service.data / "edits").iterdir()) == before)


def test_an_endless_head_ends_the_connection_before_it_fills_the_memory(service: Running) -> None:
    with connect(service.address, tcp=False) as wire:
        taken = send(wire, [b"GET / HTTP/1.1\r\n", *[b"X-Long: " + b"a" * 5000 + CRLF] * 10_000])
    assert taken < 2 << 20


TRAILERS = [b"X-Long: " + b"a" * 5000 + CRLF] * 10_000
FRAMES = [b"1;" + b"a" * 5000 + CRLF + b"x" + CRLF] * 10_000


@TRANSPORTS
@pytest.mark.parametrize("token", [None, ""])
@pytest.mark.parametrize("endless", [[b"0\r\n", *TRAILERS], FRAMES], ids=["trailers", "frames"])
def test_endless_words_around_a_body_end_the_connection_as_well(
    service: Running, tcp: bool, token: str | None, endless: list[bytes]
) -> None:
    line, chunked = b"POST /v1/edits/0b5c/continue HTTP/1.1", b"Transfer-Encoding: chunked"
    shown = service.address.token if token == "" else token
    with connect(service.address, tcp) as wire:
        assert send(wire, [request(line, chunked, token=shown), *endless]) < 8 << 20


def test_a_body_in_small_chunks_is_as_good_as_any(service: Running) -> None:
    line, chunked = b"POST /v1/edits/0b5c/continue HTTP/1.1", b"Transfer-Encoding: chunked"
    pieces = [b"1\r\n%c\r\n" % byte for byte in b'{"steps": 1' + b" " * 5000 + b"}"]
    asked = request(line, chunked, token=service.address.token, body=b"".join(pieces))
    answer = exchange(service.address, False, asked + b"0\r\n\r\n")
    assert (answer.status, answer.error["code"]) == (404, "not_found")


def test_those_who_only_hold_one_door_open_do_not_shut_the_other(service: Running) -> None:
    with ExitStack() as wires:
        for _ in range(300):
            wires.enter_context(connect(service.address, tcp=True))
        assert heard(service, tcp=False)
    wait_for(lambda: heard(service))


def test_more_connections_than_there_may_be_are_closed_and_the_others_go_on(
    service: Running,
) -> None:
    wires = []
    try:
        wires.extend(connect(service.address, tcp=True) for _ in range(300))
        first, last = wires[0], wires[-1]
        assert receive(last) == b""
        send(first, [request(b"GET /v1/health HTTP/1.1", token=service.address.token)])
        assert parsed(receive(first)).status == 200
    finally:
        for wire in wires:
            wire.close()
    wait_for(lambda: heard(service))


def heard(service: Running, tcp: bool = True) -> bool:
    """Whether there is room for a connection again."""
    asked = request(b"GET /v1/health HTTP/1.1", token=service.address.token)
    with connect(service.address, tcp) as wire:
        send(wire, [asked])
        return receive(wire).startswith(b"HTTP/1.1 200 ")


def test_a_client_that_leaves_during_a_download_leaves_no_file(service: Running) -> None:
    edit = service.submit(drawn(1, 1500, 1500), settings={**QUICK, "steps": 2})
    assert service.wait(edit)["state"] == "done"
    line = f"GET /v1/edits/{edit}/result?step=1 HTTP/1.1".encode()
    for _ in range(3):
        with connect(service.address, tcp=False) as wire:
            send(wire, [request(line, token=service.address.token)])
            assert wire.recv(1000).startswith(b"HTTP/1.1 200 ")
            assert renders(service.data / "edits" / edit)
    wait_for(lambda: not renders(service.data / "edits" / edit))


def renders(folder: Path) -> list[Path]:
    return list(folder.glob("render-*"))
