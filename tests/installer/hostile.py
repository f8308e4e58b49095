"""A file server that misbehaves on purpose, over real sockets."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Behaviour = Callable[["Handler"], None]


@dataclass
class Hostile:
    """A running server; each path behaves in its own way."""

    content: bytes
    port: int = 0
    sent: dict[str, int] = field(default_factory=dict)
    """Bytes of bodies sent, by path."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    def url(self, behaviour: str) -> str:
        return f"http://127.0.0.1:{self.port}/{behaviour}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Any

    @property
    def hostile(self) -> Hostile:
        return self.server.hostile  # type: ignore[no-any-return]

    def log_message(self, *_: object) -> None:
        pass

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    def do_GET(self) -> None:
        self.hostile.requests.append((self.name, dict(self.headers)))
        self.close_connection = True
        with suppress(ConnectionError):
            BEHAVIOURS[self.name](self)

    def start(self) -> int:
        """The first byte asked for; the whole where the tag of If-Range is not ours."""
        if self.headers.get("If-Range", ETAG) != ETAG:
            return 0
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        return int(found[1]) if found else 0

    def head(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Connection", "close")
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def body(self, data: bytes) -> None:
        name = self.name
        for index in range(0, len(data), 65536):
            block = data[index : index + 65536]
            self.wfile.write(block)
            self.hostile.sent[name] = self.hostile.sent.get(name, 0) + len(block)

    def ranged(self, content: bytes, upto: int | None = None, **headers: str) -> None:
        """What a good server does, but for the bytes from `upto` on."""
        start = self.start()
        if start >= len(content):
            return self.head(416, 0, Content_Range=f"bytes */{len(content)}")
        span = f"bytes {start}-{len(content) - 1}/{len(content)}"
        more = {"Content_Range": span} if start else {}
        self.head(206 if start else 200, len(content) - start, ETag=ETAG, **more, **headers)
        self.body(content[start:upto])
        return None


ETAG = '"one"'
STEP = 10 << 20


def good(request: Handler) -> None:
    request.ranged(request.hostile.content)


def ignores_range(request: Handler) -> None:
    request.head(200, len(request.hostile.content))
    request.body(request.hostile.content)


def ignores_range_and_drops(request: Handler) -> None:
    request.head(200, len(request.hostile.content))
    request.body(request.hostile.content[:STEP])


def drops(request: Handler) -> None:
    """The connection, at every fourth of ten megabytes: more often than patience lasts."""
    start, piece = request.start(), STEP // 4
    request.ranged(request.hostile.content, upto=(start // piece + 1) * piece)


def truncates(request: Handler) -> None:
    """And says so itself."""
    request.ranged(request.hostile.content[:-1000])


def stops(request: Handler) -> None:
    """After 1000 bytes: the connection stays open."""
    request.ranged(request.hostile.content, upto=request.start() + 1000)
    request.hostile.stopping.wait(60)


def drips(request: Handler) -> None:
    """A byte now and then."""
    request.head(200, len(request.hostile.content))
    for index in range(len(request.hostile.content)):
        request.body(request.hostile.content[index : index + 1])
        if request.hostile.stopping.wait(0.1):
            return


def endless(request: Handler) -> None:
    """Does not say how long it is, and sends for ever."""
    request.head(200, None)
    while not request.hostile.stopping.is_set():
        request.body(bytes(STEP))


def enormous(request: Handler) -> None:
    """Says that it has a million gigabytes."""
    request.head(200, 1 << 50)
    while not request.hostile.stopping.is_set():
        request.body(bytes(STEP))


def html(request: Handler) -> None:
    page = b"<!DOCTYPE html><html>Link does not exist</html>"
    request.head(200, len(page), Content_Type="text/html; charset=utf-8")
    request.body(page)


def disguised_html(request: Handler) -> None:
    page = b"<!DOCTYPE html><html>Link does not exist</html>"
    request.head(200, len(page), Content_Type="application/octet-stream")
    request.body(page)


def other_bytes(request: Handler) -> None:
    request.ranged(bytes(len(request.hostile.content)))


def more_bytes(request: Handler) -> None:
    """Without saying how many."""
    request.head(200, None)
    request.body(request.hostile.content + b"more")


def circle(request: Handler) -> None:
    request.head(302, 0, Location="/circle")


def elsewhere(request: Handler) -> None:
    """Sends another part than was asked for."""
    content, start = request.hostile.content, request.start()
    if not start:
        request.ranged(content, upto=STEP)
        return
    request.head(206, len(content), Content_Range=f"bytes 0-{len(content) - 1}/{len(content)}")
    request.body(content)


def changed(request: Handler) -> None:
    """Another file since the last time: the tag that comes back is not its own."""
    request.head(200, len(request.hostile.content), ETag='"two"')
    request.body(request.hostile.content)


def compressed(request: Handler) -> None:
    request.head(200, 4, Content_Encoding="gzip")
    request.body(b"zzzz")


def missing(request: Handler) -> None:
    request.head(404, 0)


def broken(request: Handler) -> None:
    request.head(503, 0)


def resets(request: Handler) -> None:
    request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    request.connection.close()


BEHAVIOURS: dict[str, Behaviour] = {
    each.__name__: each
    for each in (
        *(good, ignores_range, ignores_range_and_drops, drops, truncates, stops, drips, html),
        *(disguised_html, other_bytes, more_bytes, circle, elsewhere, changed, compressed),
        *(missing, broken, resets, endless, enormous),
    )
}


@contextmanager
def hostile_server(content: bytes) -> Iterator[Hostile]:
    hostile = Hostile(content)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = False
        server.hostile = hostile  # type: ignore[attr-defined]
        hostile.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield hostile
        finally:
            hostile.stopping.set()
            server.shutdown()
            thread.join()
