"""Who may ask: everything is refused that does not carry the token, or comes from a web page."""

from __future__ import annotations

import hmac
import re
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from flexit_engine.errors import FlexITError, Forbidden, Unauthorised
from flexit_engine.service.answers import answer
from flexit_engine.service.proof import PATH as PROOF

LOOPBACK = re.compile(r"(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?", re.IGNORECASE)
"""Hosts a request over TCP may be addressed to: any other came by a rebound name."""


class Guard:
    """Lets a request through to the app, or answers it.

    A web page can make a browser send requests to 127.0.0.1, but not without an Origin, not with a
    loopback Host when its own name was rebound, and never with the token. Who is not sure that
    this is the engine asks for proof of the token before saying it: that alone goes without.
    """

    last_request = 0.0
    """Monotonic time of the last one let through that carried the token."""

    def __init__(self, app: ASGIApp, token: str, log: str) -> None:
        self.app = app
        self._token = token.encode()
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request."""
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, send)
        if scope["type"] != "http":
            return None  # a WebSocket: uvicorn answers 403 to an app that accepts nothing
        asks_for_proof = scope["method"] == "GET" and scope["path"] == PROOF
        refusal = self._refusal(Headers(scope=scope), _over_tcp(scope), asks_for_proof)
        if refusal is None:
            if not asks_for_proof:  # which anybody may
                self.last_request = time.monotonic()
            return await self.app(scope, receive, send)
        return await answer(refusal, self._log)(scope, receive, send)

    def _refusal(
        self, headers: Headers, over_tcp: bool, asks_for_proof: bool
    ) -> FlexITError | None:
        if "origin" in headers:
            return Forbidden("The engine does not talk to web pages.")
        hosts = headers.getlist("host")
        if over_tcp and not (len(hosts) == 1 and LOOPBACK.fullmatch(hosts[0])):
            return Forbidden("The request is addressed to another host.", "Use 127.0.0.1.")
        if asks_for_proof:
            return None
        scheme, _, token = headers.get("authorization", "").partition(" ")
        given = token.strip().encode("latin-1", "replace")
        if scheme.lower() != "bearer" or not hmac.compare_digest(given, self._token):
            return Unauthorised(
                "The request does not carry the engine's token.",
                "Read it from engine.json in the engine's folder.",
            )
        return None


def _over_tcp(scope: Scope) -> bool:
    """Whether it did not come over the Unix socket, which alone has a path and no port."""
    server = scope.get("server")
    return server is None or server[1] is not None
