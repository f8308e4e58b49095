"""How the engine is, looked at now and then by a thread; and starting and stopping it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from flexit.client import Engine, EngineUnreachable, FlexITError

from .dispatch import Dispatcher
from .qt import QtCore, Signal

PERIOD = 3000
"""Milliseconds between two looks."""


class EngineFacts(NamedTuple):
    """How the engine is."""

    running: bool = False
    version: str = ""
    log: str = ""
    workers: tuple[dict[str, Any], ...] = ()
    profiles: tuple[dict[str, Any], ...] = ()
    error: FlexITError | None = None
    """Why it is not running, or does not answer."""

    @property
    def memory(self) -> int:
        """Bytes its workers hold."""
        return sum(worker.get("memory") or 0 for worker in self.workers)

    def resolution(self, profile: str) -> int | None:
        """The side of the square that a profile's networks work on."""
        found = (each for each in self.profiles if each["name"] == profile)
        return next((each.get("resolution") for each in found), None)


class EngineWatch(QtCore.QObject):
    """Looks at the engine, and never starts it unasked."""

    changed = Signal(object)
    """`EngineFacts`."""
    failed = Signal(object)
    """A `FlexITError`."""

    def __init__(self, dispatch: Dispatcher) -> None:
        super().__init__()
        self.facts: EngineFacts | None = None
        """None: not looked yet."""
        self.changing = False
        """Whether it is being started or stopped."""
        self._dispatch = dispatch
        self._looking = False
        self._watchers = 0
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(PERIOD)
        self._timer.timeout.connect(self.look)

    def watch(self, on: bool) -> None:
        """One more, or one less, who wants to know."""
        self._watchers += 1 if on else -1
        if self._watchers > 0:
            self.look()
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Look now."""
        if not self._looking:
            self._looking = True
            self._in_thread(_look)

    def start(self) -> None:
        """Start it."""
        self._change(Engine.find_or_start)

    def stop(self) -> None:
        """Stop it; what is queued goes on at its next start."""
        self._change(lambda: Engine.find().shutdown())

    def free_memory(self) -> None:
        """Have its networks unloaded."""
        self._change(lambda: Engine.find().unload())

    def _change(self, change: Callable[[], Any]) -> None:
        def change_and_look() -> EngineFacts:
            change()
            return _look()

        self.changing = True
        self.changed.emit(self.facts)
        self._in_thread(change_and_look)

    def _in_thread(self, work: Callable[[], EngineFacts]) -> None:
        def run() -> None:
            try:
                facts = work()
            except FlexITError as error:
                self._dispatch(partial(self._fail, error))
            else:
                self._dispatch(partial(self._note, facts))

        threading.Thread(target=run, name="flexit-look", daemon=True).start()

    def _note(self, facts: EngineFacts) -> None:
        self._looking = self.changing = False
        if facts.running and not facts.profiles and self.facts is not None:
            facts = facts._replace(profiles=self.facts.profiles)
        self.facts = facts
        self.changed.emit(facts)

    def _fail(self, error: FlexITError) -> None:
        self._note(EngineFacts(error=error))
        self.failed.emit(error)


def _look() -> EngineFacts:
    try:
        engine = Engine.find()
        address = engine.address()
        ready = engine.ready()
        return EngineFacts(
            True,
            address.version,
            address.log,
            tuple(dict(worker) for worker in ready["workers"]),
            tuple(engine.profiles()),
        )
    except EngineUnreachable as error:
        return EngineFacts(error=error)
