"""Runs in GIMP, and makes calls for tests that run outside.

GIMP executes it by `--batch`, in a process of its own like any plug-in's. It takes one call a
connection until it is told to end: `{"call": name, "arguments": {…}}`, a function of `steps`.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import traceback
from typing import Any

sys.path.insert(0, os.environ["FLEXIT_INSIDE"])
import steps


def answer(wanted: dict[str, Any]) -> dict[str, Any]:
    """Make a call."""
    try:
        return {"value": getattr(steps, wanted["call"])(**wanted["arguments"])}
    except BaseException:
        return {"error": traceback.format_exc()}


def serve(path: str) -> None:
    """Make calls until there is one without a name."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while True:
            connection, _address = listener.accept()
            with connection, connection.makefile("rw") as stream:
                wanted = json.loads(stream.readline())
                if not wanted["call"]:
                    return
                stream.write(json.dumps(answer(wanted)) + "\n")


serve(os.environ["FLEXIT_DRIVER"])
