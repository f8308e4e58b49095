"""Server-sent events: from bytes, however they are cut up, to what happened."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from .errors import FlexITError, error_from
from .pictures import Picture
from .protocol import ENDINGS, KINDS

LARGEST = 1 << 20
"""Bytes of an event; a longer one is passed over."""
PRINTABLE = re.compile(rb"[ -~]{0,256}")
"""An id that fits into a header."""
LINE_END = re.compile(rb"\r\n|\r|\n")


class Event(NamedTuple):
    """What happened to an edit."""

    kind: str
    """One of `protocol.KINDS`."""
    data: dict[str, Any]
    """`Progress` for `progress`, `step` and `box` for `preview`, else `EditInfo`."""
    picture: Picture | None = None
    """The preview, where the follower was asked to fetch it and could."""

    @property
    def ended(self) -> bool:
        """Whether this is the last one."""
        return self.kind in ENDINGS

    @property
    def error(self) -> FlexITError | None:
        """Why the edit failed; None for any other event."""
        return error_from(self.data.get("error")) if self.kind == "failed" else None


class Message(NamedTuple):
    """A server-sent event as it came."""

    kind: str
    data: str


class EventParser:
    """An incremental parser of `text/event-stream`.

    By the rules of the HTML standard, except that it never keeps more than `LARGEST` bytes, and
    leaves `retry` to whoever reads.

    Args:
        last_id: the newest id of an earlier connection.
    """

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        """Of the newest complete event: goes back as Last-Event-ID after a dropped connection."""
        self._line = bytearray()
        self._after_return = False
        self._start_event()

    def feed(self, data: bytes) -> list[Message]:
        """The events that these bytes complete."""
        if not data:
            return []
        if self._after_return and data.startswith(b"\n"):
            data = data[1:]  # the second half of a line end that was cut in two
        self._after_return = data.endswith(b"\r")
        *lines, rest = LINE_END.split(data)
        messages = []
        for line in lines:
            self._extend_line(line)
            messages += self._end_line()
        self._extend_line(rest)
        return messages

    def _start_event(self) -> None:
        self._kind, self._id = "", self.last_id
        self._data = bytearray()
        self._too_long = False

    def _extend_line(self, piece: bytes) -> None:
        if len(self._data) + len(self._line) + len(piece) > LARGEST:
            self._too_long = True
        # Of a line that is passed over, only whether it is empty matters: that ends the event.
        self._line += piece[: 1 - min(1, len(self._line))] if self._too_long else piece

    def _end_line(self) -> list[Message]:
        line = bytes(self._line)
        self._line.clear()
        if not line:
            return self._end_event()
        if not self._too_long:
            name, _, value = line.partition(b":")
            self._set_field(name, value[1:] if value.startswith(b" ") else value)
        return []

    def _set_field(self, name: bytes, value: bytes) -> None:
        if name == b"event":
            self._kind = value.decode("utf-8", "replace")
        elif name == b"data":
            self._data += value + b"\n"
        elif name == b"id" and PRINTABLE.fullmatch(value):
            self._id = value.decode()

    def _end_event(self) -> list[Message]:
        found = []
        if not self._too_long:
            self.last_id = self._id
            if self._data:
                found.append(Message(self._kind, self._data[:-1].decode("utf-8", "replace")))
        self._start_event()
        return found


def event_of(message: Message) -> Event | None:
    """What a message says; None where it says nothing we know: a newer engine may say more."""
    if message.kind not in KINDS:
        return None
    try:
        data = json.loads(message.data)
    except (ValueError, RecursionError):
        return None
    return Event(message.kind, data) if isinstance(data, dict) else None
