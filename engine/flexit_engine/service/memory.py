"""How much memory a process has."""

from __future__ import annotations

import os
from pathlib import Path


def resident(pid: int) -> int | None:
    """Bytes a process has in memory, where /proc tells."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
