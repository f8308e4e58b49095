"""A service that is killed or stopped goes on where it was: nothing lost, nothing done twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np

from flexit_engine.service.config import Config
from flexit_engine.service.discovery import is_alive

from .conftest import QUICK, Start
from .places import wait_for
from .running import Running, drawn, left_half

STEPS = {**QUICK, "steps": 40}
EMBEDDED = ("env", "OMP_NUM_THREADS=1", *Config.worker)
"""The real worker; pictures this small only lose time by waiting for each other's threads."""


def ends(engine: Running) -> Counter[str]:
    """How often each edit ended as done, in the log of all runs of the service."""
    told = [entry for entry in engine.log() if entry["message"] == "edit ended"]
    assert all(entry["state"] == "done" for entry in told)
    return Counter(entry["edit"] for entry in told)


def test_after_a_kill_every_edit_is_finished_once_and_as_if_nothing_had_been(
    start: Start, faults: Path
) -> None:
    first = start()
    (faults / "pace").write_text("0.04")
    edits = {first.submit(drawn(n), left_half(), settings=STEPS): drawn(n) for n in range(4)}
    running = next(iter(edits))
    first.until_step(running, 10)
    (worker,) = first.kill()
    wait_for(lambda: not is_alive(worker.pid))
    second = start()
    steps = [event.data["step"] for event in second.events(running) if event.kind == "progress"]
    assert min(filter(None, steps)) >= 10  # not from the start again
    (faults / "pace").write_text("0")
    assert [second.wait(edit)["state"] for edit in edits] == ["done"] * 4
    assert ends(second) == dict.fromkeys(edits, 1)
    assert {edit["id"] for edit in second.http.get("/v1/edits").json()} == set(edits)
    for edit, image in edits.items():
        alone = second.submit(image, left_half(), settings=STEPS)
        assert second.wait(alone)["state"] == "done"
        assert np.array_equal(second.pixels(edit), second.pixels(alone))
        assert np.array_equal(second.pixels(edit)[:, 32:], image[:, 32:])
        assert not np.array_equal(second.pixels(edit), image)


def test_the_embedded_networks_go_on_to_the_same_bytes_after_a_kill(start: Start) -> None:
    settings = {"steps": 16, "augmentations": 1, "resolution": 96}
    image, mask = drawn(5, 96, 128), left_half(96, 128)
    first = start(worker=EMBEDDED)
    whole = first.submit(image, mask, settings=settings, source="dog", target="cat")
    first.wait(whole)
    expected = first.pixels(whole)
    edit = first.submit(image, mask, settings=settings, source="dog", target="cat")
    first.until_step(edit, 2)
    first.kill()
    second = start(worker=EMBEDDED)
    assert second.wait(edit)["state"] == "done"
    assert np.array_equal(second.pixels(edit), expected)
    assert np.array_equal(second.pixels(whole), expected)


def test_a_stopped_service_takes_its_queue_up_again(start: Start, faults: Path) -> None:
    first = start()
    (faults / "pace").write_text("0.04")
    edits = [first.submit(drawn(n), settings=STEPS) for n in range(2)]
    first.until_step(edits[0], 5)
    first.stop()
    (faults / "pace").write_text("0")
    second = start()
    assert [second.wait(edit)["state"] for edit in edits] == ["done", "done"]
    assert ends(second) == dict.fromkeys(edits, 1)


def test_results_steps_and_going_on_outlive_the_service(start: Start) -> None:
    first = start()
    edit = first.submit(drawn(), left_half(), settings={**QUICK, "steps": 6}, client="krita")
    ended = first.wait(edit)
    result, third = first.pixels(edit), first.pixels(edit, 3)
    first.stop()
    second = start()
    assert second.edit(edit) == ended
    assert second.worker()["state"] == "stopped"  # a result needs no networks
    assert np.array_equal(second.pixels(edit), result)
    assert second.worker()["state"] == "stopped"
    assert np.array_equal(second.pixels(edit, 3), third)
    second.go_on(edit, 4)
    assert second.wait(edit)["result"]["step"] == 10
    whole = second.submit(drawn(), left_half(), settings={**QUICK, "steps": 10})
    second.wait(whole)
    assert np.array_equal(second.pixels(edit), second.pixels(whole))


def test_an_edit_made_cheaper_before_a_kill_stays_so_after_it(start: Start, faults: Path) -> None:
    first = start()
    (faults / "pace").write_text("0.04")
    (faults / "oom").write_text("1")
    edit = first.submit(drawn(), settings={"steps": 30, "augmentations": 1, "resolution": 96})
    first.until_step(edit, 8)
    first.kill()
    (faults / "pace").write_text("0")
    second = start()
    ended = second.wait(edit)
    assert (ended["state"], ended["settings"]["resolution"]) == ("done", 72)
    assert "72 pixels" in ended["note"]
    plain = second.submit(drawn(), settings={"steps": 30, "augmentations": 1, "resolution": 72})
    second.wait(plain)
    assert np.array_equal(second.pixels(edit), second.pixels(plain))
