"""Engines for the editors' tests: the real one, and one that does what a test tells it to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexit.client import Engine, FlexITError
from tests.plugin.client.stand_in import DEADLINE, Exchange, StandIn, edit_facts

STEPS = 4
DTYPES = {"uint8": "<u1", "uint16": "<u2", "float32": "<f4"}
COMMAND = [sys.executable, "-m", "flexit_engine"]
Pixels = NDArray[Any]
Change = Callable[[Pixels, int], Pixels]


class Sent(NamedTuple):
    """An edit that was asked for."""

    request: dict[str, Any]
    image: Pixels
    """`H×W×4`."""
    mask: Pixels | None
    """`H×W`."""


class FakeEngine:
    """Speaks the engine's protocol, and changes pixels by a function.

    Args:
        folder: the data folder.
        **facts: for the discovery file.
    """

    def __init__(self, folder: Path, **facts: Any) -> None:  # noqa: ANN401
        self.change: Change = lambda pixels, _step: pixels
        """What an edit does to the pixels by a step."""
        self.sent: list[Sent] = []
        self.cancelled: list[str] = []
        self.left = threading.Event()
        """A follower went away before the end of its edit."""
        self.failure: dict[str, str] | None = None
        """What every edit ends with."""
        self.refusal: tuple[int, dict[str, str]] | None = None
        """What every request for an edit is answered with."""
        self.reached = threading.Event()
        """An edit is half done."""
        self.go_on = threading.Event()
        """Edits stop when they are half done until it is set."""
        self.go_on.set()
        folder.mkdir(parents=True, exist_ok=True)
        self.stand_in = StandIn(folder, self._answer, **facts)

    def __enter__(self) -> FakeEngine:
        return self

    def __exit__(self, *_: object) -> None:
        self.go_on.set()
        self.stand_in.__exit__()
        (self.stand_in.folder / "engine.json").unlink(missing_ok=True)

    def _answer(self, exchange: Exchange) -> None:
        path = exchange.path.partition("?")[0]
        last = path.rpartition("/")[2]
        answers = {
            "health": lambda: exchange.answer({"protocol": 1, "status": "ok"}),
            "edits": lambda: self._submit(exchange),
            "events": lambda: self._stream(exchange),
            "result": lambda: self._result(exchange),
            "preview": lambda: _send(exchange, np.full((8, 8, 3), 90, np.uint8), "RGB", 1),
            "continue": lambda: self._continue(exchange),
        }
        if exchange.method == "DELETE":
            self.cancelled.append(last)
            exchange.answer(self._facts(last, state="cancelled"))
        else:
            answers[last]()

    def _submit(self, exchange: Exchange) -> None:
        parts = _parts(exchange.read_body(), exchange.headers["content-type"])
        if self.refusal is not None:
            status, error = self.refusal
            exchange.answer({"error": error}, status)
            return
        request = json.loads(parts[0])
        request["settings"].setdefault("steps", STEPS)
        image = _array(parts[1], request["image"])
        mask = _array(parts[2], request["mask"])[..., 0] if len(parts) > 2 else None
        self.sent.append(Sent(request, image, mask))
        exchange.answer(self._facts(str(len(self.sent))), 202)

    def _continue(self, exchange: Exchange) -> None:
        steps = json.loads(exchange.read_body())["steps"]
        self._of(_name(exchange)).request["settings"]["steps"] += steps
        exchange.answer(self._facts(_name(exchange)), 202)

    def _stream(self, exchange: Exchange) -> None:
        exchange.begin_events()
        name = _name(exchange)
        steps, box = self._of(name).request["settings"]["steps"], self._box(name)
        for stage, step, left in (("loading", 0, None), ("encoding", 0, 2.0), ("step", 1, 1.5)):
            progress = {"stage": stage, "step": step, "steps": steps, "seconds_left": left}
            exchange.send_event("progress", {**progress, "losses": {}})
        exchange.send_event("preview", {"step": 1, "box": box})
        self.reached.set()
        if not self._wait(exchange):
            return
        state = "failed" if self.failure else "done"
        exchange.send_event(state, self._facts(name, state=state, error=self.failure, kept=steps))

    def _wait(self, exchange: Exchange) -> bool:
        """Wait until one may go on; False where the follower goes away first."""
        exchange.connection.settimeout(0.005)
        deadline = time.monotonic() + 3 * DEADLINE
        while not self.go_on.is_set():
            assert time.monotonic() < deadline, "nobody goes on"
            try:
                gone = exchange.connection.recv(1) == b""
            except TimeoutError:
                continue
            except ConnectionResetError:
                gone = True
            if gone:
                self.left.set()
                return False
        exchange.connection.settimeout(None)
        return True

    def _result(self, exchange: Exchange) -> None:
        sent = self._of(_name(exchange))
        asked = exchange.path.partition("step=")[2]
        step = int(asked or sent.request["settings"]["steps"])
        _send(
            exchange, self.change(sent.image.copy(), step), sent.request["image"]["channels"], step
        )

    def _of(self, name: str) -> Sent:
        return self.sent[int(name) - 1]

    def _box(self, name: str) -> dict[str, int]:
        height, width = self._of(name).image.shape[:2]
        return {"left": 0, "top": 0, "width": width, "height": height}

    def _facts(self, name: str, **facts: Any) -> dict[str, Any]:  # noqa: ANN401
        request = self._of(name).request
        same = {key: request[key] for key in ("source", "target", "settings", "on_disconnect")}
        return edit_facts(id=name, box=self._box(name), **{**same, **facts})


@contextmanager
def real_engine(folder: Path) -> Iterator[Engine]:
    """The real engine with the embedded networks, in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [*COMMAND, "serve"],
        env={**os.environ, "FLEXIT_DATA": str(folder)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    engine = Engine(folder)
    try:
        _wait_for(engine, process)
        yield engine
    finally:
        process.terminate()
        process.wait(30)


def _wait_for(engine: Engine, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 60
    while True:
        with suppress(FlexITError):
            engine.health()
            return
        assert process.poll() is None, "the engine has ended"
        assert time.monotonic() < deadline, "the engine does not answer"
        time.sleep(0.05)


def _name(exchange: Exchange) -> str:
    return exchange.path.partition("?")[0].split("/")[3]


def _parts(body: bytes, content_type: str) -> list[bytes]:
    boundary = b"--" + content_type.partition("boundary=")[2].encode()
    return [part.partition(b"\r\n\r\n")[2][:-2] for part in body.split(boundary)[1:-1]]


def _array(data: bytes, layout: dict[str, Any]) -> Pixels:
    shape = (layout["height"], layout["width"], -1)
    return np.frombuffer(data, DTYPES[layout["depth"]]).reshape(shape)


def _send(exchange: Exchange, pixels: Pixels, channels: str, step: int) -> None:
    height, width = pixels.shape[:2]
    head = {
        "FlexIT-Width": width,
        "FlexIT-Height": height,
        "FlexIT-Channels": channels,
        "FlexIT-Depth": str(pixels.dtype),
        "FlexIT-Step": step,
        "Content-Type": "application/octet-stream",
    }
    exchange.answer(pixels.tobytes(), headers=head)
