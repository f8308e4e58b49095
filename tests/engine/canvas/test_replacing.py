"""A file that gives way to a result leaves it its rights; one that does not, stays."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from flexit_engine.canvas.files import write_whole

NOBODY = 65534
root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o666])
def test_a_result_keeps_the_rights_of_the_file_it_replaces(tmp_path: Path, mode: int) -> None:
    path = precious(tmp_path, mode)
    assert write_whole(path, b"new") == path
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_before_it_has_them_nobody_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, modes = precious(tmp_path, 0o600), []
    fsync = os.fsync

    def look(descriptor: int) -> None:
        modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    write_whole(path, b"new")
    assert modes == [0o600]


def test_a_new_result_has_the_rights_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "any").touch()
    write_whole(tmp_path / "dog.png", b"new")
    assert (tmp_path / "dog.png").stat().st_mode == (tmp_path / "any").stat().st_mode


@root
def test_a_result_keeps_the_owner_of_the_file_it_replaces(tmp_path: Path) -> None:
    path = precious(tmp_path, 0o600)
    os.chown(path, NOBODY, NOBODY)
    write_whole(path, b"new")
    about = path.stat()
    assert (about.st_uid, about.st_gid, stat.S_IMODE(about.st_mode)) == (NOBODY, NOBODY, 0o600)


@root
def test_what_cannot_stay_its_owners_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    path = precious(tmp_path, 0o666)
    os.chown(path, NOBODY, NOBODY)
    monkeypatch.setattr(os, "fchown", refuse)  # as it does to all but root
    assert write_whole(path, b"new") == tmp_path / "dog-2.png"
    assert path.read_bytes() == b"precious"


def test_what_may_not_be_replaced_stays_and_the_result_goes_beside_it(tmp_path: Path) -> None:
    path = precious(tmp_path, 0o644)
    (tmp_path / "dog-2.png").write_bytes(b"precious too")
    assert write_whole(path, b"new", replace=False) == tmp_path / "dog-3.png"
    assert contents(tmp_path) == {
        "dog.png": b"precious", "dog-2.png": b"precious too", "dog-3.png": b"new"
    }  # fmt: skip
    assert write_whole(tmp_path / "cat.png", b"new", replace=False) == tmp_path / "cat.png"
    assert contents(tmp_path)["cat.png"] == b"new"


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def precious(folder: Path, mode: int) -> Path:
    path = folder / "dog.png"
    path.write_bytes(b"precious")
    path.chmod(mode)
    return path
