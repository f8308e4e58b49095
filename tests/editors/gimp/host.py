"""A real GIMP in a Debian of its own, which makes calls for tests."""

from __future__ import annotations

import base64
import os
import re
import socket
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexit_installer.payload import payload_for
from tests.editors.driven import Driven

HERE = Path(__file__).parent
PROJECT = HERE.parents[2]
CHROOT = PROJECT / "scripts" / "editor-chroot"
SUITE = os.environ.get("FLEXIT_GIMP", "trixie")
"""The Debian whose GIMP is tested: trixie has 3.0, sid has 3.2."""
START = 60.0
"""Seconds GIMP may take to start on a busy machine."""
DTYPES = {"u8": "u1", "u16": "<u2", "float": "<f4"}
SETTINGS = '(show-welcome-dialog no)\n(check-updates no)\n(config-version "3.0.4")\n'
SHORTCUTS = """
(file-version 1)
(action "plug-in-flexit-edit" "<Primary><Alt>e")
(action "plug-in-flexit-repeat" "<Primary><Alt>r")
(action "plug-in-flexit-recall" "<Primary><Alt>c")
"""
"""So that tests can call us as a user does, while GIMP goes on serving them."""
OURS = re.compile(
    r"^.*\(flexit\.py:\d+\).*$|^Traceback.*$|^.*mnemonic.*$|^.*-CRITICAL.*$", re.MULTILINE
)
"""Lines that our process prints, or that GIMP prints because of us."""
ANYBODYS = re.compile(r"gimp_flush\(\): error:|duplicate mnemonic . for label of property \(null\)")
"""GIMP closes the pipe before a plug-in has ended that returned an error, whichever it is; and its
own buttons share letters in Spanish."""


class Gimp:
    """A running GIMP with the plug-in and a profile of its own.

    Args:
        home: an empty folder, below the one for temporary files: GIMP sees that as well.
        data: the engine's data folder, likewise.
        display: where its window appears; None: it has none.
        entry: another entry file for the plug-in.
        wrapped_by: command that it runs under.
        **environ: variables besides.
    """

    def __init__(
        self,
        home: Path,
        data: Path,
        display: str | None = None,
        entry: Path | None = None,
        wrapped_by: tuple[str, ...] = (),
        **environ: str,
    ) -> None:
        self.home, self.profile = home, home / "profile"
        self._socket = home / "driver"
        self._heard = 0
        install(self.profile, entry)
        (self.profile / "gimprc").write_text(SETTINGS)
        (self.profile / "shortcutsrc").write_text(SHORTCUTS)
        self._driven = Driven(
            [*wrapped_by, CHROOT, SUITE, "gimp", *_command(display)],
            {
                "HOME": str(home),
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "LANG": "C.UTF-8",
                "GIMP3_DIRECTORY": str(self.profile),
                "FLEXIT_DATA": str(data),
                "FLEXIT_DRIVER": str(self._socket),
                "FLEXIT_INSIDE": str(_inside(home)),
                "NO_AT_BRIDGE": "1",
                **({"DISPLAY": display} if display else {}),
                **environ,
            },
            self._socket,
            home / "gimp.log",
        )
        self.process = self._driven.process
        try:
            self._driven.wait(START)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Gimp:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.close()
        if kind is None:
            heard = self.complaints()
            assert not heard, heard

    @property
    def log(self) -> str:
        """What it printed."""
        return self._driven.log

    def complaints(self) -> list[str]:
        """What it printed about us since it was last asked; all of it must be asked for."""
        log = self.log
        start, self._heard = self._heard, len(log)
        return [line for line in OURS.findall(log[start:]) if not ANYBODYS.search(line)]

    def __call__(self, call: str, *, timeout: float = 120.0, **arguments: Any) -> Any:  # noqa: ANN401
        """Make a call of `inside/steps.py`.

        Raises:
            AssertionError: it raised.
        """
        return self._driven.ask({"call": call, "arguments": arguments}, timeout)

    def pixels(self, layer: int, depth: str = "u8") -> NDArray[Any]:
        """A layer's own pixels, `H×W×4` of straight sRGB."""
        data = self("pixels", layer=layer, form=f"R'G'B'A {depth}")
        return self._shaped(data, layer, depth)

    def mask(self, layer: int) -> NDArray[Any] | None:
        """A layer's mask, `H×W`."""
        facts = self("facts", layer=layer)
        if facts["mask"] is None:
            return None
        _left, _top, width, height = facts["bounds"]
        return decoded(facts["mask"], "u1").reshape(height, width)

    def _shaped(self, data: str, layer: int, depth: str) -> NDArray[Any]:
        _left, _top, width, height = self("facts", layer=layer)["bounds"]
        return decoded(data, DTYPES[depth]).reshape(height, width, 4)

    def plugin_pid(self) -> int | None:
        """The process of the plug-in, while one runs."""
        return next(iter(_plugins(self.process.pid)), None)

    def close(self) -> None:
        """End it and all it started."""
        if self.process.poll() is None:
            self._ask_to_end()
        self._driven.end()

    def _ask_to_end(self) -> None:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(5)
                connection.connect(str(self._socket))
                connection.sendall(b'{"call": ""}\n')
            self.process.wait(15)
        except (OSError, subprocess.TimeoutExpired):
            return


def install(profile: Path, entry: Path | None = None) -> None:
    """Put the plug-in's files into a profile, as the installer does."""
    for name, item in payload_for("gimp").items():
        path = profile / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(entry.read_bytes() if entry and item.executable else item.content)
        path.chmod(0o755 if item.executable else 0o644)


def decoded(data: str, dtype: str) -> NDArray[Any]:
    """Bytes as they come from GIMP."""
    return np.frombuffer(base64.b64decode(data), dtype)


def _command(display: str | None) -> list[str]:
    batch = "exec(open(__import__('os').environ['FLEXIT_INSIDE'] + '/driver.py').read())"
    python = ["--batch-interpreter=python-fu-eval", "-b", batch, "--quit"]
    if display is None:
        return ["gimp-console", "-n", "-i", "-d", "-s", *python]
    return ["dbus-run-session", "--", "gimp", "--new-instance", "--no-splash", *python]


def _inside(home: Path) -> Path:
    """What runs in GIMP, where GIMP can see it."""
    place = home / "inside"
    place.mkdir()
    for path in (HERE / "inside").glob("*.py"):
        (place / path.name).write_bytes(path.read_bytes())
    return place


def _plugins(session: int) -> list[int]:
    """Processes of a session that run our plug-in."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            of = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
        except OSError:
            continue
        if of == session and b"plug-ins/flexit/flexit.py" in words and b"-run" in words:
            found.append(int(folder.name))
    return found


def chroot() -> Path:
    """The root folder of the Debian that GIMP runs in."""
    return Path(os.environ.get("FLEXIT_CHROOTS", "/var/tmp/flexit-chroots")) / SUITE  # noqa: S108
