"""What is kept, for how long, and what happens when the disk does not take it."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from .conftest import QUICK, Start
from .disks import Disk, mounted
from .places import wait_for
from .running import ROOT, Running, drawn

SHORT = {**QUICK, "steps": 3}
LONG = {**QUICK, "steps": 2000}
NO_SPARE = {"store.SPARE_BYTES": 0}
NOTHING_IS_FRESH = {"archive.SECONDS_TO_FETCH": 0}


@pytest.fixture(params=["disk", "quota"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Disk]:
    """The disk of the data folder."""
    if request.param == "quota":
        yield Disk(tmp_path, real=False)
        return
    with mounted(tmp_path / "data", "size=12m,mode=700") as may:
        if not may:
            pytest.skip("only root may mount a disk")
        yield Disk(tmp_path / "data", real=True)


def finish(engine: Running, seed: int = 0) -> str:
    edit = engine.submit(drawn(seed), settings=SHORT)
    assert engine.wait(edit)["state"] == "done"
    return edit


def kept(engine: Running) -> set[str]:
    folders = engine.folders()
    listed = {edit["id"] for edit in engine.http.get("/v1/edits").json()}
    assert folders == listed
    return listed


def assert_sound(data: Path) -> None:
    with closing(sqlite3.connect(data / "edits.sqlite")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_old_edits_go_and_waiting_ones_stay(start: Start, faults: Path) -> None:
    engine = start(keep_seconds=0.2, constants=NOTHING_IS_FRESH)
    old = finish(engine)
    wait_for(lambda: finish(engine) and old not in kept(engine))
    assert engine.http.get(f"/v1/edits/{old}").status_code == 404
    assert engine.picture(old).status_code == 404
    (faults / "hold").touch()
    waiting = [engine.submit(drawn(), settings=SHORT) for _ in range(2)]
    (faults / "hold").unlink()
    assert engine.wait(waiting[1])["state"] == "done"


def test_the_oldest_go_when_all_take_too_much_room(start: Start) -> None:
    engine = start(keep_bytes=100_000, constants=NOTHING_IS_FRESH)
    edits = [finish(engine, seed) for seed in range(5)]
    left = kept(engine)
    assert edits[-1] in left
    assert 0 < len(left) < 5
    assert left == set(edits[-len(left) :])
    assert engine.pixels(edits[-1]).shape == (48, 64, 4)


def test_a_full_disk_is_told_and_forgotten_once_there_is_room(
    disk: Disk, start: Start, faults: Path
) -> None:
    engine = start(constants=NO_SPARE)
    before = finish(engine, 1)
    expected = engine.pixels(before)
    (faults / "pace").write_text("0.02")
    edit = engine.submit(drawn(), settings=LONG)
    engine.until_step(edit, 2)
    disk.fill(engine)
    failed = engine.wait(edit)
    assert (failed["state"], failed["error"]["code"]) in {
        ("failed", "storage"),
        ("failed", "output"),
    }
    assert failed["error"]["hint"]
    refused = engine.post(drawn(), settings=SHORT)
    assert (refused.status_code, refused.json()["error"]["code"]) == (507, "storage")
    assert refused.json()["error"]["hint"]
    assert kept(engine) == {before, edit}
    assert np.array_equal(engine.pixels(before), expected)
    disk.free(engine)
    (faults / "pace").write_text("0")
    after = finish(engine, 2)
    engine.kill()
    assert_sound(engine.data)
    again = start()
    assert kept(again) == {before, edit, after}
    assert np.array_equal(again.pixels(before), expected)
    assert again.edit(edit) == failed


def test_an_edit_that_ended_while_the_disk_was_full_does_not_run_again(
    disk: Disk, start: Start, faults: Path
) -> None:
    engine = start(constants=NO_SPARE)
    (faults / "pace").write_text("0.02")
    edit = engine.submit(drawn(), settings=LONG)
    unwanted = engine.submit(drawn(), settings=LONG)
    engine.until_step(edit, 2)
    disk.fill(engine)
    assert engine.wait(edit)["state"] == "failed"
    assert engine.cancel(unwanted)["state"] == "cancelled"
    engine.kill()
    if disk.real:
        disk.free(engine)
    (faults / "pace").write_text("0")
    again = start(constants=NO_SPARE)
    finish(again)
    assert again.edit(edit)["state"] == "failed"
    assert again.edit(edit)["error"]["hint"]
    assert again.edit(unwanted)["state"] == "cancelled"
    again.stop()
    third = start()
    assert [third.edit(each)["state"] for each in (edit, unwanted)] == ["failed", "cancelled"]


def test_a_disk_that_fills_up_during_an_upload_keeps_nothing_of_it(
    disk: Disk, start: Start
) -> None:
    engine = start(constants=NO_SPARE)
    with Upload(engine, size=3 << 20) as upload:
        upload.send(1 << 20)
        wait_for(lambda: size_of(engine.data / "edits") > 500_000)
        disk.fill(engine)
        upload.send(1 << 20)
        assert b" 507 " in upload.answer().partition(b"\r\n")[0]
    wait_for(lambda: kept(engine) == set())
    disk.free(engine)
    finish(engine)


def test_an_upload_that_is_cut_off_leaves_nothing(start: Start) -> None:
    engine = start()
    with Upload(engine, size=3 << 20) as upload:
        upload.send(1 << 20)
        wait_for(lambda: size_of(engine.data / "edits") > 500_000)
    wait_for(lambda: not engine.folders())
    assert engine.http.get("/v1/edits").json() == []
    with Upload(engine, size=3 << 20) as upload:
        upload.send(1 << 20)
        wait_for(lambda: size_of(engine.data / "edits") > 500_000)
        engine.kill()
    again = start()
    assert again.folders() == set()


def test_a_folder_that_becomes_read_only_is_told(start: Start) -> None:
    engine = start()
    edit = finish(engine)
    with read_only(engine.data / "edits"):
        refused = engine.post(drawn(), settings=SHORT)
        assert (refused.status_code, refused.json()["error"]["code"]) == (507, "storage")
        assert refused.json()["error"]["hint"]
    assert finish(engine) != edit
    assert_sound(engine.data)


def test_an_engine_on_a_read_only_folder_says_so_and_ends(start: Start) -> None:
    engine = start()
    finish(engine)
    engine.stop()
    before = (engine.data / "edits.sqlite").read_bytes()
    with read_only(engine.data):
        command = [sys.executable, "-m", "flexit_engine", "serve"]
        environment = {**os.environ, "FLEXIT_DATA": str(engine.data)}
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert ended.returncode not in (0, -6, -11)
    assert str(engine.data) in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (engine.data / "edits.sqlite").read_bytes() == before
    assert_sound(engine.data)


class read_only:  # noqa: N801 -- a context
    """A folder in which nothing can be made for the length of the block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._mount = mounted(folder, "ro,mode=700")

    def __enter__(self) -> None:
        if not self._mount.__enter__():
            assert os.geteuid() != 0, "root may write everywhere, but not mount here"
            self._folder.chmod(0o500)

    def __exit__(self, *error: object) -> None:
        self._mount.__exit__(None, None, None)
        self._folder.chmod(0o700)


class Upload:
    """A picture that is sent in pieces."""

    def __init__(self, engine: Running, size: int) -> None:
        head = (
            b'--b\r\nContent-Disposition: form-data; name="request"\r\n\r\n{"target": "dog"}\r\n'
            b'--b\r\nContent-Disposition: form-data; name="image"\r\n\r\n'
        )
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(20)
        self._socket.connect(str(engine.address.socket))
        self._socket.sendall(
            b"POST /v1/edits HTTP/1.1\r\nHost: flexit\r\n"
            b"Authorization: Bearer %b\r\nContent-Length: %d\r\n"
            b"Content-Type: multipart/form-data; boundary=b\r\n\r\n"
            % (engine.address.token.encode(), len(head) + size + 9)
            + head
        )

    def send(self, size: int) -> None:
        self._socket.sendall(os.urandom(size))

    def answer(self) -> bytes:
        return self._socket.recv(1 << 16)

    def __enter__(self) -> Upload:
        return self

    def __exit__(self, *error: object) -> None:
        self._socket.close()


def size_of(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*/*"))
