"""Whether a window can be opened: Qt ends the process where none can, and says why to nobody."""

from __future__ import annotations

import os
import sys
import tempfile


def why_no_window() -> str:
    """Why Qt could not open a window, in its own words; nothing where it can.

    Another process tries it, because the one that fails is killed.
    """
    if sys.platform in ("win32", "darwin"):  # where there is always a screen
        return ""
    with tempfile.TemporaryFile() as said:
        child = os.fork()
        if not child:
            _try(said.fileno())
        _, status = os.waitpid(child, 0)
        said.seek(0)
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    if not status:
        return ""
    return lines[0][:200] if lines else "Qt ended without a word"


def _try(descriptor: int) -> None:
    """Open a connection to the screen, and end."""
    try:
        import resource

        from PyQt5.QtWidgets import QApplication

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for stream in (1, 2):
            os.dup2(descriptor, stream)
        QApplication(["flexit-setup"])
        os._exit(0)
    finally:
        os._exit(1)
