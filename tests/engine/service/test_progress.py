"""What a client hears while it waits: stages, steps, previews, and how long it will take."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from .conftest import Start
from .running import drawn, left_half

NOISE = 0.15
"""Seconds by which a report may come late on a busy machine."""


def test_the_seconds_left_are_right_within_30_percent_after_a_quarter(
    start: Start, faults: Path
) -> None:
    """Over all reports after the first quarter of the steps.

    The truth is when the end was heard. Where a report came late, or the end, the guess is wrong by
    that much however good it was: hence 30 %, plus what a busy machine may delay either.
    """
    engine = start()
    (faults / "pace").write_text("0.05")
    edit = engine.submit(drawn(), settings={"augmentations": 1, "resolution": 32, "steps": 60})
    told = [
        (time.monotonic(), event.data["seconds_left"])
        for event in engine.events(edit)
        if event.kind == "progress" and event.data["step"] >= 15
    ]
    end = time.monotonic()
    assert len(told) > 15
    errors = [abs(left - (end - at)) - NOISE for at, left in told]
    assert max(error / (end - at) for error, (at, _) in zip(errors, told, strict=True)) < 0.3
    assert told[0][1] > 1


def test_stages_steps_and_previews_come_in_order(start: Start, faults: Path) -> None:
    engine = start()
    (faults / "pace").write_text("0.03")
    settings = {"augmentations": 1, "resolution": 32, "steps": 40}
    edit = engine.submit(drawn(), left_half(), settings=settings)
    events = list(engine.events(edit))
    progress = [event.data for event in events if event.kind == "progress"]
    stages = list(dict.fromkeys(each["stage"] for each in progress))
    assert stages[0] == "loading"
    assert stages[-2:] == ["step", "composing"]
    steps = [each["step"] for each in progress if each["stage"] == "step"]
    assert steps == sorted(set(steps))
    assert len(steps) > 5
    assert all(each["steps"] == 40 for each in progress)
    assert all(each["losses"]["total"] is not None for each in progress if each["stage"] == "step")
    previews = [event.data for event in events if event.kind == "preview"]
    assert 2 <= len(previews) <= 8  # a few per second
    assert previews[-1]["step"] == 40
    ended = events[-1].data
    assert events[-1].kind == ended["state"] == "done"
    assert ended["box"] == previews[-1]["box"]
    assert set(ended["seconds"]) == {"loading", "encoding", "step", "composing"}
    assert 1.2 < ended["seconds"]["step"] < ended["finished"] - ended["started"]
    seen = engine.http.get(f"/v1/edits/{edit}/preview", headers={"Accept": "image/png"})
    assert seen.headers["FlexIT-Step"] == "40"
    raw = engine.http.get(
        f"/v1/edits/{edit}/preview", headers={"Accept": "application/octet-stream"}
    )
    height, width = (int(raw.headers[f"FlexIT-{name}"]) for name in ("Height", "Width"))
    assert np.frombuffer(raw.content, np.uint8).size == height * width * 3
