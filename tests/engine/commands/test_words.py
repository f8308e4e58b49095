"""`flexit words`: the words that the embedded networks understand."""

from __future__ import annotations

import json

import pytest

from flexit_engine.cli import main


def test_words_are_listed_and_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["words", "kitt"]) == 0
    lines = capsys.readouterr().out.splitlines()
    kitten = next(line for line in lines if line.startswith("kitten:"))
    assert "kind of cat" in kitten
    assert "drawings: cat" in kitten
    assert all(line.lower().startswith("kitt") for line in lines)


def test_words_of_one_language_can_be_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["words", "zit", "--language", "de", "--json"]) == 0
    rows = {row["text"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["Zitrone"]["photographed"] == ["lemon"]
    assert rows["Zitrone"]["drawn"] == "lemon"
    assert {row["language"] for row in rows.values() if row["classes"]} == {"de"}


def test_a_text_that_begins_no_word_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["words", "rotes Auto"]) == 0
    assert "drawings: red car; colour: red" in capsys.readouterr().out


def test_a_text_that_nobody_knows_is_answered_with_what_is_near(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["words", "quokka", "--json"]) == 4
    answer = json.loads(capsys.readouterr().out)
    assert answer["code"] == "unknown_words"
    assert "kangaroo" in answer["hint"]
