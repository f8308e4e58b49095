"""An engine whose edits go as a test says, and a listener that remembers."""

from __future__ import annotations

import json
import queue
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from flexit.client import FlexITError
from flexit.model import Listener, Preview, Result, RunProgress

from ..client.stand_in import DEADLINE, Exchange, StandIn, edit_facts

Happening = tuple[str, object]
DONE: Happening = ("done", {"state": "done"})


def step(number: int, steps: int = 4) -> Happening:
    """A step was taken."""
    progress = {"stage": "step", "step": number, "steps": steps}
    return "progress", {**progress, "seconds_left": 1.0, "losses": {}}


class Scripted:
    """Answers as the engine does.

    Args:
        folder: the data folder.
    """

    def __init__(self, folder: Path) -> None:
        self.happenings: Iterable[Happening] = [step(2), step(4), DONE]
        """Of each edit."""
        self.submitted: list[dict[str, Any]] = []
        """What was asked for."""
        self.bodies: list[bytes] = []
        self.cancelled: list[str] = []
        self.continued: list[int] = []
        self.on_submit: Callable[[Exchange], None] = lambda _: None
        self.on_result: Callable[[Exchange], None] = lambda _: None
        self.hold = threading.Event()
        """Streams of events end when it is set, or when they are closed."""
        self.stand_in = StandIn(folder, self._answer)

    def __enter__(self) -> Scripted:
        return self

    def __exit__(self, *_: object) -> None:
        self.hold.set()
        self.stand_in.__exit__()

    def _answer(self, exchange: Exchange) -> None:
        path = exchange.path.partition("?")[0]
        if path == "/v1/health":
            exchange.answer({"protocol": 1, "status": "ok"})
        elif path == "/v1/edits":
            self._submit(exchange)
        elif path.endswith("/events"):
            self._stream(exchange)
        elif path.endswith("/result"):
            self.on_result(exchange)
            self._picture(exchange)
        elif path.endswith("/preview"):
            _send_picture(exchange, b"\1\2\3", "RGB", 0)
        elif path.endswith("/continue"):
            self.continued.append(json.loads(exchange.read_body())["steps"])
            exchange.answer(edit_facts(id=_id(exchange)), 202)
        elif exchange.method == "DELETE":
            self.cancelled.append(_id(exchange))
            exchange.answer(edit_facts(state="cancelled"))

    def _submit(self, exchange: Exchange) -> None:
        self.on_submit(exchange)
        body = exchange.read_body()
        self.bodies.append(body)
        self.submitted.append(json.loads(body.split(b"\r\n\r\n")[1].split(b"\r\n--")[0]))
        exchange.answer(edit_facts(id=str(len(self.submitted))), 202)

    def _stream(self, exchange: Exchange) -> None:
        exchange.begin_events()
        number = int(_id(exchange))
        seed = self.submitted[number - 1]["settings"]["seed"] if self.submitted else 0
        for kind, data in self.happenings:
            if isinstance(data, dict) and "state" in data:
                data = edit_facts(id=str(number), **{"settings": {"seed": seed}, **data})
            exchange.send_event(kind, data)
            if kind in ("done", "failed", "cancelled"):
                return
        exchange.wait_for_close()

    def _picture(self, exchange: Exchange) -> None:
        query = exchange.path.partition("step=")[2]
        wanted = int(query) if query else 99
        _send_picture(exchange, bytes([wanted, 0, 0, 255]), "BGRA", wanted)


def _id(exchange: Exchange) -> str:
    return exchange.path.split("/")[3]


def _send_picture(exchange: Exchange, data: bytes, channels: str, step: int) -> None:
    head = {"FlexIT-Width": 1, "FlexIT-Height": 1, "FlexIT-Channels": channels}
    head = {**head, "FlexIT-Depth": "uint8", "FlexIT-Step": step}
    exchange.answer(data, 200, {**head, "Content-Type": "application/octet-stream"})


class Log(Listener):
    """Remembers what it hears, in a GUI thread that is this test's own."""

    def __init__(self) -> None:
        self.calls: queue.Queue[Callable[[], None]] = queue.Queue()
        self.heard: list[tuple[str, Any]] = []

    def dispatch(self, call: Callable[[], None]) -> None:
        """Called by the run's thread."""
        self.calls.put(call)

    def hear(self, until: Callable[[], object] = lambda: False) -> None:
        """Let the GUI thread go on until something is true, or the run's end."""
        while not until() and ("end", None) not in self.heard:
            self.calls.get(timeout=DEADLINE)()

    def hear_rest(self) -> None:
        """Make the calls that were dispatched so far."""
        while not self.calls.empty():
            self.calls.get()()

    def of(self, kind: str) -> list[Any]:
        """What was heard of a kind."""
        return [what for name, what in self.heard if name == kind]

    def on_progress(self, progress: RunProgress) -> None:
        self.heard.append(("progress", progress))

    def on_preview(self, preview: Preview) -> None:
        self.heard.append(("preview", preview))

    def on_result(self, result: Result) -> None:
        self.heard.append(("result", result))

    def on_error(self, error: FlexITError) -> None:
        self.heard.append(("error", error))

    def on_end(self) -> None:
        self.heard.append(("end", None))
