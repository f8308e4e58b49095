"""An engine, and the edits in it. All calls block: they are meant for a thread."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlencode

from .connection import Connection
from .discovery import Address, data_folders, read_address, wrong_version
from .edit import Edit
from .errors import BadAnswer, FlexITError, NotRunning, Unauthorised
from .launch import start_engine
from .protocol import PROTOCOL, EditInfo, EditRequest, Health, Ready
from .shapes import edit_info, fields, rows
from .timeouts import LONG_PATIENCE, PATIENCE
from .upload import Pixels, multipart


class Engine:
    """The engine of a data folder. May be used from several threads.

    It looks up the engine's address for each call, and so goes on with the next engine of that
    folder when one has ended.

    Args:
        folder: the data folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @classmethod
    def find(cls, timeout: float = PATIENCE) -> Engine:
        """The engine that runs.

        Args:
            timeout: seconds to wait for the answer of each one that might.

        Raises:
            NotRunning: none does.
            EngineUnreachable: there is one, but it does not answer, or not as it should.
        """
        reasons: list[FlexITError] = []
        for folder in data_folders():
            engine = cls(folder)
            try:
                engine.health(timeout)
            except (NotRunning, BadAnswer, Unauthorised) as error:
                # A leftover of one that is gone, whose place another program may have taken.
                reasons.append(error)
            else:
                return engine
        raise next((error for error in reasons if type(error) is not NotRunning), reasons[0])

    @classmethod
    def find_or_start(cls, timeout: float = 60.0) -> Engine:
        """The engine that runs, else a new one.

        Args:
            timeout: seconds it may take until it answers.

        Raises:
            NotInstalled: there is no engine on this machine.
            NotRunning: it cannot be started from here; the hint says from where.
            StartFailed: it ended, or was not ready in time.
            EngineUnreachable: there is one, but it does not answer, or not as it should.
        """
        deadline = time.monotonic() + timeout
        try:
            return cls.find(min(timeout, PATIENCE))
        except (NotRunning, BadAnswer, Unauthorised):
            start_engine(max(1.0, deadline - time.monotonic()))
        return cls.find(PATIENCE)

    def address(self) -> Address:
        """Where it is now.

        Raises:
            NotRunning: it does not run.
            WrongVersion: it speaks another version of the protocol.
            BadAnswer: its discovery file is damaged.
        """
        return read_address(self.folder)

    def health(self, timeout: float = PATIENCE) -> Health:
        """That it answers.

        Raises:
            WrongVersion: it speaks another version of the protocol.
        """
        health = cast(Health, fields(self.call("GET", "/v1/health", timeout=timeout), "protocol"))
        if health["protocol"] != PROTOCOL:
            raise wrong_version(health["protocol"], self.address())
        return health

    def ready(self, timeout: float = PATIENCE) -> Ready:
        """Whether an edit could start at once, and what its workers do."""
        answer = self.call("GET", "/v1/ready", timeout=timeout)
        return cast(Ready, fields(answer, "ready", "queued", "workers"))

    def profiles(self, timeout: float = PATIENCE) -> list[dict[str, Any]]:
        """The sets of networks: `name`, `title`, `installed`, `missing`, `bytes` and others."""
        answer = self.call("GET", "/v1/profiles", timeout=timeout)
        return [fields(profile, "name", "installed") for profile in rows(answer)]

    def edits(self, client: str | None = None, timeout: float = PATIENCE) -> list[EditInfo]:
        """The edits it knows, newest first; of one client only where that is given."""
        query = "" if client is None else "?" + urlencode({"client": client})
        answer = self.call("GET", f"/v1/edits{query}", timeout=timeout)
        return [edit_info(edit) for edit in rows(answer)]

    def submit(
        self,
        request: EditRequest,
        image: Pixels,
        mask: Pixels | None = None,
        timeout: float = LONG_PATIENCE,
    ) -> Edit:
        """Ask for an edit.

        Args:
            request: what is asked for.
            image: the picture: raw as `request.image` says, or a file.
            mask: the selection, likewise; None: all of it.
            timeout: seconds of silence after which to give up.

        Raises:
            Busy: too many edits are waiting.
            FlexITError: whatever else the engine says is wrong.
        """
        upload = multipart(request, image, mask)
        headers = {"Content-Type": upload.content_type}
        with Connection(self.address(), timeout) as connection:
            answer = connection.request("POST", "/v1/edits", headers, upload.pieces)
            return Edit(self, edit_info(answer.read_json())["id"])

    def unload(self, timeout: float = PATIENCE) -> int:
        """Have idle workers ended, so that their memory is free; how many there were."""
        answer = self.call("POST", "/v1/unload", timeout=timeout)
        return int(fields(answer, "unloaded")["unloaded"])

    def shutdown(self, timeout: float = PATIENCE) -> None:
        """Have it end; what is queued goes on at its next start."""
        with Connection(self.address(), timeout) as connection:
            connection.request("POST", "/v1/shutdown", {})

    def call(self, method: str, path: str, body: bytes = b"", timeout: float = PATIENCE) -> Any:  # noqa: ANN401
        """Ask with JSON, and read JSON.

        Raises:
            FlexITError: what the engine says is wrong.
            EngineUnreachable: it does not run, does not answer, or not as it should.
        """
        headers = {"Content-Type": "application/json"} if body else {}
        with Connection(self.address(), timeout) as connection:
            return connection.request(method, path, headers, [body]).read_json()
