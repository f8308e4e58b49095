"""Twenty clients at once: nothing lost, nothing mixed up, turns go round, a full queue says so."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from .conftest import QUICK, Start
from .places import wait_for
from .running import drawn, left_half

CLIENTS, EACH = 20, 10
STEPS = {**QUICK, "steps": 2}


def test_twenty_clients_with_ten_edits_each_all_get_their_own(start: Start) -> None:
    engine = start(max_queued=50)
    refusals: Counter[str] = Counter()

    def keep_asking(client: int, number: int) -> str:
        while True:
            image = drawn(100 * client + number)
            answer = engine.post(image, left_half(), settings=STEPS, client=f"client {client}")
            if answer.status_code == 202:
                return str(answer.json()["id"])
            error = answer.json()["error"]
            assert (answer.status_code, error["code"]) == (429, "busy")
            assert error["hint"]
            assert int(answer.headers["Retry-After"]) > 0
            refusals[answer.json()["error"]["code"]] += 1
            time.sleep(0.1)  # a client that takes Retry-After less seriously than it should

    def work(client: int) -> None:
        edits = {number: keep_asking(client, number) for number in range(EACH)}
        for number, edit in edits.items():
            assert engine.wait(edit)["state"] == "done"
            image, result = drawn(100 * client + number), engine.pixels(edit)
            assert np.array_equal(result[:, 32:], image[:, 32:])
            assert not np.array_equal(result[:, :32], image[:, :32])

    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(work, range(CLIENTS)))
    assert refusals["busy"] > 0
    edits = engine.http.get("/v1/edits").json()
    assert len(edits) == CLIENTS * EACH
    assert Counter(edit["client"] for edit in edits) == {
        f"client {n}": EACH for n in range(CLIENTS)
    }
    assert 'flexit_edits_total{state="done"} 200.0' in engine.http.get("/metrics").text


def test_turns_go_round_between_clients(start: Start, faults: Path) -> None:
    engine = start()
    (faults / "hold").touch()
    greedy = [engine.submit(drawn(), settings=STEPS, client="greedy") for _ in range(5)]
    modest = [engine.submit(drawn(), settings=STEPS, client="modest") for _ in range(2)]
    late = engine.submit(drawn(), settings=STEPS, client="late")
    assert engine.edit(late)["position"] == 1
    (faults / "hold").unlink()
    engine.wait(greedy[-1])
    started = {edit["id"]: edit["started"] for edit in engine.http.get("/v1/edits").json()}
    order = sorted(started, key=lambda edit: started[edit])
    expected = [greedy[0], modest[0], late, greedy[1], modest[1], *greedy[2:]]
    assert order == expected


def test_a_full_queue_refuses_before_it_reads(start: Start, faults: Path) -> None:
    engine = start(max_queued=2)
    (faults / "hold").touch()
    running = engine.submit(drawn(), settings=STEPS)
    wait_for(lambda: engine.edit(running)["state"] == "running")
    waiting = [engine.submit(drawn(), settings=STEPS) for _ in range(2)]
    answer = engine.post(b"x" * (32 << 20), settings=STEPS)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "busy")
    assert len(engine.folders()) == 3
    engine.cancel(waiting[0])
    following = engine.submit(drawn(), settings=STEPS)
    (faults / "hold").unlink()
    assert engine.wait(following)["state"] == "done"
