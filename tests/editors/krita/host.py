"""A real Krita on a display of its own, which runs functions of `inside` for tests."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from tests.editors.display import Display
from tests.editors.driven import Driven

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
        self._driven = Driven(
            [
                *_traced(trace),
                *_in_suite(),
                *("dbus-run-session", "--", "krita", "--nosplash", *arguments),
            ],
            {
                "HOME": str(home),
                "PATH": "/usr/bin:/bin:/usr/sbin:/sbin",
                "LANG": "C.UTF-8",
                "DISPLAY": display.name,
                "XDG_RUNTIME_DIR": str(home),
                "FLEXIT_DRIVER": str(self._socket),
                "FLEXIT_INSIDE": str(home / "inside"),
                **environ,
            },
            self._socket,
            home / "krita.log",
        )
        self.process = self._driven.process
        try:
            self._driven.wait(START)
            self.run("steps:wait_for_window", deadline=START)
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
        return self._driven.log

    def run(self, call: str, *, deadline: float = 20.0, **arguments: Any) -> Any:  # noqa: ANN401
        """Run `module:function` of `inside` in the GUI thread.

        Args:
            call: what to run.
            deadline: seconds a step may wait for what it waits for.
            arguments: as the function takes them; JSON.

        Raises:
            AssertionError: it raised, or an exception was nobody's.
        """
        wanted = {"call": call, "arguments": arguments, "deadline": deadline}
        return self._driven.ask(wanted, CALL + deadline)

    def close(self) -> None:
        """End it and all it started."""
        self._driven.end()


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
