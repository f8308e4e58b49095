"""Used texts are kept."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from flexit.model import Choices, History
from flexit.model.history import DAMAGED, FILE, MOST


def test_what_was_used_last_comes_first_and_once(tmp_path: Path) -> None:
    history = History(tmp_path)
    for target, strength in (("dog", 0.1), ("cow", 0.2), ("dog", 0.9)):
        history.add(Choices(target, "cat", strength=strength))
    kept = History(tmp_path).entries
    assert [(each.target, each.strength) for each in kept] == [("dog", 0.9), ("cow", 0.2)]
    assert History(tmp_path).targets() == ["dog", "cow"]
    assert History(tmp_path).sources() == ["cat"]


def test_only_the_user_can_read_it(tmp_path: Path) -> None:
    History(tmp_path / "new").add(Choices("dog"))
    assert stat.S_IMODE((tmp_path / "new" / FILE).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_it_does_not_grow_for_ever(tmp_path: Path) -> None:
    history = History(tmp_path)
    for number in range(MOST + 5):
        history.add(Choices(f"dog {number}"))
    assert len(History(tmp_path).entries) == MOST
    assert history.targets()[0] == f"dog {MOST + 4}"


@pytest.mark.parametrize(
    "content", [b"", b"[", b"\xff\xfe", b"{}", b'["dog", {"target": 3}]', b"[" * 90_000]
)
def test_a_damaged_file_is_an_empty_history_that_works(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    history = History(tmp_path)
    assert history.entries == []
    history.add(Choices("dog"))
    assert History(tmp_path).targets() == ["dog"]


@pytest.mark.parametrize("content", [b"[", b"\xff\xfe my texts", b"{}"])
def test_what_is_not_understood_is_kept_under_another_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    history = History(tmp_path)
    history.add(Choices("dog"))
    history.add(Choices("cow"))
    assert (tmp_path / (FILE + DAMAGED)).read_bytes() == content
    assert History(tmp_path).targets() == ["cow", "dog"]


def test_where_nothing_can_be_written_it_is_kept_for_now(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    history = History(tmp_path / "file")
    history.add(Choices("dog"))
    assert history.targets() == ["dog"]


def test_it_can_be_forgotten(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.add(Choices("dog"))
    history.clear()
    assert json.loads((tmp_path / FILE).read_text()) == []
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
