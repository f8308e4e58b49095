"""After many edits the engine is as it was after a few. `tests.benchmarks` makes more of them."""

from __future__ import annotations

from .conftest import Start
from .soak import growth, soak

EDITS = 60
KEPT_BYTES = 200_000
"""Of a few edits."""
MOST_GROWTH = 0.02
POOL = 2
"""Threads and files that come and go with calls that may wait for the disk."""


def test_nothing_grows_and_nothing_is_left_over_many_edits(start: Start) -> None:
    service = start(keep_bytes=KEPT_BYTES, constants={"archive.SECONDS_TO_FETCH": 0})
    held = soak(service, EDITS)
    assert growth([each.service for each in held]) < MOST_GROWTH
    assert growth([each.worker for each in held]) < MOST_GROWTH
    settled = held[EDITS // 3 :]
    assert {each.processes for each in settled} == {1}
    for name in ("files", "threads"):
        counts = [getattr(each, name) for each in settled]
        assert max(counts) <= min(counts) + POOL, counts
    listed = {edit["id"] for edit in service.http.get("/v1/edits").json()}
    assert service.folders() == listed
    assert len(listed) < EDITS / 3
    assert not list((service.data / "edits").glob("*/render-*"))
    service.http.post("/v1/unload").raise_for_status()
    assert service.worker()["state"] == "stopped"
