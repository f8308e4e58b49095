"""Only their owner reads the engine's folders and files, and nothing foreign is trusted."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from flexit_engine.errors import StorageError
from flexit_engine.service.private import (
    make_private_folder,
    open_private,
    read_private,
    write_private,
)

from .places import NOBODY, full_disk, mode, occupy, somebody_elses_folder


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """What is private must be so by itself."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_a_folder_is_made_with_its_parents_for_the_owner_only(tmp_path: Path) -> None:
    make_private_folder(tmp_path / "share" / "flexit")
    assert mode(tmp_path / "share" / "flexit") == 0o700


@pytest.mark.parametrize("given", [0o777, 0o500])
def test_an_existing_folders_mode_is_mended(tmp_path: Path, given: int) -> None:
    tmp_path.chmod(given)
    make_private_folder(tmp_path)
    assert mode(tmp_path) == 0o700


def test_somebody_elses_folder_is_refused_and_left_alone(tmp_path: Path) -> None:
    theirs = somebody_elses_folder(tmp_path)
    before = mode(theirs)
    with pytest.raises(StorageError, match="somebody else"):
        make_private_folder(theirs)
    assert mode(theirs) == before


@pytest.mark.parametrize("place", ["/proc/flexit", "/dev/null", "/dev/null/flexit", "a\0b"])
def test_a_folder_that_cannot_be_is_a_sentence(place: str) -> None:
    with pytest.raises(StorageError) as caught:
        make_private_folder(Path(place))
    assert "FLEXIT_DATA" in caught.value.hint


def test_a_file_is_written_for_the_owner_only_and_read_again(tmp_path: Path) -> None:
    write_private(tmp_path / "engine.json", "ä")
    assert mode(tmp_path / "engine.json") == 0o600
    assert read_private(tmp_path / "engine.json") == "ä".encode()


def test_a_full_disk_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    write_private(tmp_path / "engine.json", "old")
    with full_disk(), pytest.raises(StorageError, match=r"engine\.json"):
        write_private(tmp_path / "engine.json", "new")
    assert read_private(tmp_path / "engine.json") == b"old"
    assert os.listdir(tmp_path) == ["engine.json"]


def test_a_folder_in_the_files_place_is_refused_and_left(tmp_path: Path) -> None:
    occupy(tmp_path / "engine.json", "folder")
    with pytest.raises(StorageError):
        write_private(tmp_path / "engine.json", "new")
    assert os.listdir(tmp_path / "engine.json") == ["holiday.txt"]


def test_a_link_is_replaced_and_never_followed(tmp_path: Path) -> None:
    occupy(tmp_path / "engine.json", "link")
    assert read_private(tmp_path / "engine.json") is None
    write_private(tmp_path / "engine.json", "new")
    assert read_private(tmp_path / "engine.json") == b"new"
    assert (tmp_path / "linked.txt").read_text() == "keep me"


@pytest.mark.parametrize("what", ["folder", "pipe", "link"])
def test_what_is_no_file_is_not_read_and_not_waited_for(tmp_path: Path, what: str) -> None:
    occupy(tmp_path / "engine.json", what)
    assert read_private(tmp_path / "engine.json") is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_somebody_elses_file_is_not_read(tmp_path: Path) -> None:
    write_private(tmp_path / "engine.json", "theirs")
    os.chown(tmp_path / "engine.json", NOBODY, NOBODY)
    assert read_private(tmp_path / "engine.json") is None


def test_a_file_that_others_could_read_is_mended_when_opened(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("x")
    (tmp_path / "log").chmod(0o666)
    os.close(open_private(tmp_path / "log", os.O_WRONLY | os.O_APPEND))
    assert mode(tmp_path / "log") == 0o600
