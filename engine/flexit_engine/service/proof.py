"""That an engine is the one of the discovery file: shown before it is trusted with anything.

On a Unix socket the folder's rights do. A port of 127.0.0.1 is anybody's once its engine has died:
so whoever asks over TCP sends a nonce first, and only who has the token can answer it. The token
itself is never said to somebody who has not.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from flexit_engine.errors import EngineUnreachable

PATH = "/v1/proof"
LONGEST = 1 << 12
"""Bytes of an answer."""


def proof_of(token: str, nonce: str) -> str:
    """What only an engine with this token can answer to a nonce: HMAC-SHA256, in hex."""
    return hmac.new(token.encode(), f"flexit proof {nonce}".encode(), "sha256").hexdigest()


def ask_for_proof(wire: socket.socket, token: str) -> None:
    """Have the engine at the other end of a connection prove itself; it stays open.

    Raises:
        EngineUnreachable: it is another program, or says nothing.
    """
    nonce = secrets.token_urlsafe(32)
    given = ""
    http = HTTPConnection("127.0.0.1", wire.getpeername()[1])
    http.sock = wire
    with suppress(OSError, HTTPException, ValueError, KeyError, TypeError, RecursionError):
        http.request("GET", f"{PATH}?nonce={nonce}")
        given = str(json.loads(http.getresponse().read(LONGEST))["proof"])
    if not hmac.compare_digest(given.encode("utf-8", "replace"), proof_of(token, nonce).encode()):
        raise EngineUnreachable(
            "What answers in the engine's place is not one.", "Try `flexit start`."
        )
