"""Bytes to and from an engine's sockets, without an HTTP library in between."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, NamedTuple

from flexit_engine.service.discovery import Address

CRLF = b"\r\n"
BOUNDARY = b"a-boundary-that-no-picture-holds"
MULTIPART = b"multipart/form-data; boundary=" + BOUNDARY


class Answer(NamedTuple):
    """What came back, up to the end of the connection."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def error(self) -> dict[str, Any]:
        """The error it carries."""
        return dict(json.loads(self.body)["error"])


def connect(address: Address, tcp: bool, timeout: float = 60.0) -> socket.socket:
    """A connection to an engine."""
    wire = socket.socket(socket.AF_INET if tcp else socket.AF_UNIX)
    wire.settimeout(timeout)
    try:
        wire.connect(("127.0.0.1", address.port) if tcp else str(address.socket))
    except BaseException:
        wire.close()
        raise
    return wire


def send(wire: socket.socket, pieces: Iterable[bytes]) -> int:
    """Send until all is gone or the other side has had enough; how many bytes it took."""
    sent = 0
    with suppress(ConnectionError):
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                taken = wire.send(rest)
                sent, rest = sent + taken, rest[taken:]
    return sent


def receive(wire: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    came = b""
    with suppress(ConnectionError):
        while piece := wire.recv(1 << 16):
            came += piece
    return came


def exchange(address: Address, tcp: bool, *pieces: bytes) -> Answer:
    """Send a request, and take the answer up to the end of the connection."""
    with connect(address, tcp) as wire:
        send(wire, pieces)
        return parsed(receive(wire))


def parsed(came: bytes) -> Answer:
    """The first answer of what came."""
    head, _, body = came.partition(CRLF * 2)
    status, *lines = head.split(CRLF)
    headers = dict(line.split(b": ", 1) for line in lines)
    body = body[: int(headers.get(b"content-length", len(body)))]
    return Answer(int(status.split()[1]), headers, body)


def request(
    line: bytes, *headers: bytes, token: str | None = None, body: bytes = b"", host: bytes = b""
) -> bytes:
    """A request after which the connection ends."""
    lines = [line, b"Host: " + (host or b"127.0.0.1"), b"Connection: close", *headers]
    if token is not None:
        lines.append(b"Authorization: Bearer " + token.encode())
    return CRLF.join([*lines, b"", body])


def part(name: bytes, content: bytes) -> bytes:
    """A part of a multipart body."""
    head = b'Content-Disposition: form-data; name="' + name + b'"'
    return CRLF.join([b"--" + BOUNDARY, head, b"", content, b""])


def posted(token: str, *parts: bytes, length: int | None = None) -> bytes:
    """`POST /v1/edits` with parts, and a Content-Length that may lie."""
    body = b"".join(parts) + b"--" + BOUNDARY + b"--" + CRLF
    size = b"Content-Length: %d" % (len(body) if length is None else length)
    kind = b"Content-Type: " + MULTIPART
    return request(b"POST /v1/edits HTTP/1.1", kind, size, token=token, body=body)
