"""Steps revisited: an edit can be seen as it was at any step, and can go on from its last one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from .conftest import QUICK, Start
from .places import wait_for
from .running import Running, drawn, left_half


def finished(engine: Running, steps: int, seed: int = 0) -> str:
    edit = engine.submit(drawn(seed), left_half(), settings={**QUICK, "steps": steps})
    assert engine.wait(edit)["state"] == "done"
    return edit


def test_each_step_is_the_edit_with_that_many_steps(shared: Running) -> None:
    edit = finished(shared, 9)
    pictures = [shared.pixels(edit, step) for step in range(10)]
    assert np.array_equal(pictures[0], drawn())
    for step, picture in enumerate(pictures):
        assert np.array_equal(picture, shared.pixels(finished(shared, step))), step
    assert len({picture.tobytes() for picture in pictures}) == 10
    assert np.array_equal(pictures[9], shared.pixels(edit))


def test_steps_are_seen_while_the_edit_runs_and_others_too(start: Start, faults: Path) -> None:
    engine = start()
    earlier = finished(engine, 5, seed=1)
    (faults / "pace").write_text("0.02")
    edit = engine.submit(drawn(), left_half(), settings={**QUICK, "steps": 60})
    engine.until_step(edit, 6)
    during = engine.pixels(edit, 4)
    other = engine.pixels(earlier, 3)
    assert engine.edit(edit)["state"] == "running"
    (faults / "pace").write_text("0")
    assert engine.wait(edit)["state"] == "done"
    assert np.array_equal(during, engine.pixels(edit, 4))
    assert np.array_equal(other, engine.pixels(earlier, 3))
    assert np.array_equal(engine.pixels(edit), engine.pixels(finished(engine, 60)))


def test_memory_that_runs_out_after_a_look_at_another_edit_costs_that_one_nothing(
    start: Start, faults: Path
) -> None:
    engine = start()
    settings = {"augmentations": 1, "resolution": 96}
    earlier = engine.submit(drawn(1), settings={**settings, "steps": 5})
    engine.wait(earlier)
    third = engine.pixels(earlier, 3)
    (faults / "pace").write_text("0.03")
    edit = engine.submit(drawn(), settings={**settings, "steps": 20})
    engine.until_step(edit, 3)
    engine.pixels(earlier, 2)
    (faults / "oom").write_text("1")
    wait_for(lambda: engine.edit(edit)["note"])
    (faults / "pace").write_text("0")
    assert engine.wait(edit)["state"] == "done"
    assert np.array_equal(engine.pixels(earlier, 3), third)


def test_an_edit_goes_on_as_one_longer_run_would_have(shared: Running) -> None:
    edit = finished(shared, 4)
    for steps, total in ((3, 7), (5, 12)):
        shared.go_on(edit, steps)
        ended = shared.wait(edit)
        assert (ended["state"], ended["kept"]) == ("done", total)
        assert ended["settings"]["steps"] == ended["result"]["step"] == total
        assert np.array_equal(shared.pixels(edit), shared.pixels(finished(shared, total)))


def test_a_cancelled_edit_goes_on_from_its_last_step(start: Start, faults: Path) -> None:
    engine = start()
    (faults / "pace").write_text("0.02")
    edit = engine.submit(drawn(), left_half(), settings={**QUICK, "steps": 500})
    engine.until_step(edit, 5)
    kept = engine.cancel(edit)["kept"]
    assert kept >= 5
    (faults / "pace").write_text("0")
    at_cancel = engine.pixels(edit, kept)
    wait_for(lambda: engine.worker()["state"] == "idle")
    engine.go_on(edit, 3)
    ended = engine.wait(edit)
    assert (ended["state"], ended["result"]["step"]) == ("done", kept + 3)
    assert np.array_equal(engine.pixels(edit), engine.pixels(finished(engine, kept + 3)))
    assert np.array_equal(at_cancel, engine.pixels(edit, kept))


@pytest.mark.parametrize("step", [7, 10**9, 10**30])
def test_a_step_that_is_not_there_is_not_found(shared: Running, step: int) -> None:
    edit = finished(shared, 6)
    answer = shared.picture(edit, step)
    assert answer.status_code in (404, 422)
    assert answer.json()["error"]["hint"]


def test_an_edit_without_a_step_has_no_result_and_cannot_go_on(start: Start, faults: Path) -> None:
    engine = start()
    (faults / "hold").touch()
    edit = engine.submit(drawn(), settings={**QUICK, "steps": 4})
    wait_for((faults / "held").exists)
    for answer, status in (
        (engine.picture(edit), 409),
        (engine.picture(edit, 0), 404),
        (engine.http.post(f"/v1/edits/{edit}/continue", json={"steps": 1}), 409),
        (engine.http.get(f"/v1/edits/{edit}/preview"), 404),
    ):
        assert answer.status_code == status, answer.text
        assert answer.json()["error"]["hint"]
    (faults / "hold").unlink()
    assert engine.wait(edit)["state"] == "done"
    too_many = engine.http.post(f"/v1/edits/{edit}/continue", json={"steps": 9999})
    assert (too_many.status_code, too_many.json()["error"]["code"]) == (400, "settings")
    assert engine.edit(edit)["state"] == "done"
