"""A body becomes files, however it is split, and nothing else ever does."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterable, Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.types import Message

from flexit_engine.errors import FlexITError, RequestError, SizeUnknown, TooLarge
from flexit_engine.service import upload
from flexit_engine.service.upload import CAPS, MAX_BODY, Upload, check_length, receive

from .places import full_disk

IMAGE = b"\r\n--edge--\r\n--edg\r\n\x00\xff" * 3
"""Pixels that look like a boundary and are none."""
REQUEST = b'{"target": "dog"}'


def part(name: str, content: bytes, more: str = "") -> bytes:
    head = f'--edge7\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
    return head.encode() + content + b"\r\n"


BODY = part("request", REQUEST) + part("image", IMAGE, '; filename="a.png"') + part("mask", b"m")
END = b"--edge7--\r\n"


def a_request(chunks: Iterable[bytes], **headers: str) -> Request:
    headers = {"content-type": 'multipart/form-data; boundary="edge7"', **headers}
    pieces = iter(chunks)

    async def next_piece() -> Message:
        piece = next(pieces, None)
        if piece is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": piece, "more_body": piece != b"end"}

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "headers": raw}, next_piece)


def received(folder: Path, *chunks: bytes, **headers: str) -> Upload:
    """What comes of a body; `b""` says that it is whole."""

    class Whole(Request):
        async def stream(self) -> AsyncIterator[bytes]:
            for chunk in chunks:
                yield chunk

    request = a_request((), **headers)
    return asyncio.run(receive(Whole(request.scope, request.receive), folder))


def splits(body: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def assert_whole(found: Upload) -> None:
    assert found.request == REQUEST
    assert found.image.read_bytes() == IMAGE
    assert found.mask is not None
    assert found.mask.read_bytes() == b"m"
    assert {file.name for file in found.image.parent.iterdir()} == {"image", "mask"}


def test_a_body_may_be_split_in_two_anywhere(tmp_path: Path) -> None:
    body = BODY + END
    for place in range(len(body) + 1):
        folder = tmp_path / str(place)
        folder.mkdir()
        assert_whole(received(folder, body[:place], body[place:]))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 64])
def test_a_body_may_come_in_pieces_of_any_size(tmp_path: Path, size: int) -> None:
    assert_whole(received(tmp_path, *splits(BODY + END, size)))


def test_a_body_may_be_split_at_random(tmp_path: Path) -> None:
    rng, body = random.Random(4), BODY + END  # noqa: S311
    for number in range(50):
        folder = tmp_path / str(number)
        folder.mkdir()
        places = sorted(rng.choices(range(len(body)), k=rng.randint(1, 30)))
        pieces = [body[a:b] for a, b in zip([0, *places], [*places, len(body)], strict=True)]
        assert_whole(received(folder, *pieces))


def test_a_body_cut_off_anywhere_is_refused(tmp_path: Path) -> None:
    body = BODY + END
    for place in range(len(body) - 4):  # what follows the last "--" says nothing more
        folder = tmp_path / str(place)
        folder.mkdir()
        with pytest.raises(RequestError):
            received(folder, body[:place])


def test_a_client_that_goes_is_told_apart_from_our_own_faults(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="went away"):
        asyncio.run(receive(a_request([BODY[:60]]), tmp_path))


def test_a_client_that_keeps_silent_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload, "PATIENCE", 0.05)

    async def never() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    silent = Request(a_request(()).scope, never)
    with pytest.raises(RequestError, match="Nothing came"):
        asyncio.run(receive(silent, tmp_path))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        END,
        BODY.replace(b"edge7", b"other") + END,
        part("request", REQUEST) + END,
        part("image", IMAGE) + END,
        part("request", REQUEST) + part("image", b"") + END,
        part("request", REQUEST) + part("image", IMAGE) + part("mask", b"") + END,
        BODY + part("image", IMAGE) + END,
        BODY + part("../../evil", b"x") + END,
        BODY + part("", b"x") + END,
        BODY + b"--edge7\r\nContent-Type: text/plain\r\n\r\nx\r\n" + END,
        BODY + part("mask2", b"x", "; x=" + 5000 * "y") + END,
        BODY + b"--edge7\r\n" + 5000 * b"X" + b": y\r\n\r\nx\r\n" + END,
    ],
)
def test_what_is_not_the_three_parts_is_refused(tmp_path: Path, body: bytes) -> None:
    folder = tmp_path / "deep" / "edit"
    folder.mkdir(parents=True)
    with pytest.raises(RequestError) as caught:
        received(folder, body)
    assert caught.value.code == "request"
    assert {file.name for file in folder.iterdir()} <= set(CAPS)
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [
        file.name for file in folder.iterdir()
    ]


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "application/json",
        "multipart/form-data",
        "multipart/mixed; boundary=edge7",
        "multipart/form-data; boundary=" + 71 * "x",
    ],
)
def test_another_content_type_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(RequestError, match="multipart/form-data"):
        received(tmp_path, BODY + END, **{"content-type": kind})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", CAPS)
def test_a_part_above_its_cap_is_refused_as_soon_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setitem(CAPS, name, 100)
    others = b"".join(part(other, b"x") for other in CAPS if other != name)
    with pytest.raises(TooLarge, match=name):
        received(tmp_path, others + part(name, bytes(101)))
    assert (tmp_path / name).stat().st_size <= 100


@pytest.mark.parametrize("room", [0, len(REQUEST), len(IMAGE) - 1])
def test_a_disk_that_is_full_is_no_fault_of_the_client(tmp_path: Path, room: int) -> None:
    with full_disk(room), pytest.raises(OSError, match="File too large"):
        received(tmp_path, BODY + END)


def test_the_size_is_judged_before_anything_is_read() -> None:
    assert check_length(a_request((), content_length="123")) == 123
    assert check_length(a_request((), content_length=str(MAX_BODY))) == MAX_BODY
    refused: list[tuple[dict[str, str], type[FlexITError]]] = [
        ({}, SizeUnknown),
        ({"content_length": str(MAX_BODY + 1)}, TooLarge),
        *(({"content_length": text}, RequestError) for text in ("", "-1", "1e3", "0x9", "9" * 30)),
    ]
    for headers, kind in refused:
        with pytest.raises(kind):
            check_length(a_request((), **headers))
