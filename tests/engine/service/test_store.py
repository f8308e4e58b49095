"""What is kept of edits: one row each, and a folder."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from flexit_engine.errors import StorageError
from flexit_engine.service.protocol import Edit, EditRequest, State
from flexit_engine.service.store import Store
from flexit_engine.settings import Settings

from .places import full_disk

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
    store.add(REQUEST, edit)
    (store.new_folder(name) / "result").write_bytes(bytes(size))
    if finished is not None:
        edit.state, edit.finished = "done", finished
        store.update(edit)
    return edit


def test_edits_are_found_again_in_the_order_they_came(store: Store, tmp_path: Path) -> None:
    edits = [keep(store, name) for name in "cab"]
    edits[1].state, edits[1].note = "running", "half way"
    store.update(edits[1])
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


def test_too_old_ones_and_the_oldest_of_too_many_bytes_expire(store: Store) -> None:
    now = 1e10
    for name, age, size in (("old", 9e9, 0), ("c", 3, 600), ("b", 2, 300), ("a", 1, 100)):
        keep(store, name, now - age, size)
    keep(store, "waits")
    assert store.expired(8e9, 10_000) == ["old"] or store.expired(8e9, 10_000) == []
    assert set(store.expired(1e12, 500)) == {"c", "old"}
    assert set(store.expired(1e12, 350)) == {"b", "c", "old"}
    assert set(store.expired(1e12, 0)) == {"b", "c", "old"}  # never the newest
    assert set(store.expired(-1e11, 10_000)) == {"old", "a", "b", "c"}


def test_a_removed_edit_leaves_neither_row_nor_file(store: Store) -> None:
    keep(store, "a", 1.0, 10)
    store.remove("a")
    assert store.rows() == []
    assert list(store.folder.iterdir()) == []
    store.remove("a")


def test_folders_of_no_edit_are_swept(store: Store) -> None:
    keep(store, "a")
    (store.new_folder("cut-off") / "image").write_bytes(b"half")
    store.sweep()
    assert [folder.name for folder in store.folder.iterdir()] == ["a"]


def test_a_row_of_another_version_is_left_out_and_left_alone(store: Store, tmp_path: Path) -> None:
    keep(store, "a")
    keep(store, "b")
    with closing(sqlite3.connect(tmp_path / "edits.sqlite")) as database, database:
        database.execute("UPDATE edits SET request = '{\"target\": 5}' WHERE id = 'a'")
    assert [row.edit.id for row in store.rows()] == ["b"]
    store.sweep()
    assert (store.folder / "a").is_dir()


def test_a_file_that_is_replaced_at_that_moment_does_not_matter(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = keep(store, "a")
    edit.state, edit.finished = "cancelled", 1.0
    gone = store.folder / "a" / ".preview-0123"
    monkeypatch.setattr(Path, "glob", lambda *_: iter([gone, store.folder / "a" / "result"]))
    store.update(edit)
    assert store.rows()[0].edit == edit


def test_a_newer_list_or_one_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "edits.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StorageError, match="newer version") as caught:
        Store(tmp_path)
    assert caught.value.hint
    assert path.read_bytes() == before
    path.write_bytes(b"this is no database " * 100)
    with pytest.raises(StorageError, match="not a database"):
        Store(tmp_path)
    assert path.read_bytes() == b"this is no database " * 100


def test_a_full_disk_is_an_error_in_words_and_harms_nothing(store: Store) -> None:
    edit = keep(store, "a")
    edit.state = "running"
    with full_disk():
        with pytest.raises(StorageError, match="cannot keep"):
            store.update(edit)
        with pytest.raises(StorageError, match="cannot keep"):
            store.add(REQUEST, an_edit("b"))
    assert store.rows()[0].edit.state == "queued"
    store.update(edit)
    assert store.rows()[0].edit.state == "running"


def test_room_is_made_sure_of(store: Store) -> None:
    store.check_room(1000)
    with pytest.raises(StorageError, match="MB are free") as caught:
        store.check_room(1 << 60)
    assert str(store.folder) in caught.value.hint
