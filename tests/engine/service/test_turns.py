"""Whose turn it is."""

from __future__ import annotations

import random
from collections import Counter
from itertools import count
from pathlib import Path

from flexit_engine.service.job import Job
from flexit_engine.service.protocol import Edit, EditRequest
from flexit_engine.service.turns import REMEMBERED, Turns
from flexit_engine.settings import Settings

NUMBERS = count(1)


def job(client: str) -> Job:
    edit = Edit(
        id="x",
        client=client,
        target="dog",
        profile="mini",
        settings=Settings(),
        created=1.0,
        version="0",
    )
    return Job(next(NUMBERS), EditRequest(target="dog"), edit, Path(), has_mask=False)


def taken(turns: Turns) -> list[Job]:
    return [each for each in iter(turns.take, None) if each is not None]


def test_one_client_s_edits_keep_their_order() -> None:
    turns, jobs = Turns(), [job("a") for _ in range(5)]
    for each in random.Random(0).sample(jobs, 5):  # noqa: S311
        turns.add(each)
    assert taken(turns) == jobs


def test_clients_go_round_however_many_edits_each_has() -> None:
    turns = Turns()
    jobs = {client: [job(client) for _ in range(n)] for client, n in (("a", 4), ("b", 1), ("c", 2))}
    a, b, c = jobs.values()
    for each in (*a, *b, *c):
        turns.add(each)
    assert taken(turns) == [a[0], b[0], c[0], a[1], c[1], a[2], a[3]]


def test_one_that_has_just_had_its_turn_waits_for_the_others() -> None:
    turns, first, again, other = Turns(), job("a"), job("a"), job("b")
    turns.add(first)
    assert turns.take() is first
    turns.add(again)
    turns.add(other)
    assert taken(turns) == [other, again]
    assert turns.take() is None


def test_the_order_that_is_told_is_the_order_that_comes() -> None:
    rng, turns = random.Random(1), Turns()  # noqa: S311
    for _ in range(60):
        turns.add(job(rng.choice("abcd")))
        if rng.random() < 0.3:
            assert turns.order()[0] is turns.take()
    told = turns.order()
    assert taken(turns) == told


def test_what_was_taken_out_never_comes() -> None:
    turns, one, two = Turns(), job("a"), job("b")
    turns.add(one)
    turns.add(two)
    turns.remove(one)
    assert (one in turns, two in turns, len(turns)) == (False, True, 1)
    assert taken(turns) == [two]


def test_every_client_gets_its_share_while_more_keeps_coming() -> None:
    turns, shares = Turns(), Counter[str]()
    for _ in range(50):
        turns.add(job("greedy"))
    for _ in range(40):
        turns.add(job("modest"))
        turns.add(job("greedy"))
        done = turns.take()
        assert done is not None
        shares[done.edit.client] += 1
    assert shares == {"greedy": 20, "modest": 20}


def test_no_end_of_clients_is_remembered() -> None:
    turns = Turns()
    for number in range(REMEMBERED + 50):
        turns.add(job(str(number)))
        turns.take()
    assert len(turns._last) == REMEMBERED
