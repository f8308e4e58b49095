"""Running `uv`, which makes environments and fills them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import psutil

from flexit_engine.errors import InstallError
from flexit_engine.service.environment import needed
from flexit_engine.service.private import make_private_folder
from flexit_installer.progress import SECONDS_BETWEEN, Meter, Tell

CACHE = "cache"
"""Below the data folder; removed when the environment stands."""
PYTHONS = "python"
"""Below the data folder: Pythons that uv had to fetch, because this machine has no suitable one."""
PASSED = ("UV_", "SSL_CERT_", "REQUESTS_CA_BUNDLE")
"""Settings of uv and certificates, besides what an engine may inherit."""
LAST_LINES = 20
SECONDS_TO_END = 5
UNITS = {"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}
_DOWNLOADING = re.compile(r"^Downloading (\S+) \(([\d.]+)(KiB|MiB|GiB)\)")


class UvFailed(InstallError):
    """What uv was asked to do did not work; `said` has its last lines."""

    def __init__(self, message: str, hint: str = "", said: str = "") -> None:
        super().__init__(message, hint)
        self.said = said


def run_uv(words: Sequence[str | Path], data: Path, task: str, tell: Tell) -> None:
    """Run one uv command to its end; it ends as well where this process is told to stop.

    Args:
        words: the command, after `uv`.
        data: the data folder: uv keeps its cache and its Pythons below.
        task: what is being done, for people.
        tell: hears of the bytes that come in.

    Raises:
        UvFailed: in uv's own words.
    """
    for folder in (data / CACHE, data / PYTHONS):
        # One that is empty was made by an installer that was killed before it could stamp it.
        if not folder.exists() or not any(folder.iterdir()):
            make_private_folder(folder)
    process = subprocess.Popen(  # noqa: S603 -- words of our own
        [_program(), *map(str, words)],
        cwd=data / PYTHONS,
        env=uv_environment(os.environ, data),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
        creationflags=0x08000000 if sys.platform == "win32" else 0,  # no console flashes up
    )
    try:
        said = _follow(process, task, tell)
    finally:
        _end(process)
    if process.returncode:
        reason = "\n".join(said)
        raise UvFailed(
            f"{task[:1].upper()}{task[1:]} failed: {_last_cause(said)}.",
            "Check the network and run it again: what has come stays.",
            reason,
        )


def uv_environment(environ: Mapping[str, str], data: Path) -> dict[str, str]:
    """The variables that uv gets: no Python, Qt or library path of an editor reaches it."""
    passed = {name: value for name, value in environ.items() if name.startswith(PASSED)}
    if mirror := environ.get("PIP_INDEX_URL"):
        passed.setdefault("UV_DEFAULT_INDEX", mirror)
    if "UV_CONFIG_FILE" not in passed:
        # Else it would obey a `uv.toml` in any folder above, which anybody may have put there.
        passed["UV_NO_CONFIG"] = "1"
    return {
        **needed(environ),
        **passed,
        "UV_CACHE_DIR": str(data / CACHE),
        "UV_PYTHON_INSTALL_DIR": str(data / PYTHONS),
        "UV_PYTHON_INSTALL_BIN": "0",
        "UV_NO_PROGRESS": "1",
    }


def _program() -> str:
    from uv import find_uv_bin

    return find_uv_bin()


def _follow(process: subprocess.Popen[str], task: str, tell: Tell) -> list[str]:
    """Read what uv says until it ends, and tell how far it is.

    It announces what it downloads, but not how far that is: this comes from the network's counter.
    """
    said: deque[str] = deque(maxlen=LAST_LINES)
    meter, announced, start = Meter(task, None, tell), 0, _received()
    for line in _lines(process):
        if line:
            said.append(line.rstrip())
        if found := _DOWNLOADING.match(line):
            announced += int(float(found[2]) * UNITS[found[3]])
            meter.total = announced
        if announced:
            meter.reach(min(_received() - start, announced))
    process.wait()
    return list(said)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    """What a process says line by line, and an empty text each time it has been silent a while."""
    lines: SimpleQueue[str | None] = SimpleQueue()

    def read() -> None:
        assert process.stderr is not None  # noqa: S101 -- it was asked for
        with process.stderr:
            for line in process.stderr:
                lines.put(line)
        lines.put(None)

    reader = Thread(target=read, daemon=True)
    reader.start()
    while True:
        with suppress(Empty):
            if (line := lines.get(timeout=SECONDS_BETWEEN)) is None:
                return
            yield line
            continue
        yield ""


def _received() -> int:
    counters = psutil.net_io_counters()
    return int(counters.bytes_recv) if counters else 0


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        _signal(process, signal.SIGTERM)
        try:
            process.wait(SECONDS_TO_END)
        except subprocess.TimeoutExpired:
            _signal(process, signal.SIGTERM if sys.platform == "win32" else signal.SIGKILL)
            process.wait()


def _signal(process: subprocess.Popen[str], number: int) -> None:
    """To uv and what it has started, such as a compiler."""
    if sys.platform == "win32":
        process.terminate()
    else:
        os.killpg(process.pid, number)


def _last_cause(said: Sequence[str]) -> str:
    """The innermost reason: uv tells them from the outside in."""
    told = [line.strip(" ╰─▶×│├") for line in said if line.strip(" ╰─▶×│├")]
    return re.sub(r"^(cause|error): ", "", told[-1]).rstrip(".") if told else "no reason was given"
