"""A report says what is wrong, and nothing that is only the user's business."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flexit.client import UnknownWords
from flexit.model import diagnostics


def test_a_report_has_no_name_no_home_and_no_texts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home" / "marianne"
    log = home / "logs" / "engine.jsonl"
    log.parent.mkdir(parents=True)
    lines = [{"message": "older"}, {"message": "killed for marianne"}]
    log.write_text("\n".join(map(json.dumps, lines)) + "\ntruncat")
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setattr(getpass, "getuser", lambda: "marianne")
    error = UnknownWords("No network knows 'secret wish'.", "Use other words.", str(log))
    text = diagnostics({"Krita": "5.1.5"}, error)
    assert "Krita: 5.1.5" in text
    assert "unknown_words" in text
    assert "killed for USER" in text
    assert "~/logs/engine.jsonl" in text
    for private in ("marianne", str(home), "secret wish"):
        assert private not in text


@pytest.mark.parametrize("home", ["/home/andré", r"C:\Users\Anna", '/home/O\'Hara "x"'])
@pytest.mark.parametrize("spell", [str, repr, ascii, json.dumps])
def test_a_home_is_recognised_however_it_is_written(
    monkeypatch: pytest.MonkeyPatch, home: str, spell: Callable[[str], str]
) -> None:
    monkeypatch.setattr("os.path.expanduser", lambda _: home)
    text = diagnostics({"Error": f"cannot read {spell(home)}"})
    for part in ("andr", "Anna", "Hara"):
        assert part not in text


def test_a_report_does_without_a_log() -> None:
    assert "Last error: died" in diagnostics({}, _lost())


def _lost() -> UnknownWords:
    error = UnknownWords("Gone.", "", "/nowhere/engine.jsonl")
    error.code = "died"
    return error
