"""The end of a request that was answered before all of it came."""

from __future__ import annotations

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS_TO_DRAIN = 1.0
"""For which more is taken of a body that nobody wants."""


class Draining:
    """Takes and drops what a client sends after its answer, for a moment.

    A TCP connection that is closed with unread bytes is reset, and an answer that is still on its
    way is lost with it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and let it end well."""
        coming = scope["type"] == "http" and _has_body(Headers(scope=scope))

        async def take() -> Message:
            nonlocal coming
            message = await receive()
            coming = message.get("more_body", False)
            return message

        async def answer(message: Message) -> None:
            last = message["type"] == "http.response.body" and not message.get("more_body")
            if last and coming:
                await send({**message, "more_body": True})
                with anyio.move_on_after(SECONDS_TO_DRAIN):
                    while coming:
                        await take()
                message = {"type": "http.response.body"}
            await send(message)

        await self.app(scope, take, answer)


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers
