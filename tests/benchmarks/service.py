"""What the service costs beside the edits: transfers, waiting, memory."""

from __future__ import annotations

import io
import json
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray
from PIL import Image

from tests.engine.service import wire
from tests.engine.service.conftest import QUICK
from tests.engine.service.running import Running, drawn, faulty, laid, running
from tests.engine.service.soak import Held, growth, holding, peak, soak
from tests.engine.service.test_clients import client

from .clock import best_seconds

SIDE = 4096
REPEATS = 3
TEXTS = {"source": "red apple", "target": "lemon"}
EDITS = 300
CHATTY_STEPS = 300


@contextmanager
def engine(**config: Any) -> Iterator[Running]:  # noqa: ANN401
    """A service with the embedded networks."""
    with (
        tempfile.TemporaryDirectory() as folder,
        redirect_stdout(io.StringIO()),
        running(Path(folder) / "data", **config) as service,
    ):
        yield service


def transfer() -> dict[str, Any]:
    """A large layer with a selection there and back, against copying its bytes and against PNG."""
    layer, selected = large_layer()
    body = request_body(layer, selected)
    with engine() as service:
        trips = [trip(service, body, layer.nbytes) for _ in range(REPEATS + 1)][1:]
        most = peak(psutil.Process(service.process.pid))
    best = {name: min(each[name] for each in trips) for name in trips[0]}
    copy = best_seconds(lambda: through_socket(body), REPEATS)
    back = best_seconds(lambda: through_socket([layer.tobytes()]), REPEATS)
    png = best_seconds(lambda: through_png(layer, selected), 1)
    return {
        **best,
        "floor: copy in and out": copy + back,
        "outside over floor": best["outside the worker"] / (copy + back),
        "the same as PNG": png,
        "outside over PNG": best["outside the worker"] / png,
        "service's peak MB": most / 1e6,
    }


def large_layer() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture with detail everywhere, and a selection of a sixteenth of it."""
    layer = np.tile(drawn(1, 256, 256), (SIDE // 256, SIDE // 256, 1))
    selected = np.zeros((SIDE, SIDE), np.uint8)
    selected[SIDE // 4 : SIDE // 2, SIDE // 4 : SIDE // 2] = 255
    return layer, selected


def request_body(layer: NDArray[np.uint8], selected: NDArray[np.uint8]) -> list[bytes]:
    """The parts of a short edit."""
    wanted = {**TEXTS, "settings": {"steps": 2}, "image": laid(layer), "mask": laid(selected)}
    parts = {"request": json.dumps(wanted).encode(), "image": layer.tobytes()}
    parts["mask"] = selected.tobytes()
    end = b"--" + wire.BOUNDARY + b"--\r\n"
    return [*(wire.part(name.encode(), content) for name, content in parts.items()), end]


def trip(service: Running, body: list[bytes], expected: int) -> dict[str, float]:
    """One edit from the first byte out to the last byte back."""
    token, address = service.address.token, service.address
    began = time.perf_counter()
    fields = b"Content-Type: " + wire.MULTIPART, b"Content-Length: %d" % sum(map(len, body))
    head = wire.request(b"POST /v1/edits HTTP/1.1", *fields, token=token)
    answer = wire.exchange(address, False, head, *body)
    sent = time.perf_counter()
    edit_id = json.loads(answer.body)["id"]
    edit = service.wait(edit_id)
    ended = time.perf_counter()
    line = f"GET /v1/edits/{edit_id}/result HTTP/1.1".encode()
    size = download(service, wire.request(line, token=token), expected)
    back = time.perf_counter()
    assert size > expected
    working = sum(edit["seconds"].values())
    return {
        "outside the worker": back - began - working,
        "upload": sent - began,
        "download": back - ended,
        "the worker's own": working,
    }


def download(service: Running, asked: bytes, expected: int) -> int:
    """Take an answer into memory that is there already; its bytes."""
    room = memoryview(bytearray(expected + (1 << 16)))
    size = 0
    with wire.connect(service.address, tcp=False) as connection:
        connection.sendall(asked)
        while taken := connection.recv_into(room[size:]):
            size += taken
    return size


def through_socket(pieces: list[bytes]) -> None:
    """Copy bytes through a Unix socket into memory."""
    near, far = socket.socketpair()
    with near, far:
        sender = threading.Thread(target=lambda: [near.sendall(piece) for piece in pieces])
        sender.start()
        left, room = sum(map(len, pieces)), bytearray(1 << 20)
        while left:
            left -= far.recv_into(room)
        sender.join()


def through_png(layer: NDArray[np.uint8], selected: NDArray[np.uint8]) -> None:
    """How others send pictures: written and read as PNG, at its fastest, there and back."""
    for pixels in (layer, selected, layer):
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "png", compress_level=1)
        Image.open(buffer).load()


def waiting() -> dict[str, Any]:
    """Starting, looking back at a step, cancelling, guessing the time that is left."""
    began = time.perf_counter()
    with engine() as service:
        figures: dict[str, Any] = {"cold start to health": time.perf_counter() - began}
        for side in (512, 2048):
            edit = service.submit(drawn(1, side, side), **TEXTS, settings={"steps": 20})
            assert service.wait(edit)["state"] == "done"
            figures[f"a kept step at {side}²"] = best_seconds(
                lambda edit=edit: service.pixels(edit, step=7), REPEATS
            )
        figures["off by, seconds left"] = time_left(service)
        figures["cancel to free"] = min(cancel(service) for _ in range(REPEATS))
        held = holding(service)
        service.http.post("/v1/unload")
        megabytes = {"service": held.service, "worker": held.worker}
        figures["idle MB"] = {name: size / 1e6 for name, size in megabytes.items()}
        after = psutil.Process(service.process.pid)
        left = after.memory_info().rss + sum(c.memory_info().rss for c in after.children())
        figures["idle MB, unloaded"] = left / 1e6
    return figures


def time_left(service: Running) -> float:
    """The worst guess after the first quarter, as a share of what was left."""
    edit = service.submit(drawn(1, 512, 512), **TEXTS)
    guesses: list[tuple[float, float]] = []
    for event in service.events(edit):
        told = event.data
        if event.kind != "progress" or told["stage"] != "step":
            continue
        if told["step"] * 4 >= told["steps"] > told["step"] + 10:
            guesses.append((time.perf_counter(), told["seconds_left"]))
    ended = time.perf_counter()
    return max(abs(left / (ended - asked) - 1) for asked, left in guesses)


def cancel(service: Running) -> float:
    """From the request to a worker that could do something else."""
    edit = service.submit(drawn(1, 512, 512), **TEXTS)
    service.until_step(edit, 5)
    began = time.perf_counter()
    service.cancel(edit)
    while service.worker()["state"] != "idle":
        time.sleep(0.002)
    return time.perf_counter() - began


def frozen() -> dict[str, Any]:
    """Seconds an edit takes with small networks, alone and beside a client that has frozen."""
    with tempfile.TemporaryDirectory() as folder:
        faults = Path(folder) / "faults"
        worker = faulty(faults)
        (faults / "chatty").touch()
        with engine(worker=worker) as service:
            alone = best_seconds(lambda: chatty_edit(service, None), REPEATS)
            beside = best_seconds(lambda: chatty_edit(service, signal.SIGSTOP), REPEATS)
    return {"alone": alone, "beside a frozen client": beside, "ratio": beside / alone}


def chatty_edit(service: Running, signal_to_client: int | None) -> None:
    """An edit of many reported steps, which a client follows from its first event on."""
    edit = service.submit(drawn(), settings={**QUICK, "steps": CHATTY_STEPS})
    with client(service, edit) as follower:
        if signal_to_client is not None:
            follower.send_signal(signal_to_client)
        assert service.wait(edit)["state"] == "done"


def many() -> dict[str, Any]:
    """Growth over many short edits with small networks: the last third over the one before."""
    with tempfile.TemporaryDirectory() as folder:
        worker = faulty(Path(folder) / "faults")
        with engine(worker=worker, keep_bytes=1_000_000) as service:
            began = time.perf_counter()
            held = soak(service, EDITS)
            seconds = time.perf_counter() - began
    return {
        "edits": EDITS,
        "seconds an edit": seconds / EDITS,
        **{f"{name} grew by": growth([getattr(h, name) for h in held]) for name in Held._fields},
    }
