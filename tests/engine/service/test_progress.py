"""What a client hears while it waits: stages, steps, previews, and how long it will take."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .conftest import Start
from .running import drawn, left_half


def test_after_a_few_steps_every_report_says_how_long_it_will_take(
    start: Start, faults: Path
) -> None:
    """How well it guesses is measured by `tests.benchmarks`, and `test_pace` has its clock."""
    engine = start()
    (faults / "pace").write_text("0.02")
    edit = engine.submit(drawn(), settings={"augmentations": 1, "resolution": 32, "steps": 60})
    progress = [event.data for event in engine.events(edit) if event.kind == "progress"]
    late = [each["seconds_left"] for each in progress if each["step"] >= 15]
    assert len(late) > 1
    assert min(late) >= 0


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
    assert len(steps) > 1
    assert all(each["steps"] == 40 for each in progress)
    assert all(each["losses"]["total"] is not None for each in progress if each["stage"] == "step")
    previews = [event.data for event in events if event.kind == "preview"]
    assert len(previews) > 1
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
