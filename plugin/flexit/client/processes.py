"""Whether a process is still there."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from .environment import in_flatpak

if sys.platform == "win32":
    import ctypes

    QUERY_LIMITED_INFORMATION = 0x1000
    ACCESS_DENIED = 5


def has_ended(pid: int) -> bool:
    """Whether no process has this number any more.

    From inside a sandbox with processes of its own that cannot be told, and is not said.
    """
    if in_flatpak():
        return False
    return not _is_there(pid) or _is_zombie(pid)


def _is_there(pid: int) -> bool:
    if sys.platform == "win32":  # where signal 0 would end it
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        handle = kernel.OpenProcess(QUERY_LIMITED_INFORMATION, False, pid)
        if not handle:
            return ctypes.get_last_error() == ACCESS_DENIED
        kernel.CloseHandle(handle)
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _is_zombie(pid: int) -> bool:
    """Whether it has ended, but nobody has collected it yet; known on Linux only."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].startswith(b"Z")
    return False
