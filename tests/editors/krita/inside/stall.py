"""How long the GUI thread is away during an edit of a very large picture."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from steps import edit, error_text, krita, layers, open_document

from flexit.krita import adding
from flexit.krita.plugin import active_docker
from flexit.krita.qt import Qt, QtCore

BEAT = 5
"""Milliseconds."""


class Heartbeat(QtCore.QObject):
    """A timer in the GUI thread: the longest pauses between two beats.

    On a busy machine others lengthen them: so what the GUI thread itself computed counts as well.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gaps: list[tuple[float, float, str]] = []
        self.doing = "nothing"
        self._host = ""
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._last = time.perf_counter()
        self._worked = time.thread_time()
        self._timer.start(BEAT)

    def _beat(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        session = active_docker()._session
        stage = session.progress.stage if session.progress is not None else self.doing
        if self._host:
            stage = "adding"
            self._host = "" if self._host == "leaving" else self._host
        self.gaps.append((now - self._last, worked - self._worked, stage))
        self._last, self._worked = now, worked

    def begin_host(self) -> None:
        """From now on pauses are Krita's own; some beats come even then."""
        self._host = "inside"

    def end_host(self) -> None:
        """The pause that the next beat sees is the last of them."""
        self._host = "leaving"

    def worst(self) -> dict[str, list[float]]:
        """The longest pause in each stage, and the most computed at once; seconds."""
        found: dict[str, list[float]] = {}
        for gap, work, stage in self.gaps:
            other = found.get(stage, [0, 0])
            found[stage] = [round(max(gap, other[0]), 4), round(max(work, other[1]), 4)]
        return found


def large(side: int) -> Iterator[Any]:
    """An edit of all of a large picture: the longest pauses, and the time in Krita's own call."""
    document = yield from open_document(side, side, noise=False)
    krita.action("select_all").trigger()
    yield 2.0
    heart = Heartbeat()
    added: list[float] = []
    original = adding.add_layers

    def timed(*arguments: object) -> None:
        began = time.perf_counter()
        heart.begin_host()
        original(*arguments)
        heart.end_host()
        added.append(time.perf_counter() - began)

    adding.add_layers = timed
    before = _memory()
    try:
        yield 0.5
        began = time.perf_counter()
        heart.doing = "after"
        yield from edit(wait=3.0)
        seconds = time.perf_counter() - began - 3.0
    finally:
        adding.add_layers = original
        heart._timer.stop()
    return {
        "error": error_text(),
        "layers": len(layers(document.rootNode())),
        "worst": heart.worst(),
        "host": added,
        "seconds": seconds,
        "memory": [before, _memory(), _peak()],
        "size": active_docker().form.size.text(),
    }


def native(side: int) -> Iterator[Any]:
    """The longest pause when Krita itself duplicates a full layer of that size."""
    document = yield from open_document(side, side, noise=False)
    yield 1.0
    heart = Heartbeat()
    heart.doing = "native"
    yield 0.3
    krita.action("duplicatelayer").trigger()
    yield lambda: len(document.topLevelNodes()) == 2
    yield 3.0
    heart._timer.stop()
    return heart.worst()


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
