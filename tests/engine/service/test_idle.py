"""Memory is given back when nobody needs it: by time, by request, and the whole service's."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from .conftest import QUICK, Start
from .places import wait_for
from .running import LONGEST, Running, drawn

SHORT = {**QUICK, "steps": 3}


def stopped(engine: Running) -> bool:
    return bool(engine.worker()["state"] == "stopped")


def finish(engine: Running, **request: float) -> str:
    edit = engine.submit(drawn(), settings=SHORT, **request)
    assert engine.wait(edit)["state"] == "done"
    return edit


def test_an_idle_worker_ends_after_the_service_s_time_and_a_new_one_comes(start: Start) -> None:
    engine = start(keep_alive=0.3)
    finish(engine)
    wait_for(lambda: stopped(engine))
    (process,) = engine.started_workers()
    assert not psutil.pid_exists(process)
    finish(engine)
    wait_for(lambda: stopped(engine))


def test_the_last_edit_says_how_long(start: Start) -> None:
    engine = start(keep_alive=300)
    edit = finish(engine, keep_alive=0)
    wait_for(lambda: stopped(engine))
    engine.pixels(edit, 1)  # a look back starts one, which does not stay either
    wait_for(lambda: stopped(engine))
    finish(engine)
    process = engine.worker()["pid"]
    finish(engine, keep_alive=-1)
    assert engine.worker()["pid"] == process


def test_unload_ends_idle_workers_only(start: Start, faults: Path) -> None:
    engine = start()
    assert engine.http.post("/v1/unload").json() == {"unloaded": 0}
    finish(engine)
    process = engine.worker()["pid"]
    assert engine.http.post("/v1/unload").json() == {"unloaded": 1}
    assert not psutil.pid_exists(process)
    assert not engine.http.get("/v1/ready").json()["ready"]
    (faults / "pace").write_text("0.02")
    edit = engine.submit(drawn(), settings={**QUICK, "steps": 30})
    engine.until_step(edit, 1)
    assert engine.http.post("/v1/unload").json() == {"unloaded": 0}
    assert engine.wait(edit)["state"] == "done"


def test_an_edit_that_comes_while_a_worker_ends_is_done_by_the_next(shared: Running) -> None:
    with ThreadPoolExecutor() as threads:
        for _ in range(3):
            finish(shared)
            unloading = threads.submit(shared.http.post, "/v1/unload")
            edits = [shared.submit(drawn(n), settings=SHORT) for n in range(2)]
            assert [shared.wait(edit)["state"] for edit in edits] == ["done", "done"]
            assert unloading.result().status_code == 200


def test_the_service_ends_when_nobody_has_wanted_anything_for_long(start: Start) -> None:
    engine = start(idle_exit=5.0, keep_alive=0.2)
    finish(engine)
    assert engine.process.wait(LONGEST) == 0
    assert not (engine.data / "engine.json").exists()


def test_an_edit_keeps_the_service_awake(start: Start, faults: Path) -> None:
    engine = start(idle_exit=3.0, keep_alive=0.2)
    (faults / "hold").touch()
    edit = engine.submit(drawn(), settings=SHORT)
    wait_for((faults / "held").exists)
    with pytest.raises(subprocess.TimeoutExpired):
        engine.process.wait(5)
    (faults / "hold").unlink()
    assert engine.wait(edit)["state"] == "done"
    assert engine.process.wait(LONGEST) == 0
