"""Whatever becomes of the files in the data folder: the engine starts, and no result is lost."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from flexit_engine.service.labels import NAME as LABEL

from .conftest import QUICK, Start
from .places import NOBODY
from .running import Pixels, Running, drawn, faulty, running

DONE = 3
"""Edits that have ended; one more waits."""
STEPS = {**QUICK, "steps": 3}
IDLE = ("sh", "-c", "cat > /dev/null")
"""A worker that never says anything: results need none, and this one is there at once."""

Harm = Callable[[Path], None]


class Before(NamedTuple):
    """What was there before something was damaged."""

    data: Path
    results: dict[str, Pixels]
    waiting: str


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Before:
    """The folder of a service that was killed: edits that have ended, and one that waits."""
    folder = tmp_path_factory.mktemp("prepared")
    with running(folder / "data", worker=faulty(folder / "faults")) as service:
        ended = [service.submit(drawn(seed), settings=STEPS) for seed in range(DONE)]
        results = {edit: service.wait(edit) and service.pixels(edit) for edit in ended}
        (folder / "faults/hold").touch()
        waiting = service.submit(drawn(9), settings=STEPS)
        service.kill()
    (folder / "data/engine.sock").unlink()  # which cannot be copied
    return Before(folder / "data", results, waiting)


@pytest.fixture
def before(prepared: Before, tmp_path: Path) -> Before:
    """The same in a folder that may be damaged."""
    return prepared._replace(data=Path(shutil.copytree(prepared.data, tmp_path / "data")))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def noise(path: Path) -> None:
    path.write_bytes(random.Random(5).randbytes(10_000))  # noqa: S311 -- no secret


def unreadable(path: Path) -> None:
    """For root all is readable: then it is somebody else's."""
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
    else:
        path.chmod(0)


def removed(path: Path) -> None:
    path.unlink()


def with_its_journal_removed(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")


def of_another_program(path: Path) -> None:
    with_its_journal_removed(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE edits (title TEXT)")


def a_page_overwritten(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    content = bytearray(path.read_bytes())
    content[4096:] = bytes(len(content) - 4096)
    path.write_bytes(content)


def not_to_be_written(path: Path) -> None:
    """The byte of the header by which SQLite refuses to write."""
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA journal_mode = DELETE")
    content = bytearray(path.read_bytes())
    content[18] = 3
    path.write_bytes(content)


def noise_alone(path: Path) -> None:
    """Beside its journal, SQLite would find all of it there."""
    with_its_journal_removed(path)
    noise(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


HARMS = [
    *(removed, with_its_journal_removed, emptied, noise_alone, unreadable, newer, a_folder),
    *(of_another_program, a_page_overwritten, not_to_be_written),
]


def assert_all_is_there(service: Running, before: Before) -> None:
    listed = [edit["id"] for edit in service.http.get("/v1/edits").json()]
    assert listed == [before.waiting, *reversed(before.results)]
    for edit, expected in before.results.items():
        assert service.edit(edit)["state"] == "done"
        assert np.array_equal(service.pixels(edit), expected)


@pytest.mark.parametrize("harm", HARMS)
def test_without_the_list_all_edits_come_back_and_the_old_one_stays(
    before: Before, start: Start, harm: Harm
) -> None:
    path = before.data / "edits.sqlite"
    harm(path)
    was_there = path.stat().st_size if path.is_file() else 0
    kept = {file.name: file.read_bytes() for file in [path] if was_there}
    service = start(data=before.data, worker=IDLE)
    assert_all_is_there(service, before)
    aside = list((before.data / "set-aside").glob("20??-??-??-*/*"))
    assert {file.name: file.read_bytes() for file in aside if file.name in kept} == kept
    said = [entry["message"] for entry in service.log()]
    assert said.count("an edit was restored from its folder") == DONE + 1


def test_what_came_back_is_there_the_next_time_and_what_waited_is_done(
    before: Before, start: Start
) -> None:
    noise_alone(before.data / "edits.sqlite")
    service = start(data=before.data)
    assert service.wait(before.waiting)["state"] == "done"
    service.kill()
    aside = list((before.data / "set-aside").glob("20*"))
    assert len(aside) == 1
    again = start(data=before.data, worker=IDLE)
    assert_all_is_there(again, before)
    assert list((before.data / "set-aside").glob("20*")) == aside


@pytest.mark.parametrize("harm", [removed, emptied, noise, unreadable])
def test_without_all_other_files_the_results_are_still_there(
    before: Before, start: Start, harm: Harm
) -> None:
    spared = ["result", "edits.sqlite*"]
    if harm is unreadable:  # these have to be written: then it is a sentence, see `test_daemon`
        spared += ["engine.jsonl", "engine.lock"]
    for file in [*before.data.rglob("*")]:
        if file.is_file() and not any(map(file.match, spared)):
            harm(file)
    assert_all_is_there(start(data=before.data, worker=IDLE), before)


def test_a_folder_that_does_not_say_what_it_is_of_is_set_aside_whole(
    before: Before, start: Start
) -> None:
    edit = next(iter(before.results))
    with_its_journal_removed(before.data / "edits.sqlite")
    noise(before.data / "edits" / edit / LABEL)
    wedding = before.data / "edits/wedding 2019"
    wedding.mkdir()
    files = {file.name: file.read_bytes() for file in (before.data / "edits" / edit).iterdir()}
    service = start(data=before.data, worker=IDLE)
    assert service.http.get(f"/v1/edits/{edit}").status_code == 404
    (aside,) = (before.data / "set-aside").glob(f"20??-??-??-*/{edit}")
    assert {file.name: file.read_bytes() for file in aside.iterdir()} == files
    assert wedding.is_dir()


def test_edits_of_an_earlier_version_learn_to_say_what_they_are(
    before: Before, start: Start
) -> None:
    for label in before.data.glob(f"edits/*/{LABEL}"):
        label.unlink()
    start(data=before.data, worker=IDLE).stop()
    with_its_journal_removed(before.data / "edits.sqlite")
    assert_all_is_there(start(data=before.data, worker=IDLE), before)


def test_something_else_in_the_place_of_the_edits_is_set_aside(
    before: Before, start: Start
) -> None:
    shutil.rmtree(before.data / "edits")
    noise(before.data / "edits")
    service = start(data=before.data, worker=IDLE)
    service.submit(drawn(1), settings=STEPS)
    assert len(list((before.data / "set-aside").glob("20??-??-??-*/edits"))) == 1
