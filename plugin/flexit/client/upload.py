"""The body of an edit, as `multipart/form-data`, without a copy of the pixels."""

from __future__ import annotations

import json
import secrets
from typing import NamedTuple, Union

from .connection import Piece
from .protocol import EditRequest

Pixels = Union[bytes, bytearray, memoryview]
"""Whatever has its bytes in one block of memory will do."""


class Upload(NamedTuple):
    """A body in pieces, to be sent one after the other."""

    content_type: str
    pieces: list[Piece]


def multipart(request: EditRequest, image: Pixels, mask: Pixels | None) -> Upload:
    """The parts of an edit, in the order the engine wants them."""
    # Long and random, so that no picture has to be searched for it.
    boundary = secrets.token_hex(24)
    parts = [
        ('name="request"', "application/json", json.dumps(request.as_json()).encode()),
        ('name="image"; filename="image"', "application/octet-stream", image),
        ('name="mask"; filename="mask"', "application/octet-stream", mask),
    ]
    pieces: list[Piece] = []
    for name, content_type, content in parts:
        if content is not None:
            head = (
                f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\n"
                f"Content-Type: {content_type}\r\n\r\n"
            )
            pieces += [head.encode(), memoryview(content).cast("B"), b"\r\n"]
    pieces.append(f"--{boundary}--\r\n".encode())
    return Upload(f"multipart/form-data; boundary={boundary}", pieces)
