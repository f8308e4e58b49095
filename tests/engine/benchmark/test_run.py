"""The run as a whole, with networks that need no time; real processes where processes end."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from flexit_engine.benchmark.run import Shard
from flexit_engine.benchmark.worker import _load
from flexit_engine.cli import main
from flexit_engine.editor import Editor
from flexit_engine.errors import UsageError
from tests.engine.commands.tiny_flexit import load_tiny

FLEXIT = [sys.executable, "-m", "tests.engine.commands.tiny_flexit"]
SMALL = ["--side", "32", "--batch-size", "3", "--threads", "1", "--device", "cpu", "--json"]
SETTINGS = ("steps=9", "augmentations=1", "resolution=32", "learning_rate=1")
DEADLINE = 120


@pytest.fixture(scope="module", autouse=True)
def tiny() -> Iterator[None]:
    """This process's `flexit` has networks that need no time, too."""
    _load.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Editor, "load", load_tiny)
        yield
    _load.cache_clear()


@pytest.fixture(scope="module")
def command(minidata: Path, judge_file: Path) -> list[str]:
    """All of the command but the output folder, which comes last."""
    settings = [word for setting in SETTINGS for word in ("--set", setting)]
    asked = ["--judge", str(judge_file), "--queries", "7", str(minidata)]
    return ["evaluate", *SMALL, *settings, *asked]


@pytest.fixture(scope="module")
def whole(command: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that nothing disturbed."""
    out = tmp_path_factory.mktemp("whole")
    assert call([*command, str(out)])["left"] == 0
    return out


def call(command: list[str], expected: int = 0) -> dict[str, Any]:
    """The answer of a call in this process."""
    with redirect_stdout(StringIO()) as said:
        assert main(command) == expected, said.getvalue()
    answer: dict[str, Any] = json.loads(said.getvalue())
    return answer


def pictures(out: Path) -> dict[str, str]:
    """What every picture of a run is, by its name."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in out.rglob("*.png")
    }


def figures(out: Path) -> object:
    """What depends on no clock."""
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    del scores["seconds"]
    return scores


def test_every_query_has_a_picture_and_its_facts_and_the_report_is_there(whole: Path) -> None:
    for method in ("copy", "encode", "retrieve", "flexit", "flexit-as-in-the-editors"):
        names = {path.stem for path in (whole / method).glob("*.png")}
        assert len(names) == 7
        assert {path.stem for path in (whole / method).glob("*.json")} == names | {"method"}
    assert len(list((whole / "flexit" / "steps").iterdir())) == 2  # after 0 and 8
    assert (whole / "report.html").is_file()
    assert not list(whole.rglob(".*"))


def test_killed_at_any_moment_it_ends_with_the_same_pictures_and_figures(
    command: list[str], whole: Path, tmp_path: Path
) -> None:
    for results in (2, 9):
        process = subprocess.Popen([*FLEXIT, *command, str(tmp_path)], stdout=subprocess.DEVNULL)
        wait_for_results(tmp_path, results)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert not (tmp_path / "report.html").exists()
    before = {path: path.stat().st_mtime_ns for path in finished(tmp_path)}
    made = call([*command, str(tmp_path)])["made"]
    assert made == 5 * 7 - len(before)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())
    assert pictures(tmp_path) == pictures(whole)
    assert figures(tmp_path) == figures(whole)


def finished(out: Path) -> list[Path]:
    return [path for path in out.glob("*/*.json") if path.name != "method.json"]


def wait_for_results(out: Path, count: int) -> None:
    end = time.monotonic() + DEADLINE
    while len(finished(out)) < count:
        assert time.monotonic() < end
        time.sleep(0.005)


def test_shards_in_any_order_make_the_same_as_one_run(
    command: list[str], whole: Path, tmp_path: Path
) -> None:
    second = call([*command, str(tmp_path), "--shard", "2/2"])
    assert second["left"] == 5 * 7 - second["made"] > 0
    assert not (tmp_path / "report.html").exists()
    first = call([*command, str(tmp_path), "--shard", "1/2"])
    assert first["left"] == 0
    assert pictures(tmp_path) == pictures(whole)
    assert figures(tmp_path) == figures(whole)


def test_of_a_batch_that_is_half_there_only_the_rest_is_written(
    command: list[str], whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "half"
    shutil.copytree(whole, out)
    lost = sorted(finished(out))[8]
    lost.unlink()
    lost.with_suffix(".png").unlink()
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    assert call([*command, str(out)])["made"] == 1
    assert pictures(out) == pictures(whole)
    assert all(path.stat().st_mtime_ns == time for path, time in before.items())


def test_a_finished_run_only_reports(command: list[str], whole: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*.png")}
    assert call([*command, str(whole)])["made"] == 0
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*.png")} == before


def test_a_folder_with_other_answers_is_left_alone(command: list[str], whole: Path) -> None:
    for change in (["--set", "seed=5"], ["--query-seed", "5"]):
        answer = call([*command, str(whole), *change], expected=2)
        assert "Choose another output folder" in answer["hint"]


@pytest.mark.parametrize("text", ["0/2", "3/2", "1", "a/b", "-1/2"])
def test_shards_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(UsageError, match="Write it as"):
        Shard.parse(text)
