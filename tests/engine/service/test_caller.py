"""What the command line makes of an engine's answers, and of what is not one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from flexit_engine.errors import (
    EngineUnreachable,
    FlexITError,
    NotFound,
    PictureError,
    ServiceError,
    Unauthorised,
    UnknownWords,
    error_from,
)
from flexit_engine.service.caller import Caller, _parse_events, refusal
from flexit_engine.service.discovery import Address
from flexit_engine.service.proof import proof_of
from flexit_engine.service.protocol import EditRequest
from flexit_engine.worker.messages import Failure

from .running import Running

STREAM = (
    ": ping\r\n\r\n"
    'event: state\r\nid: a.1\r\ndata: {"source": "Katze \u2028"}\r\n\r\n'
    'event: progress\ndata: {"step": 1}\n\n'
    "event: nothing\r\n\r\n"
    'event: done\r\ndata: {"cut": '
).encode()


@contextmanager
def something_else(status: int, body: bytes, token: str) -> Iterator[Address]:
    """A web server that knows nothing of edits; with the token "t" it proves to be an engine."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            _, asked, nonce = self.path.partition("/v1/proof?nonce=")
            if asked:
                self.answer(200, json.dumps({"proof": proof_of(token, nonce)}).encode())
            else:
                self.answer(status, body)

        def answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield address(port=server.server_port)
        finally:
            server.shutdown()
            thread.join()


def address(**fields: object) -> Address:
    return Address.model_validate(
        {"protocol": 1, "version": "0.1.0", "pid": 1, "token": "t", "log": "/log", **fields}
    )


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_events_are_read_however_they_are_cut(size: int) -> None:
    blocks = (STREAM[start : start + size] for start in range(0, len(STREAM), size))
    assert list(_parse_events(blocks)) == [
        ("state", '{"source": "Katze \u2028"}'),
        ("progress", '{"step": 1}'),
    ]


@pytest.mark.parametrize(
    ("status", "body"), [(200, b"<html>"), (404, b"<html>"), (500, b""), (200, b'{"status": "ok"}')]
)
@pytest.mark.parametrize("token", ["t", "another"])
def test_something_else_in_the_engines_place_is_said(status: int, body: bytes, token: str) -> None:
    said = pytest.raises(EngineUnreachable, match="is not one")
    with something_else(status, body, token) as place, Caller(place) as caller, said:
        caller.health()


def test_an_engine_of_another_protocol_is_told_from_none() -> None:
    body = b'{"status": "ok", "version": "9.9", "protocol": 99, "pid": 1, "uptime": 1}'
    said = pytest.raises(ServiceError, match=r"9\.9")
    with something_else(200, body, "t") as place, Caller(place) as caller, said as caught:
        caller.health()
    assert not isinstance(caught.value, EngineUnreachable)
    assert "flexit stop" in caught.value.hint


def test_the_environments_proxy_is_not_asked(
    shared: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with Caller(shared.address) as caller:
        assert caller.health().pid == shared.process.pid


def test_refusals_are_the_engines_own_errors(shared: Running, tmp_path: Path) -> None:
    with Caller(shared.address) as caller:
        with pytest.raises(NotFound):
            caller.edit("none")
        (tmp_path / "empty.png").touch()
        with pytest.raises(FlexITError):
            caller.submit(EditRequest(target=""), tmp_path / "empty.png", None)
        with pytest.raises(PictureError, match=r"missing\.png"):
            caller.submit(EditRequest(target="dog"), tmp_path / "missing.png", None)
    stranger = shared.address.model_copy(update={"token": "wrong"})
    with Caller(stranger) as caller, pytest.raises(Unauthorised):
        caller.health()


def test_a_code_leads_back_to_its_error() -> None:
    error = error_from("unknown_words", "There is no «zebra».", "Say horse.")
    assert type(error) is UnknownWords
    assert (error.message, error.hint) == ("There is no «zebra».", "Say horse.")
    assert type(error_from("of a later version", "Oh.")) is FlexITError


@pytest.mark.parametrize(("code", "names_it"), [("worker_died", True), ("busy", False)])
def test_where_only_the_log_knows_more_it_is_named(code: str, names_it: bool) -> None:
    error = refusal(Failure(code=code, message="Oh.", hint="Wait.", log="/the/log"))
    assert ("/the/log" in error.hint) is names_it
    assert error.hint.startswith("Wait.")
