"""uvicorn's side of a connection, with limits for those who only want to keep it busy."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from flexit_engine.errors import RequestError
from flexit_engine.service.answers import answer

SECONDS_FOR_HEAD = 10.0
"""Within which the head of a request must be there, from the connection on."""
MAX_HEAD = 64 << 10
"""Bytes of a request that are not its body: head, what frames its chunks, and trailers."""


class Connection(HttpToolsProtocol):
    """Closes connections that send no whole request head, or far too much around a body.

    uvicorn has a deadline for the next request of a connection, but none for its first. As many
    connections may be open of each listener as may wait; further ones are closed unheard.
    """

    _deadline: asyncio.TimerHandle | None = None
    _around = 0
    """Bytes of the request at hand that are not its body."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock for the first request."""
        super().connection_made(transport)
        ours = [each for each in self.connections if isinstance(each, Connection)]
        if sum(each.server == self.server for each in ours) > self.config.backlog:
            transport.abort()
        self._start_clock()

    def on_message_begin(self) -> None:
        """Start the clock for a further request."""
        super().on_message_begin()
        self._start_clock()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._stop_clock()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Do not count a part of the body, which whoever reads it limits."""
        self._around -= len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Begin to count anew."""
        self._around = 0
        super().on_message_complete()

    def data_received(self, data: bytes) -> None:
        """Count what comes around the body."""
        self._around += len(data)
        super().data_received(data)
        if self._around > MAX_HEAD:
            self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no HTTP in the one form of all errors."""
        refusal = answer(RequestError("The request is not HTTP as it should be.", msg), log="")
        head = b"".join(b"%b: %b\r\n" % header for header in refusal.raw_headers)
        self.transport.write(b"HTTP/1.1 400 Bad Request\r\n%b\r\n%b" % (head, bytes(refusal.body)))
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody waits any more."""
        self._stop_clock()
        super().connection_lost(exc)

    def _start_clock(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(SECONDS_FOR_HEAD, self.transport.abort)

    def _stop_clock(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
