"""`flexit edit` through a running engine gives what it gives without one, only sooner."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flexit_engine.canvas import read_picture
from flexit_engine.editor import Editor
from flexit_engine.service import caller
from tests.engine.service.places import wait_for
from tests.engine.service.running import ROOT, Running, running

from .conftest import Flexit, draw, hashes
from .test_interruption import COMMAND, MANY, run_until_step

FAST = ("--to", "dog", "--steps", "3", "--augmentations", "1", "--resolution", "32")
LIVELY = ("--learning-rate", "1")
WORKER = (
    *("env", f"PYTHONPATH={ROOT}"),
    *(sys.executable, "-m", "tests.engine.commands.tiny_worker"),
)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An engine with networks that need no time."""
    folder = tmp_path_factory.mktemp("engine")
    with running(folder / "data", worker=WORKER) as service:
        yield service


@pytest.fixture
def engine(service: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """That engine, where the command looks for one."""
    monkeypatch.setenv("FLEXIT_DATA", str(service.data))
    return service


@pytest.fixture
def remote(engine: Running, flexit: Flexit, monkeypatch: pytest.MonkeyPatch) -> Flexit:
    """The command, which fails where it would edit in this process."""

    def fail(*_arguments: object) -> Editor:
        pytest.fail("it did not use the engine")

    assert engine.data
    monkeypatch.setattr(Editor, "load", fail)
    return flexit


def edits(engine: Running) -> list[dict[str, Any]]:
    """All edits of an engine, newest first."""
    return list(engine.http.get("/v1/edits").raise_for_status().json())


@pytest.mark.parametrize("suffix", ["png", "jpg", "tiff"])
@pytest.mark.parametrize("masked", [False, True])
def test_the_result_is_the_same_to_the_byte(
    tiny: Flexit, engine: Running, cat: Path, mask: Path, tmp_path: Path, suffix: str, masked: bool
) -> None:
    words = ("--from", "cat", "--seed", "5", *(("--mask", mask) if masked else ()), *FAST, *LIVELY)
    there, here = tmp_path / f"there.{suffix}", tmp_path / f"here.{suffix}"
    before = len(edits(engine))
    assert tiny("edit", cat, there, *words).code == 0
    assert len(edits(engine)) == before + 1
    assert tiny("edit", cat, here, *words, "--local").code == 0
    assert len(edits(engine)) == before + 1
    assert there.read_bytes() == here.read_bytes()


def test_the_report_is_the_same_but_for_time_and_device(
    tiny: Flexit, engine: Running, cat: Path, mask: Path, tmp_path: Path
) -> None:
    words = ("--from", "cat", "--mask", mask, "--seed", 7, *FAST, *LIVELY, "--force", "--json")
    there = tiny("edit", cat, tmp_path / "dog.png", *words)
    here = tiny("edit", cat, tmp_path / "dog.png", *words, "--local")
    assert there.err == ""
    for report in (there.json, here.json):
        assert set(report.pop("timings")) == {"load", "open", "edit", "write"}
        report.pop("device")
    assert there.json.keys() == here.json.keys()
    assert edits(engine)[0]["client"] == "flexit edit"


def test_variants_have_consecutive_seeds(remote: Flexit, cat: Path, tmp_path: Path) -> None:
    words = ("--variants", 2, "--seed", 5, *FAST, *LIVELY)
    answer = remote("edit", cat, tmp_path / "dog.png", *words, "--json")
    assert answer.code == 0, answer.out
    assert [each["seed"] for each in answer.json["outputs"]] == [5, 6]
    first, second = (read_picture(tmp_path / f"dog-{number}.png").pixels for number in (1, 2))
    assert (first != second).any()
    assert remote("edit", cat, tmp_path / "alone.png", "--seed", 6, *FAST, *LIVELY).code == 0
    assert (read_picture(tmp_path / "alone.png").pixels == second).all()


def test_the_result_can_be_made_again_without_the_engine(
    tiny: Flexit, engine: Running, cat: Path, mask: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "results"
    folder.mkdir()
    words = ("--from", "cat", "--mask", mask, *FAST, *LIVELY)
    assert tiny("edit", cat, folder / "dog.png", *words).code == 0
    assert edits(engine)[0]["state"] == "done"
    assert tiny("edit", "--again", folder / "dog.png").code == 0
    assert (folder / "dog.png").read_bytes() == (folder / "dog-again.png").read_bytes()


def test_losses_are_reported(remote: Flexit, cat: Path, tmp_path: Path) -> None:
    (made,) = remote("edit", cat, tmp_path / "dog.png", *FAST, "--json").json["outputs"]
    assert set(made["losses"]) == {"embedding", "perceptual", "latent", "total"}
    assert made["steps"] == 3


@pytest.mark.parametrize("words", [("--device", "cpu"), ("--film", "film.png"), ("--local",)])
def test_what_only_this_process_can_do_it_does(
    tiny: Flexit, engine: Running, cat: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    before = edits(engine)
    words = tuple(str(tmp_path / word) if word.endswith(".png") else word for word in words)
    assert tiny("edit", cat, tmp_path / "dog.png", *FAST, *words).code == 0
    assert edits(engine) == before


@pytest.mark.parametrize("name", ["cat\n.png", f"{'deep/' * 60}cat.png"])
def test_a_name_that_the_engine_does_not_take_is_edited_here(
    tiny: Flexit, engine: Running, tmp_path: Path, name: str
) -> None:
    before = edits(engine)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    picture = draw(tmp_path / "plain.png").rename(tmp_path / name)
    assert tiny("edit", picture, tmp_path / "dog.png", *FAST).code == 0
    assert edits(engine) == before


@pytest.mark.parametrize(
    ("field", "value"), [("version", "0.0.1"), ("pid", 2**22 + 1), ("token", "of an earlier start")]
)
def test_an_engine_that_is_another_or_gone_is_not_asked(
    tiny: Flexit, engine: Running, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    field: str, value: object,
) -> None:  # fmt: skip
    before = edits(engine)
    address = json.loads((engine.data / "engine.json").read_text())
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "engine.json").write_text(json.dumps({**address, field: value}))
    monkeypatch.setenv("FLEXIT_DATA", str(tmp_path / "data"))
    assert tiny("edit", cat, tmp_path / "dog.png", *FAST).code == 0
    assert edits(engine) == before


def test_what_is_wrong_is_told_before_anything_is_sent(
    remote: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller.Caller, "submit", lambda *_: pytest.fail("it was sent"))
    (tmp_path / "there.png").touch()
    for code, words in [
        (3, (tmp_path / "missing.png", tmp_path / "dog.png", *FAST)),
        (3, (cat, tmp_path / "dog.png", *FAST, "--mask", tmp_path / "missing.png")),
        (4, (cat, tmp_path / "dog.png")),
        (4, (cat, tmp_path / "dog.png", "--to", "a\x1b[31m")),
        (5, (cat, tmp_path / "dog.png", *FAST, "--variants", 0)),
        (5, (cat, tmp_path / "dog.png", *FAST, "--steps", -1)),
        (6, (cat, tmp_path / "there.png", *FAST)),
        (6, (cat, cat, *FAST, "--force")),
        (6, (cat, tmp_path / "nowhere" / "dog.png", *FAST)),
        (6, (cat, tmp_path / "dog.bmp", *FAST)),
        (7, (cat, tmp_path / "dog.png", *FAST, "--profile", "none")),
    ]:
        assert remote("edit", *words).code == code, words


def test_what_only_the_engine_can_see_has_the_same_code(
    remote: Flexit, cat: Path, tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(cat.read_bytes()[:200])
    (tmp_path / "text.png").write_text("not a picture")
    small = draw(tmp_path / "small.png", 10, 10)
    for code, words in [
        (3, (tmp_path / "broken.png", tmp_path / "dog.png", *FAST)),
        (3, (tmp_path / "text.png", tmp_path / "dog.png", *FAST)),
        (3, (cat, tmp_path / "dog.png", *FAST, "--mask", small)),
        (7, (cat, tmp_path / "dog.png", *FAST, "--profile", "paper")),
    ]:
        answer = remote("edit", *words)
        assert answer.code == code, answer.err
        assert answer.err.startswith("flexit: ")
    assert not (tmp_path / "dog.png").exists()


def test_torch_is_not_imported(engine: Running, cat: Path, tmp_path: Path) -> None:
    before = len(edits(engine))
    words = ["edit", str(cat), str(tmp_path / "dog.png"), *FAST]
    program = (
        f"import sys; from flexit_engine.cli import main\ncode = main({words!r})\n"
        "sys.exit(str({'torch', 'numpy', 'pyvips'} & set(sys.modules)) if code == 0 else code)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False)
    assert done.stderr == b"set()\n"
    assert len(edits(engine)) == before + 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_edit_so_far_and_frees_the_engine(
    tiny: Flexit, engine: Running, cat: Path, tmp_path: Path, number: int
) -> None:
    code, seen = run_until_step(["edit", cat, tmp_path / "dog.png", *MANY], number)
    assert code == 128 + number
    assert "left]" in seen
    assert "total" in seen
    assert "Traceback" not in seen
    (left,) = (path for path in tmp_path.iterdir() if path != cat)
    assert re.fullmatch(r"dog\.step-\d{3,}\.png", left.name)
    assert left.name in seen
    assert edits(engine)[0]["state"] == "cancelled"
    wait_for(lambda: engine.worker()["state"] == "idle")
    assert tiny("edit", "--again", left, tmp_path / "again.png").code == 0
    assert left.read_bytes() == (tmp_path / "again.png").read_bytes()


def test_a_killed_command_takes_its_edit_along(engine: Running, cat: Path, tmp_path: Path) -> None:
    before = len(edits(engine))
    with subprocess.Popen([*COMMAND, "edit", cat, tmp_path / "dog.png", *MANY]) as process:
        wait_for(lambda: len(edits(engine)) > before and edits(engine)[0]["kept"])
        process.kill()
    wait_for(lambda: edits(engine)[0]["state"] == "cancelled")
    assert set(hashes(tmp_path)) == {"cat.png"}


def test_an_edit_cancelled_by_somebody_else_is_said(
    engine: Running, cat: Path, tmp_path: Path
) -> None:
    before = len(edits(engine))
    command = [*COMMAND, "edit", cat, tmp_path / "dog.png", *MANY]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        wait_for(lambda: len(edits(engine)) > before and edits(engine)[0]["kept"])
        engine.cancel(edits(engine)[0]["id"])
        _, said = process.communicate()
    assert process.returncode == 10
    assert said.startswith(b"flexit: The edit was cancelled in the engine.")
    assert set(hashes(tmp_path)) == {"cat.png"}


def test_an_engine_that_is_killed_meanwhile_is_said(cat: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, worker=WORKER) as engine:
        environment = {**os.environ, "FLEXIT_DATA": str(data)}
        command = [*COMMAND, "edit", cat, tmp_path / "dog.png", *MANY]
        with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment) as process:
            wait_for(lambda: edits(engine) and edits(engine)[0]["kept"])
            engine.kill()
            _, said = process.communicate()
    assert process.returncode == 10
    assert said.startswith(b"flexit: The engine does not answer")
    assert set(hashes(tmp_path)) == {"cat.png"}


def test_an_engine_that_hangs_is_not_waited_for_long(
    tiny: Flexit, cat: Path, tmp_path: Path, engine: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller, "SECONDS_FOR_HEALTH", 0.2)
    engine.process.send_signal(signal.SIGSTOP)
    try:
        assert tiny("edit", cat, tmp_path / "dog.png", *FAST).code == 0
    finally:
        engine.process.send_signal(signal.SIGCONT)


def test_names_that_are_not_unicode_are_taken(
    remote: Flexit, cat: Path, mask: Path, tmp_path: Path
) -> None:
    odd, odd_mask = (tmp_path / os.fsdecode(name) for name in (b"caf\xe9.png", b"m\xe9.png"))
    cat.rename(odd)
    mask.rename(odd_mask)
    dog = tmp_path / os.fsdecode(b"d\xe9g.png")
    answer = remote("edit", odd, dog, "--mask", odd_mask, *FAST)
    assert (answer.code, answer.err) == (0, "")
    read_picture(dog)
