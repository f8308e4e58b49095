"""Ctrl-C leaves the edit so far under a name that says so, or nothing."""

from __future__ import annotations

import fcntl
import io
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flexit_engine.canvas import read_picture
from flexit_engine.editor import Editor, EditStep

from .conftest import Flexit, hashes

MANY = ("--to", "dog", "--steps", "10000", "--augmentations", "1", "--resolution", "32")
COMMAND = [sys.executable, "-m", "tests.engine.commands.tiny_flexit"]


def run_until_step(words: list[object], number: int) -> tuple[int, str]:
    """Run `flexit` at a terminal and send a signal once the bar has shown a step."""
    terminal, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 160, 0, 0))
    process = subprocess.Popen([*COMMAND, *map(str, words)], stderr=theirs)
    os.close(theirs)
    seen, told = "", False
    with io.FileIO(terminal) as screen:
        while data := _read(screen):
            seen += data.decode(errors="replace")
            if not told and re.search(r" [1-9]\d*/10000", seen):
                process.send_signal(number)
                told = True
    return process.wait(), seen


def _read(screen: io.FileIO) -> bytes:
    try:
        return screen.read(4096)
    except OSError:  # Linux says so when the other end is closed
        return b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_the_last_step(cat: Path, tmp_path: Path, number: int) -> None:
    code, seen = run_until_step(["edit", cat, tmp_path / "dog.png", *MANY], number)
    assert code == 128 + number
    assert "left]" in seen
    assert "total" in seen
    (left,) = (path for path in tmp_path.iterdir() if path != cat)
    assert re.fullmatch(r"dog\.step-\d{3,}\.png", left.name)
    assert left.name in seen
    assert "Traceback" not in seen
    assert read_picture(left).pixels.shape == read_picture(cat).pixels.shape


def test_every_variant_is_left(
    tiny: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(monkeypatch, 2)
    answer = tiny("edit", cat, tmp_path / "dog.png", *MANY, "--variants", 2)
    assert answer.code == 130
    assert set(hashes(tmp_path)) == {"cat.png", "dog-1.step-002.png", "dog-2.step-002.png"}


def test_before_the_first_step_nothing_is_left(
    tiny: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(monkeypatch, 0)
    answer = tiny("edit", cat, tmp_path / "dog.png", *MANY)
    assert (answer.code, answer.err) == (130, "flexit: Stopped; nothing was left.\n")
    assert set(hashes(tmp_path)) == {"cat.png"}


def test_an_unfinished_result_can_be_made_again(
    tiny: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        stop_after(patch, 2)
        tiny("edit", cat, tmp_path / "dog.png", *MANY)
    left = tmp_path / "dog.step-002.png"
    assert tiny("edit", "--again", left, tmp_path / "again.png").code == 0
    assert left.read_bytes() == (tmp_path / "again.png").read_bytes()


def test_a_stop_is_reported_in_json(
    tiny: Flexit, cat: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_after(monkeypatch, 1)
    answer = tiny("edit", cat, tmp_path / "dog.png", *MANY, "--json")
    assert answer.json["code"] == "interrupted"
    assert "dog.step-001.png" in answer.json["message"]


def test_handlers_are_put_back(tiny: Flexit, cat: Path, tmp_path: Path) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    tiny("edit", cat, tmp_path / "dog.png", "--to", "dog", "--steps", 0)
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def stop_after(patch: pytest.MonkeyPatch, index: int) -> None:
    """Send this process a SIGINT once a step is done."""
    edit = Editor.edit

    def stopped(self: Editor, *arguments: Any) -> Iterator[list[EditStep]]:  # noqa: ANN401
        for rows in edit(self, *arguments):
            yield rows
            if rows[0].index == index:
                signal.raise_signal(signal.SIGINT)

    patch.setattr(Editor, "edit", stopped)
