"""Requirements 4 and 21: very large pictures."""

from __future__ import annotations

from .host import Krita
from .watched import WatchedEngine

SIDE = 8000
MEMORY = 2_000_000_000
"""Bytes: the layer, what is sent, what comes back and Krita's own projection, some of it twice."""


def test_4_the_plugin_never_keeps_the_gui_thread_for_a_tenth_of_a_second(
    krita: Krita, engine: WatchedEngine
) -> None:
    found = krita.run("stall:large", side=SIDE, deadline=120)
    assert found["error"] is None
    assert found["layers"] == 2
    assert {"reading", "fetching"} <= found["worst"].keys()
    for stage, (_, computed) in found["worst"].items():
        assert stage == "adding" or computed < 0.1, found["worst"]
    before, _, peak = found["memory"]
    assert peak - before < MEMORY
    assert found["size"] == "8000 × 8000 → 96"
    assert engine.sent[0].mask is None
