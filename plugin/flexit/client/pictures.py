"""Pictures as the engine gives them back."""

from __future__ import annotations

from http.client import HTTPMessage
from typing import NamedTuple

from .answer import Answer
from .errors import BadAnswer
from .protocol import BANDS, BYTES, PixelFormat


class Picture(NamedTuple):
    """A result or a preview."""

    data: memoryview
    """Raw pixels, or a whole file."""
    format: PixelFormat | None
    """How the raw pixels lie, and `format.size` is the length of `data`; None: it is a file."""
    step: int | None
    """The step it shows."""
    content_type: str
    """`application/octet-stream` for raw pixels, else such as `image/png`."""


def receive_picture(answer: Answer) -> Picture:
    """The picture an answer carries.

    Raises:
        BadAnswer: its headers are not those of a picture, or do not fit its length.
        Silent: it is cut off.
    """
    headers = answer.headers
    try:
        layout = _format(headers)
        step = _number(headers, "FlexIT-Step") if "FlexIT-Step" in headers else None
    except (KeyError, ValueError):
        raise BadAnswer(
            "The engine's picture does not say how its pixels lie.",
            "Update the plug-in and the engine.",
        ) from None
    data = answer.read_bytes(layout.size if layout else None)
    return Picture(data, layout, step, headers.get_content_type())


def _format(headers: HTTPMessage) -> PixelFormat | None:
    if "FlexIT-Width" not in headers:
        return None
    channels, depth = headers["FlexIT-Channels"], headers["FlexIT-Depth"]
    if channels not in BANDS or depth not in BYTES:
        raise ValueError(channels, depth)
    width, height = _number(headers, "FlexIT-Width"), _number(headers, "FlexIT-Height")
    return PixelFormat(width, height, channels, depth)


def _number(headers: HTTPMessage, name: str) -> int:
    text = headers[name] or ""
    if not text.isdigit():
        raise ValueError(text)
    return int(text)
