"""A worker that is killed, or whose device fails, costs one edit and no more."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import Any

import numpy as np

from .conftest import QUICK, Start
from .running import Running, drawn

STEPS = {**QUICK, "steps": 30}


def assert_failed(engine: Running, edit: dict[str, Any], code: str) -> None:
    assert (edit["state"], edit["error"]["code"]) == ("failed", code), edit["error"]
    assert edit["error"]["hint"]
    assert edit["error"]["log"] == str(engine.address.log)


def test_a_killed_worker_fails_its_edit_at_once_and_the_next_one_succeeds(
    start: Start, faults: Path
) -> None:
    engine = start()
    (faults / "pace").write_text("0.05")
    edit = engine.submit(drawn(), settings=STEPS)
    waiting = engine.submit(drawn(), settings=QUICK | {"steps": 2})
    engine.until_step(edit, 3)
    before = engine.worker()["pid"]
    os.kill(before, signal.SIGKILL)
    failed = engine.wait(edit)
    assert_failed(engine, failed, "worker_died")
    assert "SIGKILL" in failed["error"]["message"]
    assert engine.wait(waiting)["state"] == "done"
    assert engine.worker()["pid"] != before


def test_where_memory_runs_out_the_worker_goes_before_any_editor(start: Start) -> None:
    engine = start()
    engine.wait(engine.submit(drawn(), settings=QUICK | {"steps": 1}))
    scores = [
        int(Path(f"/proc/{pid}/oom_score_adj").read_text())
        for pid in (engine.worker()["pid"], engine.process.pid, os.getpid())
    ]
    assert scores[0] >= 800 > max(scores[1:])


def test_the_last_words_of_a_worker_are_passed_on(start: Start, faults: Path) -> None:
    engine = start()
    (faults / "die").write_text("libcuda.so: cannot open shared object file\n")
    failed = engine.wait(engine.submit(drawn(), settings=STEPS))
    assert_failed(engine, failed, "worker_died")
    assert "cannot open shared object file" in failed["error"]["message"]
    assert "code 3" in failed["error"]["message"]
    assert engine.wait(engine.submit(drawn(), settings=STEPS))["state"] == "done"


def test_a_worker_that_cannot_be_started_or_talks_nonsense_is_told(start: Start) -> None:
    nonsense = (sys.executable, "-c", "print('hello'); input()")
    torrent = (sys.executable, "-c", "print('x' * (3 << 20)); input()")
    for number, command in enumerate([("/no/such/program",), nonsense, torrent]):
        engine = start(worker=command)
        for _ in range(2):
            failed = engine.wait(engine.submit(drawn(), settings=STEPS))
            assert_failed(engine, failed, "worker_died")
            assert "networks" in failed["error"]["message"], number
        engine.stop()


def test_memory_that_runs_out_once_makes_the_edit_cheaper_and_says_so(
    start: Start, faults: Path
) -> None:
    engine = start()
    image, steps = drawn(), {"steps": 8, "resolution": 96, "augmentations": 4}
    (faults / "oom").write_text("1")
    edit = engine.wait(engine.submit(image, settings=steps))
    assert (edit["state"], edit["settings"]["augmentations"]) == ("done", 2)
    assert "2 views" in edit["note"]
    (faults / "oom").write_text("1")
    steps["augmentations"] = 1
    smaller = engine.wait(engine.submit(image, settings=steps))
    assert (smaller["state"], smaller["settings"]["resolution"]) == ("done", 72)
    assert "72 pixels" in smaller["note"]
    plain = engine.wait(engine.submit(image, settings={**steps, "resolution": 72}))
    assert plain["note"] == ""
    assert np.array_equal(engine.pixels(smaller["id"]), engine.pixels(plain["id"]))


def test_memory_that_runs_out_midway_leaves_no_step_of_the_larger_edit(
    start: Start, faults: Path
) -> None:
    engine = start()
    (faults / "pace").write_text("0.03")
    steps = {"steps": 20, "resolution": 96, "augmentations": 1}
    edit = engine.submit(drawn(), settings=steps)
    engine.until_step(edit, 5)
    (faults / "oom").write_text("1")
    engine.until_step(edit, 1)
    (faults / "pace").write_text("0")
    assert engine.wait(edit)["settings"]["resolution"] == 72
    plain = engine.wait(engine.submit(drawn(), settings={**steps, "resolution": 72}))["id"]
    for step in (0, 3, 20):
        assert np.array_equal(engine.pixels(edit, step), engine.pixels(plain, step))


def test_memory_that_always_runs_out_fails_the_edit_with_a_way_out(
    start: Start, faults: Path
) -> None:
    engine = start()
    (faults / "oom").write_text("1000")
    edit = engine.submit(drawn(), settings=STEPS)
    waiting = engine.submit(drawn(), settings={**STEPS, "steps": 0})
    failed = engine.wait(edit)
    assert_failed(engine, failed, "out_of_memory")
    assert "smaller resolution" in failed["error"]["hint"]
    engine.wait(waiting)
    (faults / "oom").unlink()
    before = engine.worker()["pid"]
    assert engine.wait(engine.submit(drawn(), settings=STEPS))["state"] == "done"
    assert engine.worker()["pid"] == before


def test_a_lost_device_costs_one_edit_and_a_fresh_process_does_the_others(
    start: Start, faults: Path
) -> None:
    engine = start()
    (faults / "pace").write_text("0.05")
    edit = engine.submit(drawn(1), settings=STEPS)
    waiting = [engine.submit(drawn(seed), settings=QUICK | {"steps": 3}) for seed in (2, 3)]
    engine.until_step(edit, 3)
    before = engine.worker()["pid"]
    (faults / "cuda").touch()
    failed = engine.wait(edit)
    assert_failed(engine, failed, "device")
    assert "illegal memory access" in failed["error"]["message"]
    assert [engine.wait(each)["state"] for each in waiting] == ["done", "done"]
    assert engine.worker()["pid"] != before


def test_a_device_lost_while_looking_back_is_replaced_as_well(start: Start, faults: Path) -> None:
    engine = start()
    edit = engine.wait(engine.submit(drawn(), settings=STEPS))["id"]
    expected, before = engine.pixels(edit, 4), engine.worker()["pid"]
    (faults / "cuda").touch()
    answer = engine.picture(edit, 4)
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "device")
    assert engine.wait(engine.submit(drawn(), settings=STEPS))["state"] == "done"
    assert engine.worker()["pid"] != before
    assert np.array_equal(engine.pixels(edit, 4), expected)
