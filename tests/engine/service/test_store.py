"""What is kept of edits: one row each, and a folder."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flexit_engine.errors import StorageError
from flexit_engine.ownership import STAMP
from flexit_engine.service.protocol import Edit, EditRequest, State
from flexit_engine.service.store import Store
from flexit_engine.settings import Settings

from .places import full_disk

NAME = "00112233445566778899aabb"
"""An id as the service makes them."""
REQUEST = EditRequest(target="dog", client="krita")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with closing(Store(tmp_path)) as opened:
        yield opened


def an_edit(name: str, state: State = "queued", finished: float | None = None) -> Edit:
    return Edit(
        id=name,
        state=state,
        target="dog",
        profile="mini",
        settings=Settings(),
        created=1.0,
        finished=finished,
        version="0",
    )


def keep(store: Store, name: str, finished: float | None = None, size: int = 0) -> Edit:
    edit = an_edit(name)
    (store.new_folder(name) / "result").write_bytes(bytes(size))
    store.add(REQUEST, edit)
    if finished is not None:
        edit.state, edit.finished = "done", finished
        store.update(REQUEST, edit)
    return edit


def test_edits_are_found_again_in_the_order_they_came(store: Store, tmp_path: Path) -> None:
    edits = [keep(store, name) for name in "cab"]
    edits[1].state, edits[1].note = "running", "half way"
    store.update(REQUEST, edits[1])
    store.close()
    with closing(Store(tmp_path)) as again:
        rows = again.rows()
    assert [row.edit for row in rows] == edits
    assert [row.request for row in rows] == [REQUEST] * 3
    assert sorted({row.number for row in rows}) == [row.number for row in rows]


def test_what_was_never_closed_is_there_as_well(tmp_path: Path) -> None:
    with closing(Store(tmp_path)) as store:
        edit = keep(store, "a")
        with closing(Store(tmp_path)) as again:  # as after a kill
            assert [row.edit for row in again.rows()] == [edit]


@pytest.mark.parametrize("content", [b"", bytes(range(256)) * 32])
def test_a_list_that_is_damaged_while_it_is_open_comes_back_at_the_next_start(
    store: Store, tmp_path: Path, content: bytes
) -> None:
    first = keep(store, NAME)
    with closing(sqlite3.connect(tmp_path / "edits.sqlite")) as other:  # else it is not read anew
        other.execute("UPDATE edits SET bytes = 1")
        other.commit()
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (tmp_path / "edits.sqlite").write_bytes(content)
    with pytest.raises(StorageError, match="has been damaged") as told:
        keep(store, NAME[::-1])
    assert "flexit start" in told.value.hint
    store.close()
    with closing(Store(tmp_path)) as again:
        again.restore()
        assert [row.edit for row in again.rows()] == [first]


def test_too_old_ones_and_the_oldest_of_too_many_bytes_expire(store: Store) -> None:
    now = 1e10
    for name, age, size in (("old", 9e9, 0), ("c", 3, 6000), ("b", 2, 3000), ("a", 1, 1000)):
        keep(store, name, now - age, size)
    keep(store, "waits")
    assert store.expired(8e9, 100_000) == ["old"] or store.expired(8e9, 100_000) == []
    assert set(store.expired(1e12, 9000)) == {"c", "old"}
    assert set(store.expired(1e12, 5000)) == {"b", "c", "old"}
    assert set(store.expired(1e12, 0)) == {"b", "c", "old"}  # never the newest
    assert set(store.expired(-1e11, 100_000)) == {"old", "a", "b", "c"}


def test_a_removed_edit_leaves_neither_row_nor_file(store: Store) -> None:
    keep(store, "a", 1.0, 10)
    store.remove("a")
    assert store.rows() == []
    assert [path.name for path in store.folder.iterdir()] == [STAMP]
    store.remove("a")


def test_only_folders_that_uploads_and_removals_left_are_swept(store: Store) -> None:
    keep(store, "a")
    cut_off = store.new_folder("0123456789abcdef01234567")
    (cut_off / "image").write_bytes(b"half")
    for name in ("wedding 2019", "holiday.part", "0123456789ABCDEF01234567.part"):
        (store.folder / name).mkdir()
    before = {*store.folder.iterdir()}
    store.sweep()
    assert before - {*store.folder.iterdir()} == {cut_off}


def test_a_removal_that_is_cut_off_is_not_undone(store: Store, tmp_path: Path) -> None:
    keep(store, NAME, 1.0, 10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shutil, "rmtree", lambda *_, **__: None)
        store.remove(NAME)
    store.close()
    with closing(Store(tmp_path)) as again:
        again.sweep()
        again.restore()
        assert again.rows() == []
        assert again.expired(1e12, 1) == []


def test_an_edit_whose_row_cannot_be_written_is_not_kept(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> int:
        raise sqlite3.OperationalError("disk I/O error")

    store.new_folder(NAME)
    monkeypatch.setattr(store, "_insert", refuse)
    with pytest.raises(StorageError, match="disk I/O"):
        store.add(REQUEST, an_edit(NAME))
    monkeypatch.undo()
    store.restore()
    assert store.rows() == []
    store.sweep()
    assert not [path for path in store.folder.iterdir() if path.name.startswith(NAME)]


def test_a_row_of_another_version_is_left_out_and_left_alone(store: Store, tmp_path: Path) -> None:
    keep(store, "a")
    keep(store, "b")
    with closing(sqlite3.connect(tmp_path / "edits.sqlite")) as database, database:
        database.execute("UPDATE edits SET request = '{\"target\": 5}' WHERE id = 'a'")
    assert [row.edit.id for row in store.rows()] == ["b"]
    store.restore()
    assert (store.folder / "a").is_dir()


def test_a_file_that_is_replaced_at_that_moment_does_not_matter(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = keep(store, "a")
    edit.state, edit.finished = "cancelled", 1.0
    gone = store.folder / "a" / ".preview-0123"
    monkeypatch.setattr(Path, "glob", lambda *_: iter([gone, store.folder / "a" / "result"]))
    store.update(REQUEST, edit)
    assert store.rows()[0].edit == edit


def test_a_full_disk_is_an_error_in_words_and_harms_nothing(store: Store) -> None:
    edit = keep(store, "a")
    edit.state = "running"
    store.new_folder("b")
    with full_disk():
        with pytest.raises(StorageError, match=r"cannot (keep|use)"):
            store.update(REQUEST, edit)
        with pytest.raises(StorageError, match=r"cannot (keep|use)"):
            store.add(REQUEST, an_edit("b"))
    assert store.rows()[0].edit.state == "queued"
    store.update(REQUEST, edit)
    assert store.rows()[0].edit.state == "running"


def test_room_is_made_sure_of(store: Store) -> None:
    store.check_room(1000)
    with pytest.raises(StorageError, match="MB are free") as caught:
        store.check_room(1 << 60)
    assert str(store.folder) in caught.value.hint
