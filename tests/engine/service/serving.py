"""`python -m tests.engine.service.serving JSON`: the service with the fields of `Config` given.

`constants` changes waits that are long for a test: `{"connection.SECONDS_FOR_HEAD": 0.5}`. `clock`
names a file with the seconds by which the clock of the service is wrong; `files`, soft and hard,
how many it may open; `no_sockets` is what the system says of Unix sockets there.
"""

from __future__ import annotations

import importlib
import json
import os
import resource
import socket
import sys
import time
from pathlib import Path
from typing import Any

from flexit_engine.service.config import Config
from flexit_engine.service.server import serve


def set_clock(wrong: Path) -> None:
    right = time.time
    time.time = lambda: right() + float(wrong.read_text())


def refuse_unix_sockets(number: int) -> None:
    class Refusing(socket.socket):
        def bind(self, address: Any) -> None:  # noqa: ANN401
            if self.family == socket.AF_UNIX:
                raise OSError(number, os.strerror(number))
            super().bind(address)

    socket.socket = Refusing  # type: ignore[misc]


if __name__ == "__main__":
    chosen = json.loads(sys.argv[1])
    if (wrong := chosen.pop("clock", None)) is not None:
        set_clock(Path(wrong))
    if (number := chosen.pop("no_sockets", None)) is not None:
        refuse_unix_sockets(number)
    if (files := chosen.pop("files", None)) is not None:
        resource.setrlimit(resource.RLIMIT_NOFILE, tuple(files))
    for name, value in chosen.pop("constants", {}).items():
        module, _, constant = name.partition(".")
        setattr(importlib.import_module(f"flexit_engine.service.{module}"), constant, value)
    lists = {name: tuple(chosen[name]) for name in ("devices", "worker") if name in chosen}
    serve(Config(**{**chosen, **lists, "data": Path(chosen["data"])}))
