"""Results go only where they may, and nothing is lost on the way."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flexit_engine.canvas import read_picture
from flexit_engine.commands.outputs import numbered, unfinished
from flexit_engine.editor import Editor, EditStep

from .conftest import Flexit, hashes

FAST = ("--to", "dog", "--steps", "1", "--augmentations", "1", "--resolution", "32")


def test_an_existing_result_is_only_replaced_by_force(
    tiny: Flexit, cat: Path, tmp_path: Path
) -> None:
    dog = tmp_path / "dog.png"
    dog.write_bytes(b"precious")
    answer = tiny("edit", cat, dog, *FAST)
    assert (answer.code, dog.read_bytes()) == (6, b"precious")
    assert "--force" in answer.err
    assert tiny("edit", cat, dog, *FAST, "--force").code == 0
    read_picture(dog)


@pytest.mark.parametrize("way", ["edit", "again", "batch"])
def test_a_file_that_appears_during_the_edit_stays(
    tiny: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    words = {
        "edit": ("edit", cat, folder / "dog.png", *FAST, "--film", folder / "film.png"),
        "again": ("edit", "--again", tmp_path / "dog.png", folder / "dog.png"),
        "batch": ("batch", cat.parent, folder, *FAST),
    }
    tiny("edit", cat, tmp_path / "dog.png", *FAST)
    edit = Editor.edit

    def interfere(self: Editor, *arguments: Any) -> Iterator[list[EditStep]]:  # noqa: ANN401
        for name in ("dog.png", "film.png"):
            (folder / name).write_bytes(b"precious")
        yield from edit(self, *arguments)

    monkeypatch.setattr(Editor, "edit", interfere)
    answer = tiny(*words[way], "--json")
    assert answer.code == 0
    assert (folder / "dog.png").read_bytes() == b"precious"
    assert (folder / "film.png").read_bytes() == b"precious"
    read_picture(folder / "dog-2.png")
    if way == "batch":
        assert str(folder / "dog-2.png") in answer.json["done"]
        return
    assert answer.json["outputs"][0]["path"] == str(folder / "dog-2.png")
    assert way == "again" or answer.json["film"] == str(folder / "film-2.png")
    monkeypatch.undo()


def test_where_it_went_instead_is_said(
    tiny: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dog, edit = tmp_path / "dog.png", Editor.edit

    def interfere(self: Editor, *arguments: Any) -> Iterator[list[EditStep]]:  # noqa: ANN401
        dog.write_bytes(b"precious")
        yield from edit(self, *arguments)

    monkeypatch.setattr(Editor, "edit", interfere)
    answer = tiny("edit", cat, dog, *FAST)
    assert "dog-2.png" in answer.out.splitlines()[0]
    assert "'dog.png' was left as it is" in answer.out


@pytest.mark.parametrize("way", ["same", "relative", "symlink", "hard link", "linked folder"])
@pytest.mark.parametrize("which", ["picture", "mask"])
def test_an_input_is_never_replaced(
    tiny: Flexit, cat: Path, mask: Path, tmp_path: Path, way: str, which: str
) -> None:
    precious = cat if which == "picture" else mask
    other = tmp_path / "other.png"
    if way == "same":
        other = precious
    elif way == "relative":
        (tmp_path / "sub").mkdir()
        other = tmp_path / "sub" / ".." / precious.name
    elif way == "symlink":
        other.symlink_to(precious)
    elif way == "hard link":
        os.link(precious, other)
    else:
        (tmp_path / "link").symlink_to(tmp_path)
        other = tmp_path / "link" / precious.name
    before = hashes(tmp_path)
    answer = tiny("edit", cat, other, "--mask", mask, *FAST, "--force")
    assert answer.code == 6
    assert hashes(tmp_path) == before


def test_a_film_or_a_variant_does_not_replace_an_input_either(
    tiny: Flexit, cat: Path, tmp_path: Path
) -> None:
    numbered_cat = cat.rename(tmp_path / "cat-2.png")
    before = hashes(tmp_path)
    words = (*FAST, "--force")
    assert tiny("edit", numbered_cat, tmp_path / "cat.png", "--variants", 2, *words).code == 6
    assert tiny("edit", numbered_cat, tmp_path / "x.png", "--film", numbered_cat, *words).code == 6
    assert tiny("edit", numbered_cat, tmp_path / "x.png", "--film", tmp_path / "x.png", *words).code
    assert hashes(tmp_path) == before


@pytest.mark.parametrize(
    "name",
    ["missing/dog.png", "cat.png/dog.png", "folder.png", "dog", "dog.xyz", "x" * 300 + ".png"],
)
def test_a_place_that_cannot_be_written_is_said_before_the_work(
    tiny: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    (tmp_path / "folder.png").mkdir()
    monkeypatch.setattr("flexit_engine.commands.job.load_editor", pytest.fail)
    answer = tiny("edit", cat, tmp_path / name, *FAST, "--force")
    assert answer.code == 6
    assert answer.err.startswith("flexit: ")
    assert answer.err.count("\n") == 1


@pytest.mark.skipif(not Path("/proc/version").exists(), reason="needs a folder nobody can write to")
def test_a_read_only_folder_is_said_before_the_work(
    tiny: Flexit, cat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flexit_engine.commands.job.load_editor", pytest.fail)
    answer = tiny("edit", cat, "/proc/dog.png", *FAST)
    assert answer.code == 6
    assert "/proc" in answer.err


def test_a_full_disk_leaves_nothing_behind(cat: Path, tmp_path: Path) -> None:
    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))

    before = hashes(tmp_path)
    words = [cat, tmp_path / "dog.png", *FAST]
    done = subprocess.run(
        [sys.executable, "-m", "tests.engine.commands.tiny_flexit", "edit", *words],
        preexec_fn=fill,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 6, done.stderr
    assert done.stderr.startswith("flexit: 'dog.png' cannot be written")
    assert hashes(tmp_path) == before


def test_names_of_variants_and_unfinished_results(tmp_path: Path) -> None:
    dog = tmp_path / "dog.png"
    assert numbered(dog, 1) == [dog]
    assert [path.name for path in numbered(dog, 2)] == ["dog-1.png", "dog-2.png"]
    assert unfinished(dog, 96).name == "dog.step-096.png"
    unfinished(dog, 96).touch()
    assert unfinished(dog, 96).name == "dog.step-096-2.png"
