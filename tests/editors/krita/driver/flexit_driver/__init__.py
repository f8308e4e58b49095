"""Runs functions in Krita's GUI thread for tests that run outside.

A function may be a generator: what it yields is waited for, by a timer and never in a nested event
loop, inside of which Krita does not work. It yields None (the next tick), a number of seconds, or a
function that says whether to go on. What it returns goes back as JSON.
"""

from __future__ import annotations

import faulthandler
import importlib
import inspect
import json
import os
import queue
import socket
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from types import TracebackType
from typing import Any

from krita import Extension, Krita, Window

try:
    from PyQt6.QtCore import QObject, QTimer
except ImportError:
    from PyQt5.QtCore import QObject, QTimer

TICK = 5
"""Milliseconds."""


class Call:
    """One function, running."""

    def __init__(self, name: str, arguments: dict[str, Any], deadline: float) -> None:
        module, _, function = name.partition(":")
        self.answers: queue.Queue[dict[str, Any]] = queue.Queue()
        self._function = lambda: getattr(importlib.import_module(module), function)(**arguments)
        self._seconds = deadline
        self._steps: Iterator[Any] | None = None
        self._until: Any = None

    def step(self) -> bool:
        """Go on as far as possible; whether it has ended."""
        try:
            return self._step()
        except BaseException:
            self.answers.put({"error": traceback.format_exc()})
            return True

    def _step(self) -> bool:
        if self._steps is None:
            self._began = time.monotonic()
            made = self._function()
            if not inspect.isgenerator(made):
                self.answers.put({"value": made})
                return True
            self._steps = made
        elif not self._may_go_on():
            return False
        try:
            wanted = next(self._steps)
        except StopIteration as end:
            self.answers.put({"value": end.value})
            return True
        self._until = wanted
        self._since = time.monotonic()
        return False

    def _may_go_on(self) -> bool:
        waited = time.monotonic() - self._since
        if isinstance(self._until, (int, float)):
            return waited >= self._until
        if self._until is None or self._until():
            return True
        if waited > self._seconds:
            raise AssertionError(f"did not happen within {self._seconds} s: {_where(self)}")
        return False


def _where(call: Call) -> str:
    """The line that waits, in the innermost generator."""
    steps = call._steps
    while getattr(steps.gi_yieldfrom, "gi_frame", None) is not None:
        steps = steps.gi_yieldfrom
    frame = steps.gi_frame
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


class Driver(Extension):
    """Takes calls from a socket."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._waiting: queue.Queue[Call] = queue.Queue()
        self._current: Call | None = None
        self.faults: list[str] = []

    def setup(self) -> None:
        sys.excepthook = self._note_fault
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK)
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(os.environ["FLEXIT_DRIVER"])
        self._socket.listen()
        threading.Thread(target=self._listen, daemon=True).start()

    def createActions(self, window: Window) -> None:  # noqa: N802
        """Nothing to add."""

    def _note_fault(
        self, kind: type[BaseException], value: BaseException, trace: TracebackType | None
    ) -> None:
        """In place of Krita's dialog."""
        self.faults.append("".join(traceback.format_exception(kind, value, trace)))

    def _tick(self) -> None:
        if self._current is None:
            if self._waiting.empty():
                return
            self._current = self._waiting.get()
        call = self._current
        if call.step():
            self._current = None

    def _listen(self) -> None:
        while True:
            connection, _ = self._socket.accept()
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rw") as stream:
            wanted = json.loads(stream.readline())
            call = Call(wanted["call"], wanted["arguments"], wanted["deadline"])
            self._waiting.put(call)
            answer = call.answers.get()
            if self.faults:
                answer = {"error": "unhandled: " + "\n".join(self.faults)}
                self.faults.clear()
            stream.write(json.dumps(answer) + "\n")


faulthandler.enable()
sys.path.insert(0, os.environ["FLEXIT_INSIDE"])
Krita.instance().addExtension(Driver(Krita.instance()))
