"""Facts for a report of a fault, with nothing in them that is only the user's business."""

from __future__ import annotations

import getpass
import json
import os
import platform
import re
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import flexit
from flexit.client import FlexITError

TAIL = 1 << 14
"""Bytes of a log that are looked at."""


def diagnostics(facts: Mapping[str, object], error: FlexITError | None = None) -> str:
    """Lines `name: value`, to be pasted into a report.

    Args:
        facts: what the host knows: its version, the device, sizes. No texts, no token.
        error: the last one. Its message may quote what was typed, and so is left out.
    """
    lines = {
        "FlexIT": flexit.__version__,
        "Python": platform.python_version(),
        "System": platform.platform(),
        **facts,
    }
    if error is not None:
        lines["Last error"] = error.code
        lines["Log"] = error.log
        lines["Last log line"] = last_log_line(error.log)
    return redacted("\n".join(f"{name}: {value}" for name, value in lines.items()))


def redacted(text: str) -> str:
    """A text without the home folder and the user's name."""
    home = os.path.expanduser("~")
    if len(home) > 1:
        for way in sorted(_spellings(home), key=len, reverse=True):
            text = text.replace(way, "~")
    with suppress(Exception):  # there may be no name at all
        name = getpass.getuser()
        for way in _spellings(name) if len(name) > 1 else ():
            text = re.sub(rf"(?<!\w){re.escape(way)}(?!\w)", "USER", text)
    return text


def _spellings(word: str) -> set[str]:
    """How a word may be written in a message: as it is, or escaped in one of several ways."""
    return {word, repr(word)[1:-1], ascii(word)[1:-1], json.dumps(word)[1:-1]}


def last_log_line(log: str) -> str:
    """The last message in an engine's log; empty where there is none."""
    try:
        with Path(log).open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL))
            lines = file.read().decode("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return ""
    for line in reversed(lines):
        with suppress(ValueError):
            record = json.loads(line)
            if isinstance(record, dict) and record.get("message"):
                return str(record["message"])
    return ""
