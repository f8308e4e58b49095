"""Many edits: several at a time, each failure by itself, and on again after a stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from flexit_engine.canvas import read_picture, read_texts
from flexit_engine.editor import Editor
from flexit_engine.errors import OutOfMemory
from flexit_engine.recipe import parse_recipe

from .conftest import Flexit, draw, hashes

SMALL = ("--augmentations", "1", "--resolution", "32", "--learning-rate", "1")
FAST = ("--to", "dog", "--steps", "2", *SMALL)


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    """A folder of five pictures, one of another shape."""
    folder = tmp_path / "cats"
    folder.mkdir()
    for number in range(4):
        draw(folder / f"{number}.png", seed=number)
    draw(folder / "tall.jpg", 64, 32)
    return folder


@pytest.fixture
def groups(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many pictures were edited at a time."""
    sizes: list[int] = []
    edit = Editor.edit

    def counted(self: Editor, pictures: Any, *rest: Any) -> Any:  # noqa: ANN401
        sizes.append(len(pictures))
        return edit(self, pictures, *rest)

    monkeypatch.setattr(Editor, "edit", counted)
    return sizes


def test_a_folder_is_edited_in_groups_of_one_size(
    tiny: Flexit, cats: Path, tmp_path: Path, groups: list[int]
) -> None:
    answer = tiny("batch", cats, tmp_path / "out", *FAST, "--batch-size", 3)
    assert (answer.code, answer.err) == (0, "")
    assert answer.out == "5 done, 0 already there, 0 failed\n"
    assert set(hashes(tmp_path / "out")) == set(hashes(cats))
    assert sorted(groups) == [1, 1, 3]
    for path in cats.iterdir():
        result = read_picture(tmp_path / "out" / path.name)
        assert result.pixels.shape == read_picture(path).pixels.shape


def test_a_result_is_that_of_the_single_edit(tiny: Flexit, cats: Path, tmp_path: Path) -> None:
    tiny("batch", cats, tmp_path / "out", *FAST)
    tiny("edit", cats / "2.png", tmp_path / "alone.png", *FAST)
    together = read_picture(tmp_path / "out" / "2.png").pixels.astype(int)
    assert abs(together - read_picture(tmp_path / "alone.png").pixels).max() <= 1


def test_a_result_of_a_group_can_be_made_again(tiny: Flexit, cats: Path, tmp_path: Path) -> None:
    tiny("batch", cats, tmp_path / "out", *FAST)
    result = tmp_path / "out" / "2.png"
    assert parse_recipe(read_texts(result), result).batch.size == 4
    assert tiny("edit", "--again", result, tmp_path / "again.png").code == 0
    assert (tmp_path / "again.png").read_bytes() == result.read_bytes()


def test_what_is_done_is_not_done_again(
    tiny: Flexit, cats: Path, tmp_path: Path, groups: list[int]
) -> None:
    out = tmp_path / "out"
    tiny("batch", cats, out, *FAST)
    before = {path: path.stat().st_mtime_ns for path in out.iterdir()}
    (out / "1.png").unlink()
    groups.clear()
    report = tiny("batch", cats, out, *FAST, "--json").json
    assert (len(report["done"]), len(report["skipped"]), groups) == (1, 4, [1])
    for path, changed in before.items():
        assert (path.stat().st_mtime_ns == changed) == (path.name != "1.png")


@pytest.mark.parametrize("change", ["--seed=9", "--to=fox", "--steps=1", "the picture"])
def test_another_edit_is_not_taken_for_the_same(
    tiny: Flexit, cats: Path, tmp_path: Path, change: str
) -> None:
    out = tmp_path / "out"
    tiny("batch", cats, out, *FAST)
    before = hashes(out)
    extra = [change] if change.startswith("--") else []
    if not extra:
        draw(cats / "0.png", seed=99)
    answer = tiny("batch", cats, out, *FAST, *extra, "--json")
    assert answer.code == 9
    assert len(answer.json["failed"]) == (5 if extra else 1)
    assert all("--force" in each["hint"] for each in answer.json["failed"])
    assert hashes(out) == before
    assert tiny("batch", cats, out, *FAST, *extra, "--force").code == 0
    assert hashes(out) != before


def test_a_bad_picture_does_not_stop_the_rest(tiny: Flexit, cats: Path, tmp_path: Path) -> None:
    (cats / "0.png").write_bytes(b"no picture")
    answer = tiny("batch", cats, tmp_path / "out", *FAST)
    assert answer.code == 9
    summary, failure = answer.out.splitlines()
    assert summary == "4 done, 0 already there, 1 failed"
    assert "0.png" in failure
    assert set(hashes(tmp_path / "out")) == {"1.png", "2.png", "3.png", "tall.jpg"}


def test_a_group_that_fails_is_edited_one_by_one(
    tiny: Flexit, cats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit = Editor.edit

    def small_device(self: Editor, pictures: Any, *rest: Any) -> Any:  # noqa: ANN401
        if len(pictures) > 1:
            raise OutOfMemory("The device is too small.")
        return edit(self, pictures, *rest)

    monkeypatch.setattr(Editor, "edit", small_device)
    assert tiny("batch", cats, tmp_path / "out", *FAST).code == 0
    assert len(hashes(tmp_path / "out")) == 5


def test_a_bug_in_one_picture_is_reported_with_it(
    tiny: Flexit, cats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = Editor.open

    def broken(self: Editor, picture: Any, *rest: Any) -> Any:  # noqa: ANN401
        if picture.height > picture.width:
            raise ZeroDivisionError("tall")
        return opened(self, picture, *rest)

    monkeypatch.setattr(Editor, "open", broken)
    answer = tiny("batch", cats, tmp_path / "out", *FAST, "--json")
    assert (answer.code, len(answer.json["done"])) == (9, 4)
    (failure,) = answer.json["failed"]
    assert "ZeroDivisionError" in failure["message"]


def test_many_sizes_do_not_pile_up(
    tiny: Flexit, tmp_path: Path, groups: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "shapes"
    folder.mkdir()
    for number in range(7):
        draw(folder / f"{number}.png", 32, 32 * (number + 1))
    waiting: list[int] = []
    opened = Editor.open

    def counted(self: Editor, *rest: Any) -> Any:  # noqa: ANN401
        waiting.append(len(waiting) + 1 - sum(groups))
        return opened(self, *rest)

    monkeypatch.setattr(Editor, "open", counted)
    monkeypatch.setattr("flexit_engine.commands.batch_run.MOST_WAITING", 1)
    assert tiny("batch", folder, tmp_path / "out", *FAST, "--batch-size", 2).code == 0
    assert sum(groups) == 7
    assert max(waiting) <= 3


def test_a_csv_says_what_becomes_of_each(
    tiny: Flexit, cats: Path, mask: Path, tmp_path: Path
) -> None:
    listed = cats.parent / "edits.csv"
    listed.write_text(
        "input,source,target,mask,output,seed\n"
        f"cats/0.png,cat,dog,{mask},,4\n"
        "cats/0.png,,red fox,,,\n"
        'cats/1.png,"cat, animal","dog:0.7, wolf:0.3",,other.webp,\n',
        encoding="utf-8-sig",
    )
    out = tmp_path / "out"
    answer = tiny("batch", listed, out, "--from", "pet", "--steps", 2, *SMALL)
    assert answer.code == 0, answer
    assert set(hashes(out)) == {"0-dog.png", "0-red-fox.png", "other.webp"}
    first, second, third = (
        parse_recipe(read_texts(out / name), out / name)
        for name in ("0-dog.png", "0-red-fox.png", "other.webp")
    )
    assert (first.source, first.settings.seed, first.mask is None) == ("cat", 4, False)
    assert (second.source, second.target, second.settings.seed) == ("pet", "red fox", 0)
    assert (third.source, third.target) == ("cat, animal", "dog:0.7, wolf:0.3")


def test_rows_fail_one_by_one(tiny: Flexit, cats: Path, tmp_path: Path) -> None:
    listed = cats.parent / "edits.csv"
    listed.write_text(
        "input,target,seed,output\n"
        "cats/0.png,dog,,\n"
        "cats/1.png,,,no-text.png\n"
        "cats/2.png,dog,many,\n"
        "cats/none.png,dog,,\n"
        "cats/3.png,dog,,x.xyz\n"
    )
    answer = tiny("batch", listed, tmp_path / "out", "--steps", 1, *SMALL, "--json")
    assert answer.code == 9
    assert [each["code"] for each in answer.json["failed"]] == [
        "text", "settings", "picture", "output",
    ]  # fmt: skip
    assert len(answer.json["done"]) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"input,target\na.png,dog,surplus\n", 2),
        (b"picture,target\na.png,dog\n", 2),
        (b"input,target,colour\na.png,dog,red\n", 2),
        (b"input,target\n,dog\n", 2),
        (b'input,target\n"a.png,dog\n', 2),
        (b"\xff\xfe\x00", 2),
        (b"", 2),
        (b"input,target,output\na.png,dog,../x.png\n", 2),
        (b"input,target\na.png,dog\nb/a.png,dog\n", 2),
        (b"input,target\n", 3),
    ],
)
def test_a_list_that_is_not_understood(
    tiny: Flexit, tmp_path: Path, text: bytes, code: int
) -> None:
    listed = tmp_path / "edits.csv"
    listed.write_bytes(text)
    answer = tiny("batch", listed, tmp_path / "out", *FAST)
    assert (answer.code, answer.err.count("\n")) == (code, 1)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_not_there_or_empty(tiny: Flexit, cats: Path, tmp_path: Path) -> None:
    assert tiny("batch", tmp_path / "none", tmp_path / "out", *FAST).code == 3
    (tmp_path / "empty").mkdir()
    assert tiny("batch", tmp_path / "empty", tmp_path / "out", *FAST).code == 3
    assert tiny("batch", cats, tmp_path / "no" / "out", *FAST).code == 6
    assert tiny("batch", cats, cats / "0.png", *FAST).code == 6
    for size in ("0", "65"):
        assert tiny("batch", cats, tmp_path / "out", *FAST, "--batch-size", size).code == 5


def test_inputs_are_never_replaced(tiny: Flexit, cats: Path, tmp_path: Path) -> None:
    before = hashes(cats)
    assert tiny("batch", cats, cats, *FAST, "--force").code == 9
    assert hashes(cats) == before
    listed = tmp_path / "edits.csv"
    listed.write_text("input,target,output\ncats/0.png,dog,1.png\ncats/1.png,dog,y.png\n")
    assert tiny("batch", listed, cats, "--steps", 1, *SMALL, "--force").code == 9
    assert {name: sha for name, sha in hashes(cats).items() if name != "y.png"} == before


def test_killed_and_started_again_nothing_is_lost_or_redone(cats: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    words = ["batch", cats, out, "--to", "dog", "--steps", 100, *SMALL, "--batch-size", 1]
    command = [sys.executable, "-m", "tests.engine.commands.tiny_flexit", *map(str, words)]
    process = subprocess.Popen(command)
    while not out.is_dir() or len(finished(out)) < 2:
        assert process.poll() is None
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    there = {path: path.stat().st_mtime_ns for path in finished(out)}
    assert len(there) < 5
    for path in there:
        read_picture(path)
    subprocess.run(command, check=True)
    assert sorted(path.name for path in finished(out)) == sorted(os.listdir(cats))
    for path, changed in there.items():
        assert path.stat().st_mtime_ns == changed


def finished(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def test_a_stop_says_how_to_go_on(
    tiny: Flexit, cats: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit, calls = Editor.edit, []

    def stopped(self: Editor, *arguments: Any) -> Any:  # noqa: ANN401
        calls.append(1)
        if len(calls) == 3:
            signal.raise_signal(signal.SIGINT)
        return edit(self, *arguments)

    monkeypatch.setattr(Editor, "edit", stopped)
    answer = tiny("batch", cats, tmp_path / "out", *FAST, "--batch-size", 1)
    assert answer.code == 130
    assert "2 of 5" in answer.err
    assert "same command" in answer.err
    assert len(hashes(tmp_path / "out")) == 2
