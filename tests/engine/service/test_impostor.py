"""Over TCP: another program that has taken the port of an engine gets nothing to read."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from flexit_engine.errors import EngineUnreachable
from flexit_engine.service.caller import Caller
from flexit_engine.service.discovery import Address
from flexit_engine.service.protocol import EditRequest

from .conftest import Start
from .wire import connect, exchange, request, send

NONCE = b"n" * 43


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    path.write_bytes(b"my picture")
    return path


@contextmanager
def impostor(proof: str) -> Iterator[tuple[Address, bytearray]]:
    """A program that answers everything alike, and what it was sent until the client had gone."""
    body = json.dumps({"proof": proof}).encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
    heard = bytearray()

    def listen() -> None:
        with suppress(OSError), listener.accept()[0] as wire:
            while piece := wire.recv(1 << 16):
                heard.extend(piece)
                wire.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=listen)
        thread.start()
        port = listener.getsockname()[1]
        facts = {"protocol": 1, "version": "1", "pid": 1, "log": "/log", "token": "secret"}
        yield Address.model_validate({**facts, "port": port}), heard
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("proof", ["", "0" * 64, "é"])
def test_what_cannot_prove_that_it_is_the_engine_is_sent_nothing(picture: Path, proof: str) -> None:
    said = pytest.raises(EngineUnreachable, match="is not one")
    with impostor(proof) as (address, heard), Caller(address) as caller, said:
        caller.submit(EditRequest(target="red apple"), picture, None)
    assert heard.startswith(b"GET /v1/proof?")
    assert heard.count(b"HTTP/1.1") == 1
    assert not any(word in heard for word in (b"secret", b"uthorization", b"apple", b"picture"))


def test_an_engine_proves_itself_on_every_connection_and_is_asked(start: Start) -> None:
    engine = start(tcp=True)
    over_tcp = engine.address.model_copy(update={"socket": None})
    with Caller(over_tcp) as caller:
        assert caller.health().pid == engine.process.pid


def test_who_has_not_the_token_is_given_a_proof_and_no_more(start: Start) -> None:
    engine = start(tcp=True)
    asked = request(b"GET /v1/proof?nonce=%b HTTP/1.1" % NONCE)
    answer = exchange(engine.address, True, asked)
    assert answer.status == 200
    assert json.loads(answer.body).keys() == {"proof"}
    assert engine.address.token.encode() not in answer.body
    for refused in (b"GET /v1/proof/ HTTP/1.1", b"POST /v1/proof HTTP/1.1"):
        assert exchange(engine.address, True, request(refused)).status == 401


def test_a_page_is_given_no_proof(start: Start) -> None:
    engine = start(tcp=True)
    asked = request(b"GET /v1/proof?nonce=%b HTTP/1.1" % NONCE, b"Origin: null")
    assert exchange(engine.address, True, asked).status == 403


def test_proofs_keep_no_engine_awake(start: Start) -> None:
    """Strangers may ask for them: to an engine that waits for its end they are no requests."""
    engine = start(tcp=True, idle_exit=1.0)
    asked = b"GET /v1/proof?nonce=%b HTTP/1.1\r\nHost: localhost\r\n\r\n" % NONCE
    over = threading.Event()

    def keep_asking() -> None:
        with suppress(ConnectionError), connect(engine.address, True) as wire:
            while not over.is_set():
                send(wire, [asked])
                if not wire.recv(1 << 16):
                    return

    stranger = threading.Thread(target=keep_asking)
    stranger.start()
    try:
        assert engine.process.wait(20) == 0
    finally:
        over.set()
        stranger.join()
