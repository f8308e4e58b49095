"""Cancelling: at once for the client, and soon for the worker, whatever it is at."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from .conftest import QUICK, Start
from .places import wait_for
from .running import Running, drawn

LONG = {**QUICK, "steps": 2000}
SHORT = {**QUICK, "steps": 3}


def free(engine: Running) -> bool:
    return bool(engine.worker()["state"] == "idle")


def steps(engine: Running, edit: str) -> int:
    """How many the worker has kept."""
    (trail,) = (engine.data / "edits" / edit).glob("trail-*")
    shape = [int(side) for side in trail.name.split("-")[1:]]
    return trail.stat().st_size // (4 * math.prod(shape))


def test_between_two_steps_the_worker_is_free_at_once(start: Start, faults: Path) -> None:
    engine = start()
    (faults / "pace").write_text("0.02")
    edit = engine.submit(drawn(), settings=LONG)
    engine.until_step(edit, 3)
    (faults / "hold").touch()
    wait_for((faults / "held").exists)
    process, taken = engine.worker()["pid"], steps(engine, edit)
    assert engine.cancel(edit)["state"] == "cancelled"
    (faults / "hold").unlink()
    wait_for(lambda: free(engine))
    assert steps(engine, edit) <= taken + 1
    assert [event.kind for event in engine.events(edit)][-1] == "cancelled"
    assert engine.wait(engine.submit(drawn(), settings=SHORT))["state"] == "done"
    assert engine.worker()["pid"] == process


def test_while_the_networks_load(start: Start) -> None:
    engine = start()
    edit, following = engine.submit(drawn(), settings=LONG), engine.submit(drawn(), settings=SHORT)
    assert engine.edit(edit)["progress"]["stage"] == "loading"
    assert engine.cancel(edit)["state"] == "cancelled"
    assert engine.wait(following)["state"] == "done"
    assert engine.edit(edit)["kept"] is None
    assert engine.edit(edit)["state"] == "cancelled"


def test_while_it_waits_for_its_turn(start: Start, faults: Path) -> None:
    engine = start()
    (faults / "hold").touch()
    first, second, third = (engine.submit(drawn(n), settings=SHORT) for n in range(3))
    assert engine.edit(third)["position"] == 1
    assert engine.cancel(second)["state"] == "cancelled"
    assert engine.edit(third)["position"] == 0
    (faults / "hold").unlink()
    assert engine.wait(first)["state"] == engine.wait(third)["state"] == "done"
    assert engine.edit(second)["started"] is None


def test_twice_or_after_the_end_nothing_changes(shared: Running) -> None:
    done = shared.submit(drawn(), settings=SHORT)
    ended = shared.wait(done)
    assert shared.cancel(done) == shared.cancel(done) == ended
    assert np.array_equal(shared.pixels(done), shared.pixels(done, 3))
    edit = shared.submit(drawn(), settings=LONG)
    shared.until_step(edit, 1)
    assert shared.cancel(edit) == shared.cancel(edit)


def test_a_cancel_that_came_too_late_does_not_stop_what_goes_on(shared: Running) -> None:
    edit = shared.submit(drawn(), settings=LONG)
    shared.until_step(edit, 1)
    shared.cancel(edit)
    wait_for(lambda: free(shared))
    shared.go_on(edit, 3)
    assert shared.wait(edit)["state"] == "done"


def test_a_worker_that_ignores_it_is_killed_in_the_end(start: Start, faults: Path) -> None:
    engine = start(constants={"job.SECONDS_TO_STOP": 1.0})
    (faults / "pace").write_text("0.01")
    edit = engine.submit(drawn(), settings=LONG)
    engine.until_step(edit, 30)  # by now it knows how long steps take
    (faults / "hold").touch()
    wait_for((faults / "held").exists)
    process = engine.worker()["pid"]
    assert engine.cancel(edit)["state"] == "cancelled"
    following = engine.submit(drawn(), settings=SHORT)
    wait_for(lambda: engine.worker()["pid"] != process)
    assert "the worker does not stop, and is killed" in [each["message"] for each in engine.log()]
    (faults / "hold").unlink()
    assert engine.wait(following)["state"] == "done"
    assert engine.edit(edit)["state"] == "cancelled"
