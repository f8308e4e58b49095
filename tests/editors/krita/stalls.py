"""An edit of a very large picture in Krita, and how long its GUI thread is away meanwhile."""

from __future__ import annotations

from typing import Any

from .host import Krita

SIDE = 8000


def edit_large(krita: Krita) -> dict[str, Any]:
    """Edit all of it: the longest pauses by stage, memory, and what the docker says."""
    krita.run("steps:tidy_up")
    found = krita.run("stall:large", side=SIDE, deadline=120)
    assert found["error"] is None
    assert found["layers"] == 2
    return dict(found)


def seconds_to_add_nothing(krita: Krita) -> float:
    """What Krita takes to add a layer without a pixel: it composes the picture then, too."""
    return float(krita.run("stall:empty", side=SIDE, deadline=60))
