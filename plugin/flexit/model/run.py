"""One press of the button: from pixels to results, in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Callable, NamedTuple, cast

from flexit.client import (
    Edit,
    EditInfo,
    EditRequest,
    Engine,
    EngineUnreachable,
    Event,
    FlexITError,
    Follower,
)
from flexit.client.upload import Pixels

from .clock import RunClock
from .listener import Listener, Preview, Result, RunProgress

Dispatch = Callable[[Callable[[], None]], object]

PATIENCE = 1.5
"""Seconds an engine that is gone is waited for: who watches must soon hear of it."""
CANCELLED = "cancelled"
"""Wakes the run's thread up."""


class Task(NamedTuple):
    """One variant to be made."""

    request: EditRequest
    start: Callable[[Engine], Edit]
    """Have the engine begin; blocks."""


def new_edits(
    requests: Sequence[EditRequest], image: Pixels, mask: Pixels | None = None
) -> list[Task]:
    """Tasks that ask for edits.

    Args:
        requests: one a variant, as `requests_of` makes them.
        image: the pixels, in the format of the requests; must not change until the run's end.
        mask: the selection, one byte a pixel; None: all of it.
    """

    def task(request: EditRequest) -> Task:
        return Task(request, lambda engine: engine.submit(request, image, mask))

    return [task(request) for request in requests]


def more_steps(edit: Edit, request: EditRequest, steps: int) -> list[Task]:
    """A task that has a finished edit go on from its last step.

    Args:
        edit: the finished one.
        request: what was asked for.
        steps: how many more.
    """

    def start(engine: Engine) -> Edit:
        same = Edit(engine, edit.id)
        same.continue_(steps)
        return same

    return [Task(request, start)]


class Run:
    """Makes variants, one after the other.

    Args:
        tasks: from `new_edits`, `more_steps`, or the `rest` of another run.
        listener: hears of it.
        dispatch: is handed each call to the listener, to make it in the GUI thread, in this order.
        find: how to get at an engine; blocks.
    """

    def __init__(
        self,
        tasks: Sequence[Task],
        listener: Listener,
        dispatch: Dispatch,
        find: Callable[[], Engine] = Engine.find_or_start,
    ) -> None:
        self._tasks = list(tasks)
        self._listener = listener
        self._dispatch = dispatch
        self._find = find
        self._clock = RunClock(len(self._tasks))
        self._cancelled = threading.Event()
        self._events: queue.Queue[object] = queue.Queue()
        self.edit: Edit | None = None
        """The one that is running: what it was at earlier steps can be fetched meanwhile."""
        self._thread = threading.Thread(target=self._run, name="flexit-run", daemon=True)

    def start(self) -> Run:
        """Begin."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """End it, from the GUI thread: returns at once, and the listener hears nothing more.

        The engine is told by the run's own thread.
        """
        self._cancelled.set()
        self._events.put(CANCELLED)

    def join(self, timeout: float) -> bool:
        """Wait until its thread has ended: at most so many seconds; whether it has."""
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def rest(self) -> list[Task]:
        """After an error, what is not finished: the engine goes on with what it had begun."""
        begun, *others = self._tasks[self._clock.variant - 1 :]
        edit = self.edit
        if edit is None:
            return [begun, *others]
        return [Task(begun.request, lambda engine: Edit(engine, edit.id)), *others]

    def _run(self) -> None:
        try:
            self._make_variants()
        except FlexITError as error:
            self._tell(partial(self._listener.on_error, error))
        except Exception as fault:  # a fault of ours: whoever waits must hear of it
            words = f"The plug-in has a fault: {type(fault).__name__}: {fault}."
            self._tell(partial(self._listener.on_error, FlexITError(words, "Please report it.")))
            raise
        finally:
            self._tell(self._listener.on_end)

    def _make_variants(self) -> None:
        self._report(self._clock.at_stage("connecting"))
        engine = self._find()
        for number, task in enumerate(self._tasks, 1):
            if self._cancelled.is_set():
                return
            self._clock.begin_variant(number)
            self.edit = None
            self._report(self._clock.at_stage("sending"))
            self.edit = task.start(engine)
            self._make_variant(self.edit, task.request)

    def _make_variant(self, edit: Edit, request: EditRequest) -> None:
        try:
            info = self._follow(edit)
            if info is not None:
                self._report(self._clock.finished())
                result = Result(edit, info, request, edit.result(), self._clock.variant)
                self._tell(partial(self._listener.on_result, result))
                return
        except EngineUnreachable:
            raise  # it may be asked for its `rest`
        except BaseException:
            _call_off(edit)
            raise
        _call_off(edit)

    def _follow(self, edit: Edit) -> EditInfo | None:
        """Follow an edit until it is done; None where it was cancelled here.

        Raises:
            FlexITError: it failed, or cannot be followed any more.
        """
        put = self._events.put
        follower = Follower(edit, put, put, previews=True, patience=PATIENCE).start()
        try:
            while True:
                event = self._events.get()
                if self._cancelled.is_set():
                    return None
                if isinstance(event, FlexITError):
                    raise event
                if isinstance(event, Event) and self._hear(event):
                    return cast(EditInfo, event.data)
        finally:
            follower.close()

    def _hear(self, event: Event) -> bool:
        """Pass on what happened; whether the edit is done.

        Raises:
            FlexITError: it failed.
        """
        if event.error is not None:
            raise event.error
        if event.kind == "cancelled":
            raise FlexITError("The edit was cancelled from elsewhere.", "Run it again.")
        if event.kind == "progress":
            self._report(self._clock.at(event.data))
        elif event.kind == "state" and event.data["state"] == "queued":
            self._report(self._clock.at_stage("queued", event.data["position"]))
        elif event.kind == "preview" and event.picture is not None:
            preview = Preview(event.picture, event.data["box"], self._clock.variant)
            self._tell(partial(self._listener.on_preview, preview))
        return event.kind == "done"

    def _report(self, progress: RunProgress) -> None:
        self._tell(partial(self._listener.on_progress, progress))

    def _tell(self, call: Callable[[], None]) -> None:
        def call_unless_cancelled() -> None:
            if not self._cancelled.is_set():
                call()

        self._dispatch(call_unless_cancelled)


def _call_off(edit: Edit) -> None:
    with suppress(FlexITError):
        edit.cancel()
