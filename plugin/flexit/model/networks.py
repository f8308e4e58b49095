"""Which sets of networks lack their files: a plug-in marks those before they are chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from flexit.client import Engine, FlexITError

from .run import Dispatch


class Networks:
    """Asks the engine that runs; none is started for this.

    Args:
        on_change: called in the GUI thread when others are missing than before.
        dispatch: is handed each call, to make it in the GUI thread.
        find: how to get at the engine; blocks.
    """

    def __init__(
        self,
        on_change: Callable[[], None],
        dispatch: Dispatch,
        find: Callable[[], Engine] = Engine.find,
    ) -> None:
        self.missing: frozenset[str] = frozenset()
        """Names of those that are not installed; none as long as no engine has said so."""
        self._on_change = on_change
        self._dispatch = dispatch
        self._find = find
        self._asking = False
        self._closed = False

    def ask(self) -> None:
        """Ask, unless that is going on already; returns at once."""
        if not self._asking:
            self._asking = True
            threading.Thread(target=self._ask, name="flexit-networks", daemon=True).start()

    def close(self) -> None:
        """From the GUI thread: nobody is called any more."""
        self._closed = True

    def _ask(self) -> None:
        missing = self.missing
        try:
            profiles = self._find().profiles()
            missing = frozenset(each["name"] for each in profiles if not each["installed"])
        except FlexITError:
            pass  # whoever needs the engine will hear of it
        self._dispatch(partial(self._note, missing))

    def _note(self, missing: frozenset[str]) -> None:
        self._asking = False
        changed, self.missing = missing != self.missing, missing
        if changed and not self._closed:
            self._on_change()
