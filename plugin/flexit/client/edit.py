"""One edit in an engine. All calls block: they are meant for a thread."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import quote

from .connection import Connection
from .pictures import Picture, receive_picture
from .protocol import RAW, EditInfo
from .shapes import edit_info
from .timeouts import LONG_PATIENCE, PATIENCE

if TYPE_CHECKING:
    from .engine import Engine


class Edit:
    """An edit that an engine knows; it outlives the engine's process. Usable from several threads.

    Args:
        engine: which has it.
        id: its name there, kept by whoever wants to come back to it.
    """

    def __init__(self, engine: Engine, id: str) -> None:  # noqa: A002
        self.engine = engine
        self.id = id

    @property
    def path(self) -> str:
        """Of its resource."""
        return f"/v1/edits/{quote(self.id, safe='')}"

    def info(self, timeout: float = PATIENCE) -> EditInfo:
        """How it stands.

        Raises:
            NotFound: the engine has forgotten it.
        """
        return edit_info(self.engine.call("GET", self.path, timeout=timeout))

    def cancel(self, timeout: float = PATIENCE) -> EditInfo:
        """End it; nothing changes where it has ended.

        Raises:
            NotFound: the engine has forgotten it.
        """
        return edit_info(self.engine.call("DELETE", self.path, timeout=timeout))

    def continue_(self, steps: int, timeout: float = PATIENCE) -> EditInfo:
        """Have it go on from its last step.

        Args:
            steps: how many more.
            timeout: seconds of silence after which to give up.

        Raises:
            WrongState: it has not ended, or left no step to go on from.
            NotFound: the engine has forgotten it.
        """
        body = json.dumps({"steps": steps}).encode()
        return edit_info(self.engine.call("POST", self.path + "/continue", body, timeout))

    def result(
        self, step: int | None = None, accept: str = RAW, timeout: float = LONG_PATIENCE
    ) -> Picture:
        """The picture it made.

        Args:
            step: as it was at that step, for which it need not have ended; None: the last one.
            accept: raw pixels, a file's type such as `image/png`, or `*/*`: as it was asked for.
            timeout: seconds of silence after which to give up.

        Raises:
            WrongState: there is no result yet.
            NotFound: that step was not kept, or the engine has forgotten the edit.
        """
        query = "" if step is None else f"?step={step}"
        return self._picture(f"{self.path}/result{query}", accept, timeout)

    def preview(self, accept: str = RAW, timeout: float = PATIENCE) -> Picture:
        """What the networks see now: the part of the image that is the edit's `box`, small.

        Args:
            accept: raw pixels (`RGB`, `uint8`) or the type of a file.
            timeout: seconds of silence after which to give up.

        Raises:
            WrongState: there is none yet.
            NotFound: there is none any more.
        """
        return self._picture(self.path + "/preview", accept, timeout)

    def _picture(self, path: str, accept: str, timeout: float) -> Picture:
        with Connection(self.engine.address(), timeout) as connection:
            return receive_picture(connection.request("GET", path, {"Accept": accept}))
