"""The command line as such: codes, help, what is said of errors, how fast it answers."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flexit_engine import __version__, errors
from flexit_engine.cli import EXIT_CODES, main
from flexit_engine.commands.editors import load_editor
from flexit_engine.editor import Editor
from flexit_engine.errors import FlexITError
from flexit_engine.networks.profiles import list_profiles
from flexit_engine.settings import Settings

from .conftest import Flexit, hashes

FAST = ("--to", "dog", "--steps", "1", "--resolution", "32")
CODES = {
    errors.FlexITError: 1,
    errors.UsageError: 2,
    errors.PictureError: 3,
    errors.MaskError: 3,
    errors.TextError: 4,
    errors.UnknownWords: 4,
    errors.SettingsError: 5,
    errors.OutputError: 6,
    errors.ProfileError: 7,
    errors.WeightsError: 7,
    errors.DeviceError: 8,
    errors.OutOfMemory: 8,
    errors.ServiceError: 10,
    errors.AlreadyRunning: 11,
    errors.InstallError: 12,
}
"""Of classes; those below them that are not named share theirs."""


def all_errors(base: type[FlexITError] = FlexITError) -> set[type[FlexITError]]:
    return {base}.union(*(all_errors(each) for each in base.__subclasses__()))


def fail_with(patch: pytest.MonkeyPatch, error: BaseException) -> None:
    def load(*_arguments: object) -> Editor:
        raise error

    load_editor.cache_clear()
    patch.setattr(Editor, "load", load)


@pytest.mark.parametrize("kind", sorted(all_errors(), key=lambda kind: kind.__name__))
def test_every_error_has_its_exit_code(
    flexit: Flexit, cat: Path, monkeypatch: pytest.MonkeyPatch, kind: type[FlexITError]
) -> None:
    fail_with(monkeypatch, kind("It is broken.", "Mend it."))
    answer = flexit("edit", cat, cat.with_name("dog.png"), *FAST)
    expected = next(CODES[each] for each in kind.__mro__ if each in CODES)
    assert (answer.code, answer.out) == (expected, "")
    assert answer.err == "flexit: It is broken. Mend it.\n"


@pytest.mark.parametrize(
    ("error", "code"), [(MemoryError(), 8), (RuntimeError("boom"), 1), (OSError(5, "boom"), 1)]
)
def test_other_exceptions_get_a_sentence_too(
    flexit: Flexit, cat: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: int
) -> None:
    fail_with(monkeypatch, error)
    answer = flexit("edit", cat, cat.with_name("dog.png"), *FAST)
    assert answer.code == code
    assert answer.err.count("\n") == 1
    assert "Traceback" not in answer.err
    assert set(hashes(cat.parent)) == {"cat.png"}


def test_debug_shows_where(flexit: Flexit, cat: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail_with(monkeypatch, RuntimeError("boom"))
    answer = flexit("edit", cat, cat.with_name("dog.png"), *FAST, "--debug")
    assert answer.code == 1
    assert "Traceback" in answer.err
    assert answer.err.splitlines()[-1].startswith("flexit: Something unexpected")


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["frobnicate"],
        ["edit"],
        ["edit", "cat.png"],
        ["edit", "cat.png", "dog.png", "--frobnicate"],
        ["edit", "cat.png", "dog.png", "--variants", "many"],
        ["edit", "--again"],
        ["batch", "folder"],
    ],
)
def test_wrong_arguments_are_a_sentence(flexit: Flexit, words: list[str]) -> None:
    answer = flexit(*words)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("flexit: ")
    assert answer.err.count("\n") == 1
    assert "--help" in answer.err


def test_errors_are_json_when_asked_for(flexit: Flexit, tmp_path: Path) -> None:
    for words in (["edit", tmp_path / "x.png", tmp_path / "y.png", *FAST], ["edit"]):
        answer = flexit(*words, "--json")
        assert answer.err == ""
        assert set(answer.json) == {"code", "message", "hint"}


def test_help_has_every_setting_and_every_code(flexit: Flexit) -> None:
    codes, options = flexit("--help"), flexit("edit", "--help")
    assert (codes.code, options.code) == (0, 0)
    for code in EXIT_CODES:
        assert f"{code.number:3}  {code.meaning}" in codes.out
    for name, field in Settings.model_fields.items():
        assert f"--{name.replace('_', '-')}" in options.out
        assert field.description is not None
        assert field.description.split()[0] in options.out


def test_version(flexit: Flexit) -> None:
    assert flexit("--version").out == f"flexit {__version__}\n"


def test_module_can_be_run() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "flexit_engine", "--version"], capture_output=True, check=True
    )
    assert done.stdout.decode() == f"flexit {__version__}\n"


def test_it_runs_where_there_is_no_console() -> None:
    command = [sys.executable, "-m", "flexit_engine", "status"]
    done = subprocess.run(["/bin/sh", "-c", '"$@" >&- 2>&-', "sh", *command], check=False)
    assert done.returncode == 10


def test_profiles_are_listed(flexit: Flexit) -> None:
    answer = flexit("profiles", "--json")
    assert answer.code == 0
    assert [row["name"] for row in answer.json] == list(list_profiles())
    mini, paper, _ = answer.json
    assert (mini["installed"], mini["resolution"]) == (True, 160)
    assert (paper["installed"], "MIT" in paper["licences"]) == (False, True)
    assert paper["bytes"] > 1e9
    shown = flexit("profiles").out
    assert "installed" in shown
    assert all(file in shown for file in paper["missing"])


def test_torch_is_not_imported_to_refuse_arguments(cat: Path) -> None:
    calls = [
        ["--help"],
        ["--version"],
        ["profiles"],
        ["edit", "x"],
        ["edit", "x.png", "y.png", "--steps", "nan"],
        ["edit", "x.png", "y.png", "--profile", "none"],
        ["edit", str(cat), str(cat), "--to", "dog"],
        ["edit", str(cat.with_name("missing.png")), str(cat.with_name("dog.png")), "--to", "dog"],
        ["batch", "nowhere", "out", "--to", "dog"],
    ]
    program = (
        "import sys; from flexit_engine.cli import main\n"
        f"for words in {calls!r}: main(words)\n"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)


def test_what_a_stream_cannot_show_is_escaped(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "stdout").open("w", encoding="ascii") as ascii_only:
        monkeypatch.setattr(sys, "stderr", ascii_only)
        assert main(["edit", "ä\udc80.png", str(tmp_path / "dog.png"), *FAST]) == 3
    assert "\\xe4" in (tmp_path / "stdout").read_text()


def test_a_reader_who_left_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "flexit_engine", "profiles"]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")
