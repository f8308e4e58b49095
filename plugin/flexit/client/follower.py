"""Following an edit from a thread, through dropped connections and restarts of the engine."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from .connection import Connection
from .edit import Edit
from .errors import EngineUnreachable, FlexITError, Silent, Unauthorised, WrongVersion
from .events import Event, EventParser, event_of
from .timeouts import PATIENCE, STREAM_PATIENCE

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0
"""Seconds before a connection is tried again: twice as long each time."""


class Follower:
    """Follows the events of an edit in a thread of its own, and calls back.

    Of the two callbacks, the last call is either `on_event` with one that `ended`, or `on_error`;
    there is exactly one such call, unless `close` comes first. After `close` has returned, none is
    running and none comes any more, of those dispatched before neither; `close` waits for one that
    another thread is in the middle of, and may be called by a callback itself.

    A dropped connection is made again with Last-Event-ID, so that nothing that still matters is
    missed. If the edit was asked for with `on_disconnect="cancel"`, `close` is what cancels it.

    Args:
        edit: to follow.
        on_event: called with each event.
        on_error: called when the edit cannot be followed any more; it may go on in the engine.
        dispatch: is handed each call, to make it in the right thread and in this order: for Krita
            a Qt signal, for GIMP `GLib.idle_add`. Without it the follower's thread makes them.
        previews: whether to fetch the picture of each `preview` event before it is handed on.
        patience: seconds without a sign of life after which to give up.
    """

    def __init__(
        self,
        edit: Edit,
        on_event: Callable[[Event], None],
        on_error: Callable[[FlexITError], None],
        dispatch: Callable[[Callable[[], None]], object] | None = None,
        previews: bool = False,
        patience: float = 30.0,
    ) -> None:
        self._edit = edit
        self._on_event = on_event
        self._on_error = on_error
        self._dispatch = dispatch or (lambda call: call())
        self._previews = previews
        self._patience = patience
        self._closed = threading.Event()
        self._calling = threading.RLock()
        self._connection: Connection | None = None
        self._parser = EventParser()
        self._lost_since: float | None = None
        self._pause = FIRST_PAUSE
        self._thread = threading.Thread(target=self._run, name="flexit-follower", daemon=True)

    def start(self) -> Follower:
        """Begin."""
        self._thread.start()
        return self

    def close(self) -> None:
        """End it at once, from any thread."""
        self._closed.set()
        connection = self._connection
        if connection is not None:
            connection.abort()
        with self._calling:
            pass

    def join(self, timeout: float) -> bool:
        """Wait until its thread has ended: at most so many seconds; whether it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            while not self._closed.is_set():
                if self._follow():
                    return
                self._closed.wait(self._pause)
                self._pause = min(2 * self._pause, LONGEST_PAUSE)
        except FlexITError as error:
            self._call(self._on_error, error)

    def _follow(self) -> bool:
        """Follow over one connection; whether the edit has ended.

        Raises:
            FlexITError: it is no use to try again, or time is up.
        """
        try:
            if self._read_events():
                return True
            raise Silent("The engine broke off its events.", "Try again.")
        except WrongVersion:
            raise
        except (EngineUnreachable, Unauthorised):
            # No engine, a stopped one, or the token of the one before: the next may be starting.
            now = time.monotonic()
            self._lost_since = now if self._lost_since is None else self._lost_since
            if now - self._lost_since >= self._patience:
                raise
            return False

    def _read_events(self) -> bool:
        with Connection(self._edit.engine.address(), STREAM_PATIENCE) as connection:
            # In this order: `close` sets the flag first, and then looks for a connection.
            self._connection = connection
            if self._closed.is_set():
                return False
            headers = {"Accept": "text/event-stream"}
            if self._parser.last_id:
                headers["Last-Event-ID"] = self._parser.last_id
            answer = connection.request("GET", f"{self._edit.path}/events", headers)
            self._parser = EventParser(self._parser.last_id)
            while True:
                data = answer.read_some()
                if not data:
                    return False
                self._note_life()
                if self._hand_on(data):
                    return True

    def _hand_on(self, data: bytes) -> bool:
        """Call back with what has come; whether the edit has ended."""
        for message in self._parser.feed(data):
            event = event_of(message)
            if event is not None:
                self._call(self._on_event, self._with_picture(event))
                if event.ended:
                    return True
        return False

    def _with_picture(self, event: Event) -> Event:
        if not (self._previews and event.kind == "preview"):
            return event
        try:
            return event._replace(picture=self._edit.preview(timeout=PATIENCE))
        except FlexITError:  # it was only a preview; what is really wrong, the stream will tell
            return event

    def _note_life(self) -> None:
        self._lost_since, self._pause = None, FIRST_PAUSE

    def _call(self, callback: Callable[[Any], None], argument: object) -> None:
        self._dispatch(partial(self._call_unless_closed, callback, argument))

    def _call_unless_closed(self, callback: Callable[[Any], None], argument: object) -> None:
        with self._calling:
            if not self._closed.is_set():
                callback(argument)
