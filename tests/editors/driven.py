"""An editor's process, and the driver in it that makes calls for tests."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

SHOWN = 4000
"""Characters of the log that a failure shows."""


class Driven:
    """A process that was started with what it needs to listen on a socket.

    Args:
        words: how it is started.
        environ: all its variables.
        driver: the socket.
        log: where it prints.
    """

    def __init__(
        self, words: list[str | Path], environ: dict[str, str], driver: Path, log: Path
    ) -> None:
        self._driver, self._log = driver, log
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                words,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def log(self) -> str:
        """What it printed."""
        return self._log.read_text(errors="replace")

    def wait(self, seconds: float) -> None:
        """Wait until the driver listens.

        Raises:
            AssertionError: the process has ended, or the time is over.
        """
        deadline = time.monotonic() + seconds
        while not self._driver.exists():
            assert self.process.poll() is None, f"It has ended:\n{self.log[-SHOWN:]}"
            assert time.monotonic() < deadline, f"It does not start:\n{self.log[-SHOWN:]}"
            time.sleep(0.05)

    def ask(self, wanted: dict[str, Any], seconds: float) -> Any:  # noqa: ANN401
        """Have the driver make a call, and give back what that gave.

        Raises:
            AssertionError: it raised, or the process has ended.
        """
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(seconds)
            connection.connect(str(self._driver))
            with connection.makefile("rw") as stream:
                stream.write(json.dumps(wanted) + "\n")
                stream.flush()
                line = stream.readline()
        assert line, f"It has ended:\n{self.log[-SHOWN:]}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["value"]

    def end(self) -> None:
        """End the process and all it started."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                os.killpg(self.process.pid, sign)
                try:
                    self.process.wait(5)
                except subprocess.TimeoutExpired:
                    continue
