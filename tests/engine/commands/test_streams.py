"""Whatever a command writes to: what cannot be written is said, and no command fails of it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

from flexit_engine.canvas import read_picture

from .test_interruption import COMMAND, MANY

FLEXIT = [sys.executable, "-m", "flexit_engine"]
COMMANDS = [["--help"], ["edit", "--help"], ["--version"], ["profiles"], ["profiles", "--json"]]
SCRIPT = [sys.executable, "-c", "import sys; from flexit_engine.cli import main; sys.exit(main())"]
"""As `flexit` itself, without `__main__`."""
FULL = Path("/dev/full")


def run(words: list[str], **more: object) -> subprocess.CompletedProcess[str]:
    options = {"capture_output": True, "text": True, "timeout": 120, **more}
    return subprocess.run(words, check=False, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize("words", [*COMMANDS, ["nonsense «…»"]])
def test_a_terminal_that_knows_only_ascii_is_shown_escapes(words: list[str]) -> None:
    done = run([*FLEXIT, *words], env={**os.environ, "PYTHONIOENCODING": "ascii:strict"})
    assert done.returncode == (2 if words[0].startswith("nonsense") else 0)
    assert (done.stdout or done.stderr).isascii()
    assert "Traceback" not in done.stderr
    assert "unexpected" not in done.stderr


@pytest.mark.parametrize("words", COMMANDS)
def test_a_full_disk_is_said_in_a_sentence(words: list[str]) -> None:
    with FULL.open("w") as full:
        done = run([*FLEXIT, *words], capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 6
    assert done.stderr == (
        "flexit: The answer cannot be written: No space left on device. Send it somewhere else.\n"
    )


def test_where_nothing_can_be_said_the_exit_code_is_left() -> None:
    with FULL.open("w") as full:
        streams = {"capture_output": False, "stdout": full, "stderr": full}
        assert run([*FLEXIT, "nonsense"], **streams).returncode == 2
        assert run([*FLEXIT, "profiles"], **streams).returncode == 6


@pytest.mark.parametrize("words", COMMANDS)
def test_a_reader_that_has_gone_is_no_error(words: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = run([*FLEXIT, *words], capture_output=False, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("numbers", [(1,), (2,), (1, 2)])
def test_closed_streams_are_no_error(numbers: tuple[int, ...]) -> None:
    closing = "".join(f" {number}>&-" for number in numbers)
    for words, code in ((["profiles"], 0), (["nonsense"], 2)):
        line = " ".join(f"'{word}'" for word in [*SCRIPT, *words]) + closing
        done = run(["/bin/sh", "-c", line])
        assert done.returncode == code
        assert "Traceback" not in done.stdout + done.stderr


def test_a_closed_input_is_nobody_to_ask() -> None:
    line = " ".join(f"'{word}'" for word in [*SCRIPT, "models", "remove", "paper"]) + " <&-"
    done = run(["/bin/sh", "-c", line])
    assert (done.returncode, done.stderr) == (
        2, "flexit: This has to be confirmed. Add --yes.\n"
    )  # fmt: skip


def test_a_closed_terminal_leaves_the_edit_so_far(cat: Path, tmp_path: Path) -> None:
    code = closed_terminal(["edit", str(cat), str(tmp_path / "dog.png"), "--local", *MANY])
    assert code == 128 + signal.SIGHUP
    (left,) = (path for path in tmp_path.iterdir() if path != cat)
    assert left.name.startswith("dog.step-")
    assert read_picture(left).pixels.shape == read_picture(cat).pixels.shape


def test_under_nohup_it_goes_on(cat: Path, tmp_path: Path) -> None:
    dog = tmp_path / "dog.png"
    steps = tuple("300" if word == "10000" else word for word in MANY)
    words = ["edit", str(cat), str(dog), "--local", *steps]
    assert closed_terminal(words, lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN)) == 0
    read_picture(dog)


def closed_terminal(words: list[str], before: Callable[[], object] = lambda: None) -> int:
    """Run `flexit` in a terminal that is closed once a step has been shown; its exit code."""
    terminal, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 160, 0, 0))

    def take() -> None:
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        before()

    command = [*COMMAND, *words]
    with subprocess.Popen(
        command, preexec_fn=take, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        seen = b""
        while not re.search(rb" [1-9]\d*/\d+ steps", seen):
            seen += os.read(terminal, 4096)
        os.close(terminal)
        return process.wait(60)
