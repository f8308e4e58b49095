"""Clients that die, freeze, leave and come back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil

from .conftest import QUICK, Start
from .places import wait_for
from .running import ROOT, Running, drawn

LONG = {**QUICK, "steps": 2000}
SHORT = {**QUICK, "steps": 3}


@contextmanager
def client(engine: Running, edit: str) -> Iterator[subprocess.Popen[str]]:
    """A process that follows an edit and has heard the first event."""
    words = [str(engine.address.socket), engine.address.token, edit]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.engine.service.following", *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process.stdout:
        try:
            assert process.stdout.readline() == "state\n"
            yield process
        finally:
            process.kill()
            process.wait()


def test_a_killed_client_takes_its_edit_along_if_it_asked_for_that(
    start: Start, faults: Path
) -> None:
    engine = start(constants={"scheduler.SECONDS_TO_FOLLOW": 600})
    (faults / "pace").write_text("0.02")
    edit = engine.submit(drawn(), settings=LONG, on_disconnect="cancel")
    with client(engine, edit) as process:
        engine.until_step(edit, 3)  # one follower leaves, another one stays
        assert engine.edit(edit)["state"] == "running"
        process.kill()
        wait_for(lambda: engine.worker()["state"] == "idle")
    assert engine.edit(edit)["state"] == "cancelled"


def test_a_killed_client_finds_its_edit_finished_otherwise(start: Start, faults: Path) -> None:
    engine = start()
    (faults / "pace").write_text("0.02")
    edit = engine.submit(drawn(), settings={**QUICK, "steps": 25}, client="krita")
    with client(engine, edit) as process:
        engine.until_step(edit, 3)
        process.kill()
    found = engine.http.get("/v1/edits", params={"client": "krita"}).json()
    assert [(each["id"], each["state"]) for each in found] == [(edit, "running")]
    assert engine.wait(edit)["state"] == "done"
    assert not np.array_equal(engine.pixels(edit), drawn())


def test_an_edit_that_nobody_ever_follows_ends_if_asked_for(start: Start, faults: Path) -> None:
    engine = start(constants={"scheduler.SECONDS_TO_FOLLOW": 0.3})
    (faults / "hold").touch()
    edits = [engine.submit(drawn(), settings=LONG, on_disconnect="cancel") for _ in range(2)]
    kept = engine.submit(drawn(), settings=SHORT)
    wait_for(lambda: all(engine.edit(edit)["state"] == "cancelled" for edit in edits))
    (faults / "hold").unlink()
    assert engine.wait(kept)["state"] == "done"


def test_a_stopping_service_takes_no_edit_for_left(start: Start, faults: Path) -> None:
    first = start()
    (faults / "pace").write_text("0.02")
    edit = first.submit(drawn(), settings=LONG, on_disconnect="cancel")
    with client(first, edit):
        first.until_step(edit, 3)
        first.stop()
    second = start()
    second.until_step(edit, 3)


def test_a_frozen_client_disturbs_nobody(start: Start, faults: Path) -> None:
    (faults / "chatty").touch()
    engine = start()
    (faults / "pace").write_text("0.001")
    edit = engine.submit(drawn(), settings={**QUICK, "steps": 300})
    service = psutil.Process(engine.process.pid)
    with client(engine, edit) as process:
        engine.until_step(edit, 50)
        process.send_signal(signal.SIGSTOP)
        memory = service.memory_info().rss
        assert engine.wait(edit)["state"] == "done"
        assert service.memory_info().rss - memory < 4 << 20
        os.kill(process.pid, signal.SIGCONT)
        assert process.stdout is not None
        assert process.stdout.read().split()[-1] == "done"


def test_one_that_comes_back_hears_what_is_new_and_no_more(shared: Running) -> None:
    edit = shared.submit(drawn(), settings=SHORT)
    events = list(shared.events(edit))
    assert list(shared.events(edit, last=events[-1].id)) == []
    missed = list(shared.events(edit, last=events[-2].id))
    assert [event.kind for event in missed] == ["done"]
    for stale in ("nonsense", "0a0a0a0a.5", "5", "-1", "9" * 40):
        assert list(shared.events(edit, last=stale))[-1].kind == "done"
