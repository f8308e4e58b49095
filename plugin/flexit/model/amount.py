"""The slider that goes through the steps of an edit, during the run and after it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from flexit.client import Edit, FlexITError, Picture

from .run import Dispatch


class Amount:
    """Fetches an edit as it was at a step; of several asked for at once, the latest.

    Args:
        edit: whose steps; they are 0…its `kept`.
        on_picture: called with the picture; `picture.step` says which step it shows.
        on_error: called when a step cannot be fetched.
        dispatch: is handed each call, to make it in the GUI thread.
    """

    def __init__(
        self,
        edit: Edit,
        on_picture: Callable[[Picture], None],
        on_error: Callable[[FlexITError], None],
        dispatch: Dispatch,
    ) -> None:
        self.edit = edit
        self._on_picture = on_picture
        self._on_error = on_error
        self._dispatch = dispatch
        self._lock = threading.Lock()
        self._wanted: int | None = None
        self._busy = False
        self._closed = False

    def show(self, step: int) -> None:
        """Ask for a step; returns at once."""
        with self._lock:
            self._wanted = step
            if self._busy or self._closed:
                return
            self._busy = True
        threading.Thread(target=self._fetch_wanted, name="flexit-amount", daemon=True).start()

    def close(self) -> None:
        """From the GUI thread: no callback comes any more."""
        self._closed = True

    def _fetch_wanted(self) -> None:
        step = self._next()
        while step is not None:
            self._fetch(step)
            step = self._next()

    def _next(self) -> int | None:
        with self._lock:
            step, self._wanted = self._wanted, None
            if self._closed:
                step = None
            self._busy = step is not None
            return step

    def _fetch(self, step: int) -> None:
        try:
            picture = self.edit.result(step)
        except FlexITError as error:
            self._tell(partial(self._on_error, error))
        else:
            self._tell(partial(self._on_picture, picture))

    def _tell(self, call: Callable[[], None]) -> None:
        def call_unless_closed() -> None:
            if not self._closed:
                call()

        self._dispatch(call_unless_closed)
