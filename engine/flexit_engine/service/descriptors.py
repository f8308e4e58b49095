"""Open files: as many as the system allows, and shared out so that they never run out.

A process that can open no more files cannot even take a connection to close it.
"""

from __future__ import annotations

import sys
from contextlib import suppress

if sys.platform != "win32":
    import resource

WANTED = 4096
OWN = 40
"""For the database, the log, pictures on their way, and the pipes of workers."""
MOST_CONNECTIONS = 256
"""Of one listener, where there are files enough."""
FEWEST_CONNECTIONS = 4


def raise_limit() -> int:
    """Let this process, and those it starts, open as many files as they may; how many that is."""
    if sys.platform == "win32":  # which has no such limit
        return WANTED
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= WANTED:
        return WANTED
    wanted = WANTED if hard == resource.RLIM_INFINITY else min(hard, WANTED)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def connections_each(files: int, listeners: int) -> int:
    """How many connections each listener may have; as many again may come before one is closed."""
    share = (files - OWN) // (2 * listeners)
    return max(FEWEST_CONNECTIONS, min(MOST_CONNECTIONS, share))
