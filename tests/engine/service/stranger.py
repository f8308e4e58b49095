"""`python -m tests.engine.service.stranger DATA PID PORT`: what another user of the machine can do.

Started as root, it becomes nobody (or does not, with `--stay`), tries everything, and prints what
worked as JSON. Nothing is changed by what works.
"""

from __future__ import annotations

import encodings.idna  # noqa: F401 -- nobody may not read where it lies
import http.client
import json
import os
import socket
import sys
from collections.abc import Callable
from pathlib import Path

from tests.engine.service.places import NOBODY


def names(data: Path) -> list[str]:
    """All files there are, as the owner knows them: a stranger may guess every name."""
    return [str(path.relative_to(data)) for path in data.rglob("*")]


def reads(path: Path) -> None:
    path.open("rb").close()


def writes(path: Path) -> None:
    path.open("ab").close()


def lists(path: Path) -> None:
    os.listdir(path)


def made(path: Path) -> Path:
    path.mkdir()
    return path


def connects(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as wire:
        wire.connect(str(path))


def asks(port: int, path: str) -> None:
    """Ask over TCP, which any user can reach."""
    engine = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        engine.request("GET", path)
        status = engine.getresponse().status
    finally:
        engine.close()
    if status >= 400:
        raise PermissionError(status)


def attempts(data: Path, pid: int, port: int) -> dict[str, Callable[[], object]]:
    tries: dict[str, Callable[[], object]] = {}
    for path in [data, *(data / name for name in names(data))]:
        tries[f"read {path}"] = lambda path=path: reads(path)
        tries[f"write {path}"] = lambda path=path: writes(path)
        tries[f"list {path}"] = lambda path=path: lists(path)
    tries["connect"] = lambda: connects(data / "engine.sock")
    tries["add a folder"] = lambda: os.rmdir(made(data / "edits" / "stranger"))
    tries["replace the token"] = lambda: os.replace(data / "engine.json", data / "engine.json")
    for name in ("environ", "mem", "maps", "fd", "cwd"):
        tries[f"look into {name}"] = lambda name=name: os.stat(f"/proc/{pid}/{name}/.")
        tries[f"read {name}"] = lambda name=name: reads(Path(f"/proc/{pid}/{name}"))
        tries[f"list {name}"] = lambda name=name: lists(Path(f"/proc/{pid}/{name}"))
    for call in ("/v1/health", "/v1/edits", "/metrics", "/v1/openapi.json"):
        tries[f"ask for {call}"] = lambda call=call: asks(port, call)
    tries["signal"] = lambda: os.kill(pid, 0)
    return tries


def works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    tries = attempts(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    if sys.argv[4:] != ["--stay"]:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    print(json.dumps({name: works(attempt) for name, attempt in tries.items()}))  # noqa: T201
