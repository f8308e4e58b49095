"""Requirements 4 and 21: very large pictures."""

from __future__ import annotations

from typing import Any

from .host import Krita
from .watched import WatchedEngine

SIDE = 8000
MEMORY = 2_000_000_000
"""Bytes: the layer, what is sent, what comes back and Krita's own projection, some of it twice."""
LONGEST = 0.1
"""Seconds the GUI thread may be away."""
HOST = 4.0
"""Times what Krita takes to add a layer without a pixel: it composes the picture then, too."""


def test_4_nothing_of_the_plugin_keeps_the_gui_thread_for_a_tenth_of_a_second(
    krita: Krita, engine: WatchedEngine
) -> None:
    # Other programs of the machine lengthen pauses, but not the same ones three times.
    tries = [_edit(krita) for _ in range(3)]
    stages = set.intersection(*(set(each["worst"]) for each in tries))
    worst = {stage: min(each["worst"][stage] for each in tries) for stage in stages}
    host = worst.pop("adding")
    assert {"reading", "fetching"} <= worst.keys()
    assert max(worst.values()) < LONGEST, worst
    assert host < HOST * krita.run("stall:empty", side=SIDE, deadline=60)
    assert len(engine.sent) == 3


def test_21_a_very_large_picture_is_scaled_down_as_the_docker_says_and_memory_is_bounded(
    krita: Krita, engine: WatchedEngine
) -> None:
    found = _edit(krita)
    before, peak = found["memory"]
    assert peak - before < MEMORY
    assert found["size"] == "8000 × 8000 → 128"
    assert engine.sent[0].mask is None


def _edit(krita: Krita) -> dict[str, Any]:
    krita.run("steps:tidy_up")
    found = krita.run("stall:large", side=SIDE, deadline=120)
    assert found["error"] is None
    assert found["layers"] == 2
    return dict(found)
