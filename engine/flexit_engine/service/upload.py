"""From the body of a request to files, as it comes in: nothing large is ever in memory."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import anyio
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect, Request

from flexit_engine.canvas.limits import MAX_BYTES, MAX_PIXELS
from flexit_engine.errors import RequestError, SizeUnknown, TooLarge

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

CAPS = {"request": 1 << 20, "image": MAX_BYTES, "mask": MAX_PIXELS * 4}
"""Bytes each part may have."""
MAX_BODY = sum(CAPS.values()) + (1 << 16)
MAX_SMALL = 1 << 16
"""Bytes of a body that is no edit."""
MAX_HEADER = 4096
"""Bytes of a part's headers."""
PATIENCE = 30.0
"""Seconds a client may keep silent in the middle of a body."""


class Upload(NamedTuple):
    """The parts of a request."""

    request: bytes
    image: Path
    mask: Path | None


def check_length(request: Request) -> int:
    """Bytes the body will have, judged before any of it is read.

    Raises:
        SizeUnknown: that is not said.
        TooLarge: it is too many.
        RequestError: it is not a number.
    """
    text = request.headers.get("content-length")
    if text is None:
        raise SizeUnknown("The request does not say how large it is.", "Send Content-Length.")
    if not re.fullmatch(r"\d{1,18}", text):
        raise RequestError(f"The Content-Length {text[:40]!r} is not a number.")
    if int(text) > MAX_BODY:
        raise TooLarge(
            f"The request has {int(text):,} bytes; the limit is {MAX_BODY:,}.",
            "Send the part of the picture around the selection.",
        )
    return int(text)


async def receive(request: Request, folder: Path) -> Upload:
    """Write the parts `request`, `image` and `mask` into a folder.

    Raises:
        RequestError: the body is not multipart, is cut off, or lacks a part.
        TooLarge: a part is larger than its cap.
        OSError: the disk is full.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 70:
        raise RequestError(
            "The body is not multipart/form-data with a boundary.",
            "Send the parts `request`, `image` and `mask`.",
        )
    parts = Parts(folder)
    try:
        parser = MultipartParser(boundary, parts.callbacks())
        async for chunk in _patiently(request.stream()):
            parser.write(chunk)
        parser.finalize()
    except MultipartParseError:
        raise RequestError("The body is damaged multipart/form-data.") from None
    finally:
        parts.close()
    if not parts.complete:
        raise RequestError("The body ends in the middle of a part.", "Send it again.")
    return Upload(parts.text("request"), parts.path("image"), parts.optional("mask"))


async def receive_small(request: Request) -> bytes:
    """A body that is a few words of JSON.

    Raises:
        TooLarge: it is not.
        RequestError: it is cut off.
    """
    body = b""
    async for chunk in _patiently(request.stream()):
        body += chunk
        if len(body) > MAX_SMALL:
            raise TooLarge(f"The body has more than {MAX_SMALL:,} bytes.")
    return body


class Parts:
    """The parser's callbacks: each part goes to the file of its name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sizes: dict[str, int] = {}
        self._file: BinaryIO | None = None
        self._name = ""
        self._field, self._value = b"", b""
        self._disposition = b""
        self.complete = False

    def callbacks(self) -> MultipartCallbacks:
        """As the parser wants them."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._add_field,
            "on_header_value": self._add_value,
            "on_header_end": self._end_header,
            "on_headers_finished": self._open,
            "on_part_data": self._write,
            "on_part_end": self.close,
            "on_end": self._finish,
        }

    def close(self) -> None:
        """Close the file of the part that was written last."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def path(self, name: str) -> Path:
        """Where a part is.

        Raises:
            RequestError: it was not sent, or is empty.
        """
        if not self._sizes.get(name):
            raise RequestError(f"The part {name!r} is missing.", "Send it.")
        return self._folder / name

    def optional(self, name: str) -> Path | None:
        """Where a part is, if it was sent.

        Raises:
            RequestError: it was sent, but is empty.
        """
        return self.path(name) if name in self._sizes else None

    def text(self, name: str) -> bytes:
        """What a small part says; its file is not kept."""
        path = self.path(name)
        content = path.read_bytes()
        path.unlink()
        return content

    def _begin(self) -> None:
        self._disposition = self._field = self._value = b""

    def _add_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]
        self._check_header()

    def _add_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]
        self._check_header()

    def _check_header(self) -> None:
        if len(self._field) + len(self._value) > MAX_HEADER:
            raise RequestError("A part's header is too long.")

    def _end_header(self) -> None:
        if self._field.lower() == b"content-disposition":
            self._disposition = self._value
        self._field = self._value = b""

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        name = options.get(b"name", b"").decode("ascii", "replace")
        if name not in CAPS or name in self._sizes:
            raise RequestError(
                f"There is no part {name[:40]!r}, or it comes twice.",
                f"Send {', '.join(CAPS)}, each once.",
            )
        self._name = name
        self._sizes[name] = 0
        self._file = (self._folder / name).open("xb", buffering=0)

    def _write(self, data: bytes, start: int, end: int) -> None:
        self._sizes[self._name] += end - start
        if self._sizes[self._name] > CAPS[self._name]:
            raise TooLarge(
                f"The part {self._name!r} has more than {CAPS[self._name]:,} bytes.",
                "Send the part of the picture around the selection.",
            )
        if self._file is not None:
            piece = memoryview(data)[start:end]
            while piece:  # a disk that is nearly full takes a part of it first
                piece = piece[self._file.write(piece) :]

    def _finish(self) -> None:
        self.complete = True


async def _patiently(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks of a body, each within the time allowed."""
    with suppress(StopAsyncIteration):
        while True:
            try:
                with anyio.fail_after(PATIENCE):
                    chunk = await anext(chunks)
            except TimeoutError:
                raise RequestError(f"Nothing came for {PATIENCE:.0f} seconds.") from None
            except ClientDisconnect:
                raise RequestError("The client went away in the middle of the body.") from None
            yield chunk
