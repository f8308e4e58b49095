"""How torch's threads wait for each other."""

from __future__ import annotations

import os


def share_cores() -> None:
    """Have threads that wait give up their core soon; to be called before torch is imported.

    By default a thread that waits for the others keeps its core for a millisecond, from the one it
    waits for as well: on a busy machine a step takes ten times as long. This is a thirtieth of
    that, and costs nothing on a quiet one.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
