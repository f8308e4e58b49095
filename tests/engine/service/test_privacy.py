"""What belongs to a user stays with that user, on a machine with others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import QUICK
from .places import mode, wait_for
from .running import ROOT, Running, drawn, faulty, left_half, running

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that all users can enter: what is private below it is so by itself."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def editing(open_folder: Path) -> Iterator[Running]:
    """A service in the middle of an edit, with another one done; started by a careless shell."""
    faults = open_folder / "faults"
    careful = os.umask(0)
    try:
        with running(open_folder / "data", worker=faulty(faults), tcp=True) as service:
            done = service.submit(drawn(1), left_half(), settings={**QUICK, "steps": 2})
            assert service.wait(done)["state"] == "done"
            (faults / "hold").touch()
            held = service.submit(drawn(2), left_half(), settings={**QUICK, "steps": 9})
            wait_for((faults / "held").exists)
            assert service.edit(held)["state"] == "running"
            yield service
    finally:
        os.umask(careful)


def strange(service: Running, *flags: str) -> dict[str, bool]:
    """What a stranger tries, and whether it works."""
    command = [sys.executable, "-m", "tests.engine.service.stranger", str(service.data)]
    ids = [str(service.process.pid), str(service.address.port)]
    told = subprocess.run([*command, *ids, *flags], cwd=ROOT, stdout=subprocess.PIPE, check=True)
    return dict(json.loads(told.stdout))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_gets_at_nothing_while_an_edit_runs(editing: Running) -> None:
    ours = strange(editing, "--stay")
    theirs = strange(editing)
    # The attempts are ones that work for the owner.
    for name in ("image", "mask", "result", "preview"):
        assert any(ours[each] for each in ours if each.endswith(f"/{name}")), name
    for name in ("engine.json", "edits.sqlite", "logs/engine.jsonl"):
        assert ours[f"read {editing.data / name}"]
    assert ours["connect"]
    assert ours["read mem"]
    assert [name for name, worked in theirs.items() if worked] == []
    assert theirs.keys() == ours.keys()


def test_every_file_and_folder_is_its_owners_alone_whatever_the_umask(editing: Running) -> None:
    paths = [editing.data, *editing.data.rglob("*")]
    shared = {
        str(path): oct(mode(path))
        for path in paths
        if mode(path) != (0o700 if path.is_dir() else 0o600)
    }
    assert not shared
    assert len(paths) > 15


def test_pictures_are_in_no_shared_memory_of_the_system(editing: Running) -> None:
    if not SHARED_MEMORY.is_dir():
        pytest.skip("this system has none")
    held = {Path(f"/proc/{pid}/map_files") for pid in (editing.process.pid, worker_pid(editing))}
    mapped = [os.readlink(link) for folder in held for link in folder.iterdir()]
    assert not [path for path in mapped if path.startswith(str(SHARED_MEMORY))]
    assert [path for path in mapped if path.startswith(str(editing.data / "edits"))]


def worker_pid(service: Running) -> int:
    return int(service.worker()["pid"])
