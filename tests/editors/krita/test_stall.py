"""Requirements 4 and 21: very large pictures. How long pauses are is measured by the benchmarks."""

from __future__ import annotations

from .host import Krita
from .stalls import edit_large
from .watched import WatchedEngine

MEMORY = 2_000_000_000
"""Bytes: the layer, what is sent, what comes back and Krita's own projection, some of it twice."""


def test_4_the_gui_thread_goes_on_while_a_very_large_picture_is_read_and_fetched(
    krita: Krita, engine: WatchedEngine
) -> None:
    found = edit_large(krita)
    assert {"reading", "fetching"} <= found["worst"].keys()
    assert len(engine.sent) == 1


def test_21_a_very_large_picture_is_scaled_down_as_the_docker_says_and_memory_is_bounded(
    krita: Krita, engine: WatchedEngine
) -> None:
    found = edit_large(krita)
    before, peak = found["memory"]
    assert peak - before < MEMORY
    assert found["size"] == "8000 × 8000 → 128"
    assert engine.sent[0].mask is None
