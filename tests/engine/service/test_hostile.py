"""Whoever sends nonsense gets an answer or a closed door, and nobody else notices."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import psutil
import pytest
from PIL import Image

from .conftest import QUICK, Start
from .hostile import KINDS, Attempt, attempts
from .running import Running, drawn, left_half
from .soak import peak
from .wire import Answer, connect, parsed, receive, send

ROUNDS = 5
REQUESTS = 6_000
"""Of each transport, in so many rounds."""
HARMLESS = {"odd_method", "odd_path"}
"""Kinds of which some may be answered if they carry the token: `HEAD`, or a client's odd name."""
POOL = 2
"""Threads that come and go with calls that may wait for the disk."""
GROWTH = 3 << 20
"""Bytes a process may grow by without being called a leak."""


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
def test_thousands_of_hostile_requests_leave_the_service_and_an_edit_as_they_were(
    start: Start, faults: Path, tcp: bool
) -> None:
    service = start(tcp=True, constants={"draining.SECONDS_TO_DRAIN": 0.01})
    wanted = {"settings": {**QUICK, "steps": 200}}
    alone = service.submit(drawn(1), left_half(), **wanted)
    service.wait(alone)
    (faults / "pace").write_text("1")
    meanwhile = service.submit(drawn(1), left_half(), **wanted)
    service.until_step(meanwhile, 1)
    process = psutil.Process(service.process.pid)
    measured = []
    per_round = REQUESTS // ROUNDS
    for number in range(ROUNDS):
        for attempt in attempts(number, per_round, service.address.token):
            attack(service, tcp, attempt)
        assert service.http.get("/v1/health").json()["pid"] == process.pid
        measured.append((process.memory_info().rss, open_files(process), process.num_threads()))
    assert service.edit(meanwhile)["state"] == "running"
    (faults / "pace").unlink()
    assert service.wait(meanwhile)["state"] == "done"
    assert np.array_equal(service.pixels(meanwhile), service.pixels(alone))
    memory, files, threads = zip(*measured, strict=True)
    assert memory[-1] - memory[1] < GROWTH, memory  # the first round fills caches
    assert len(set(files)) == 1, measured
    assert max(threads) <= min(threads) + POOL, measured
    assert leftovers(service) == {alone, meanwhile}
    assert [line for line in service.log() if line["level"] == "ERROR"] == []


def attack(service: Running, tcp: bool, attempt: Attempt) -> None:
    with connect(service.address, tcp) as wire:
        send(wire, [attempt.content])
        if attempt.answered:
            came = receive(wire)
            judge(attempt, parsed(came))
            assert came.count(b"HTTP/1.1 ") == 1, "a hidden request was answered as well"


def judge(attempt: Attempt, answer: Answer) -> None:
    assert answer.status < 500, (attempt, answer)
    if answer.status < 300:
        assert attempt.trusted, (attempt, answer)
        assert attempt.kind in HARMLESS, (attempt, answer)
    elif not attempt.content.startswith(b"HEAD"):
        assert answer.error.keys() == {"code", "message", "hint", "log"}, (attempt, answer)
        assert answer.headers[b"connection"] == b"close", (attempt, answer)


def open_files(process: psutil.Process) -> int:
    """Without sockets, of which some are just being closed."""
    return len(process.open_files())


def leftovers(service: Running) -> set[str]:
    listed = {edit["id"] for edit in service.http.get("/v1/edits").json()}
    kept = service.folders()
    assert listed == kept
    return kept


def test_the_same_seed_gives_the_same_requests() -> None:
    first, second = (list(attempts(7, 3 * len(KINDS), "token")) for _ in range(2))
    assert first == second
    assert first != list(attempts(8, 3 * len(KINDS), "token"))
    assert {attempt.kind for attempt in first} == {kind.__name__ for kind in KINDS}


def chunk(name: bytes, content: bytes) -> bytes:
    checked = name + content
    return struct.pack(">I", len(content)) + checked + struct.pack(">I", zlib.crc32(checked))


def png(width: int, height: int, content: bytes, bits: int = 8) -> bytes:
    """A PNG that claims to be RGBA of that size."""
    head = struct.pack(">IIBBBBB", width, height, bits, 6, 0, 0, 0)
    chunks = (chunk(b"IHDR", head), chunk(b"IDAT", content), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def text_bomb() -> bytes:
    """A small picture with a compressed comment of 200 MB."""
    comment = b"Comment\0\0" + zlib.compress(bytes(200 << 20), 9)
    whole = picture_file("PNG")
    return whole[:33] + chunk(b"zTXt", comment) + whole[33:]


def picture_file(form: str) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(drawn(1)[..., :3]).save(buffer, form)
    return buffer.getvalue()


def tiff_of_a_lie() -> bytes:
    """A TIFF that says 60,000 × 60,000 and holds one strip of nothing."""
    entries = [(256, 4, 60_000), (257, 4, 60_000), (258, 3, 8), (259, 3, 1), (262, 3, 1),
               (273, 4, 8), (277, 3, 1), (278, 4, 60_000), (279, 4, 2**32 - 1)]  # fmt: skip
    fields = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + fields + bytes(4)


def tiff_of_one_strip() -> bytes:
    """A TIFF of 16,384 × 16,384 RGBA, whose strips are all the same 17 kilobytes."""
    side, rows = 16_384, 256
    strip = zlib.compress(bytes(side * rows * 4), 9)
    count = side // rows
    fields = [(256, 4, side), (257, 4, side), (258, 3, 4), (259, 3, 8), (262, 3, 2),
              (273, 4, count), (277, 3, 4), (278, 4, rows), (279, 4, count),
              (338, 3, 2)]  # fmt: skip
    tables = 8 + 2 + 12 * len(fields) + 4
    bits, offsets, sizes, pixels = (tables + at for at in (0, 8, 8 + 4 * count, 8 + 8 * count))
    where = {258: bits, 273: offsets, 279: sizes}
    entries = b"".join(
        struct.pack("<HHII", tag, kind, value if tag in where else 1, where.get(tag, value))
        for tag, kind, value in fields
    )
    lists = struct.pack(f"<4H{count}I{count}I", *[8] * 4, *[pixels] * count, *[len(strip)] * count)
    head = b"II*\0" + struct.pack("<IH", 8, len(fields))
    return head + entries + bytes(4) + lists + strip


BOMBS: dict[str, Callable[[], bytes]] = {
    "a header of 30,000 × 30,000": lambda: png(30_000, 30_000, zlib.compress(b"")),
    "a header of 2³¹ × 2³¹": lambda: png(2**31 - 1, 2**31 - 1, zlib.compress(b"")),
    "16,000 × 16,000 without pixels": lambda: png(16_000, 16_000, zlib.compress(b"")),
    "damaged compression": lambda: png(64, 64, b"\x78\x9c" + bytes(range(256))),
    "a TIFF that lies": tiff_of_a_lie,
    "a gigabyte in a few kilobytes": tiff_of_one_strip,
    "half a PNG": lambda: picture_file("PNG")[:-200],
    "half a JPEG": lambda: picture_file("JPEG")[:300],
    "half a WebP": lambda: picture_file("WEBP")[:100],
    "a script": lambda: b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
    "a page": lambda: b"%PDF-1.4 1 0 obj",
    "an archive": lambda: b"PK\x03\x04" + bytes(500),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_bomb_for_a_picture_or_a_mask_fails_as_such_and_costs_nothing(
    shared: Running, bomb: str
) -> None:
    good = shared.submit(drawn(1), settings={**QUICK, "steps": 1})
    assert shared.wait(good)["state"] == "done"
    worker = psutil.Process(shared.worker()["pid"])
    before = peak(worker)
    picture = shared.wait(shared.submit(BOMBS[bomb](), settings=QUICK))
    mask = shared.wait(shared.submit(drawn(1), BOMBS[bomb](), settings=QUICK))
    assert (picture["state"], picture["error"]["code"]) == ("failed", "picture")
    assert (mask["state"], mask["error"]["code"]) == ("failed", "mask")
    assert shared.worker()["pid"] == worker.pid
    assert peak(worker) - before < 64 << 20
    assert peak(psutil.Process(shared.process.pid)) < 250 << 20


def test_what_unpacks_to_far_more_than_the_picture_is_left_packed(shared: Running) -> None:
    for bomb in (text_bomb(), png(8, 8, zlib.compress(bytes(200 << 20), 9))):
        edit = shared.wait(shared.submit(bomb, settings={**QUICK, "steps": 1}))
        assert edit["state"] == "done"
    assert peak(psutil.Process(shared.worker()["pid"])) < 600 << 20
