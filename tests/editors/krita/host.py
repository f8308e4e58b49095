"""A real Krita on a display of its own, which runs functions of `inside` for tests."""

from __future__ import annotations

import atexit
import functools
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from .display import Display
from .home import RESOURCES, make_home

HERE = Path(__file__).parent
CHROOT = HERE.parents[2] / "scripts" / "editor-chroot"
SUITE = os.environ.get("FLEXIT_KRITA", "")
"""`trixie`, `sid` or `experimental`: Krita 5.2, 5.3 or 6 in place of this machine's."""
START = 180.0
"""Seconds Krita may take to start on a busy machine."""
CALL = 120.0
"""Seconds that a call may take besides a single wait in it."""


class Krita:
    """A running Krita with the plug-in, a clean home, and nothing of the machine's settings.

    Args:
        home: an empty folder.
        display: where its window appears.
        environ: variables besides; `FLEXIT_DATA` is where the engine is.
        arguments: files to open.
        language: of Krita, as its settings have it.
        trace: where its connections and the programs it starts are written down.
        fresh: have it make its resources, which takes long, and not copy what the first one made.
    """

    def __init__(
        self,
        home: Path,
        display: Display,
        environ: dict[str, str],
        arguments: tuple[str, ...] = (),
        language: str = "",
        trace: Path | None = None,
        fresh: bool = False,
    ) -> None:
        self.home = home
        self.display = display
        self._socket = home / "driver"
        make_home(home, language, None if fresh else _made_by_the_first())
        self._log = (home / "krita.log").open("wb")
        self.process = subprocess.Popen(
            [
                *_traced(trace),
                *_in_suite(),
                *("dbus-run-session", "--", "krita", "--nosplash", *arguments),
            ],
            env={
                "HOME": str(home),
                "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
                "LANG": "C.UTF-8",
                "DISPLAY": display.name,
                "XDG_RUNTIME_DIR": str(home),
                "FLEXIT_DRIVER": str(self._socket),
                "FLEXIT_INSIDE": str(home / "inside"),
                **environ,
            },
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            self._wait_for_driver()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Krita:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def log(self) -> str:
        """What it printed."""
        return (self.home / "krita.log").read_text(errors="replace")

    def run(self, call: str, *, deadline: float = 20.0, **arguments: Any) -> Any:  # noqa: ANN401
        """Run `module:function` of `inside` in the GUI thread.

        Args:
            call: what to run.
            deadline: seconds a step may wait for what it waits for.
            arguments: as the function takes them; JSON.

        Raises:
            AssertionError: it raised, or an exception was nobody's.
        """
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(CALL + deadline)
            connection.connect(str(self._socket))
            with connection.makefile("rw") as stream:
                wanted = {"call": call, "arguments": arguments, "deadline": deadline}
                stream.write(json.dumps(wanted) + "\n")
                stream.flush()
                line = stream.readline()
        assert line, f"Krita ended:\n{self.log[-2000:]}"
        answer = json.loads(line)
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer["value"]

    def close(self) -> None:
        """End it and all it started."""
        for sign in (signal.SIGTERM, signal.SIGKILL):
            if self.process.poll() is None:
                os.killpg(self.process.pid, sign)
                try:
                    self.process.wait(5)
                except subprocess.TimeoutExpired:
                    continue
        self._log.close()

    def _wait_for_driver(self) -> None:
        deadline = time.monotonic() + START
        while not self._socket.exists():
            running = self.process.poll() is None
            if not running or time.monotonic() > deadline:
                raise AssertionError(f"Krita does not start:\n{self.log[-4000:]}")
            time.sleep(0.05)
        self.run("steps:wait_for_window", deadline=START)


def _in_suite() -> list[str]:
    """Which Krita: this machine's, or that of another Debian."""
    return [str(CHROOT), SUITE, "krita"] if SUITE else []


def _traced(trace: Path | None) -> list[str]:
    if trace is None:
        return []
    calls = ["-e", "trace=connect,execve", "-e", "signal=none"]
    return ["strace", "--follow-forks", "--seccomp-bpf", "-o", str(trace), *calls]


@functools.cache
def _made_by_the_first() -> Path:
    """The resources that Krita makes at its first start."""
    home = Path(tempfile.mkdtemp(prefix="flexit-krita-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    environ = {"FLEXIT_DATA": str(home / "data")}
    with Display() as display, Krita(home, display, environ, fresh=True):
        return home / RESOURCES
