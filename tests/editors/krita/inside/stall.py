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
    """A timer in the GUI thread: the longest pauses between two beats, by what went on."""

    def __init__(self) -> None:
        super().__init__()
        self.worst: dict[str, float] = {}
        """Seconds."""
        self.doing = "nothing"
        self._host = ""
        self._timer = QtCore.QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._last = time.perf_counter()
        self._timer.start(BEAT)

    def _beat(self) -> None:
        now = time.perf_counter()
        session = active_docker()._session
        stage = session.progress.stage if session.progress is not None else self.doing
        if self._host:
            stage = "adding"
            self._host = "" if self._host == "leaving" else self._host
        self.worst[stage] = max(now - self._last, self.worst.get(stage, 0.0))
        self._last = now

    def begin_host(self) -> None:
        """From now on pauses are Krita's own; some beats come even then."""
        self._host = "inside"

    def end_host(self) -> None:
        """The pause that the next beat sees is the last of them."""
        self._host = "leaving"

    def stop(self) -> None:
        """No more beats."""
        self._timer.stop()


def large(side: int) -> Iterator[Any]:
    """An edit of all of a large picture: the longest pauses, and those of Krita's own call."""
    document = yield from open_document(side, side, noise=False)
    krita.action("select_all").trigger()
    # Krita's own moving outline of such a selection takes 70 ms each time, without a graphics card.
    krita.action("toggle_display_selection").trigger()
    active_docker().focus()  # a hidden docker does not look at what would be edited
    yield lambda: "→" in active_docker().form.size.text()
    yield 2.0
    size = active_docker().form.size.text()
    heart = Heartbeat()
    original = adding.add_layers

    def marked(*arguments: object) -> None:
        heart.begin_host()
        original(*arguments)
        heart.end_host()

    adding.add_layers = marked
    before = _memory()
    try:
        yield 0.5
        heart.doing = "after"
        yield from edit(wait=3.0)
    finally:
        adding.add_layers = original
        heart.stop()
        krita.action("toggle_display_selection").trigger()
    return {
        "error": error_text(),
        "layers": len(layers(document.rootNode())),
        "worst": heart.worst,
        "memory": [before, _peak()],
        "size": size,
    }


def empty(side: int) -> Iterator[Any]:
    """The longest pause when Krita adds a layer without a pixel to such a picture."""
    document = yield from open_document(side, side, noise=False)
    yield 2.0
    heart = Heartbeat()
    yield 0.3
    layer = document.createNode("empty", "paintlayer")
    document.rootNode().addChildNode(layer, None)
    yield 2.0
    heart.stop()
    return heart.worst["nothing"]


def _memory() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def _peak() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))
