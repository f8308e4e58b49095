"""HTTP to an engine: a connection a request, over its Unix socket or 127.0.0.1."""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from typing import Union

from .answer import Answer
from .discovery import Address
from .faults import Faults
from .processes import has_ended
from .proof import ask_for_proof

STRIDE = 1 << 18
"""Bytes handed to the system at once; in between one looks whether the engine answers already."""

Piece = Union[bytes, memoryview]
"""A part of a body: one block of bytes."""


class Connection:
    """A connection for one request. Used by one thread, but for `abort`.

    Args:
        address: of the engine.
        timeout: seconds without a byte from the engine, or without its taking one, after which to
            give up.

    Raises:
        Died: nothing listens at the address, or its process has ended.
        Silent: nobody takes the connection in time.
        BadAnswer: over TCP, it does not prove to be the engine.
    """

    def __init__(self, address: Address, timeout: float) -> None:
        self._address = address
        self._timeout = timeout
        self._faults = Faults(address, timeout)
        self._answer: Answer | None = None
        with self._faults.in_words():
            self._socket = _connect(address, timeout)
        # The name is what the engine wants to see as Host.
        self._http = HTTPConnection("127.0.0.1", address.port)
        self._http.sock = self._socket

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close it."""
        if self._answer is not None:
            self._answer.close()
        self._http.close()
        self._socket.close()

    def abort(self) -> None:
        """Break it off, from any thread: whoever waits for it wakes up with `Silent`."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: Sequence[Piece] = ()
    ) -> Answer:
        """Ask, and wait for the head of the answer.

        Args:
            method: `GET`, `POST` or `DELETE`.
            path: with its query, already quoted.
            headers: besides those every request has.
            body: sent piece by piece as it lies.

        Raises:
            FlexITError: what the engine says is wrong.
            EngineUnreachable: it does not answer, or not like an engine.
        """
        with self._faults.in_words():
            self._http.putrequest(method, path)
            self._http.putheader("Authorization", f"Bearer {self._address.token}")
            self._http.putheader("Connection", "close")
            for name, value in headers.items():
                self._http.putheader(name, value)
            if method == "POST":
                self._http.putheader("Content-Length", str(sum(len(piece) for piece in body)))
            # An engine that refuses may close before it has read all: its answer is there anyway.
            with suppress(ConnectionError):
                self._http.endheaders()
                self._send(body)
            self._answer = Answer(self._http.getresponse(), self._faults)
        error = self._answer.error(self._address.log)
        if error is not None:
            raise error
        return self._answer

    def _send(self, body: Sequence[Piece]) -> None:
        """Send a body, unless the engine answers before it has all of it."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
            for piece in body:
                rest = memoryview(piece)
                while rest:
                    ready = selector.select(self._timeout)
                    if not ready:
                        raise socket.timeout
                    if ready[0][1] & selectors.EVENT_READ:
                        return
                    rest = rest[self._socket.send(rest[:STRIDE]) :]


def _connect(address: Address, timeout: float) -> socket.socket:
    if address.socket is None or not hasattr(socket, "AF_UNIX"):
        return _connect_over_tcp(address, timeout)
    unix = socket.socket(socket.AF_UNIX)
    with _closed_on_failure(unix):
        unix.settimeout(timeout)
        unix.connect(address.socket)
    return unix


def _connect_over_tcp(address: Address, timeout: float) -> socket.socket:
    if has_ended(address.pid):
        raise ConnectionRefusedError
    tcp = socket.create_connection(("127.0.0.1", address.port or 0), timeout)
    with _closed_on_failure(tcp):
        # Else the end of a request waits for the acknowledgement of its beginning.
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ask_for_proof(tcp, address.token, address.log)
    return tcp


@contextmanager
def _closed_on_failure(wire: socket.socket) -> Iterator[None]:
    try:
        yield
    except BaseException:
        wire.close()
        raise
