from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import cast
from unicodedata import normalize
from urllib.parse import quote

import pytest

from flexit_installer.bundle import write_bundle
from flexit_installer.finding import Finding
from flexit_installer.redaction import without_quotations


@pytest.mark.parametrize(
    "text", ["a cat", "ann's cat", 'a "big" cat', """ann's "big" cat""", "l'été"]
)
def test_a_text_is_redacted_whatever_quotes_are_in_it(text: str) -> None:
    line = json.dumps({"message": f"Krita's engine does not know {text!r}.", "level": "INFO"})
    said = json.loads(without_quotations(line))
    assert said == {"message": "Krita's engine does not know '…'.", "level": "INFO"}


def test_a_line_that_is_not_json_is_redacted_as_well() -> None:
    assert without_quotations("no 'a', \"b's\" and «c»") == "no '…', '…' and '…'"


def test_where_a_program_failed_stays() -> None:
    line = json.dumps({"exc_info": 'File "/usr/x.py", line 3', "line": 3})
    assert json.loads(without_quotations(line)) == json.loads(line)


HOMES = [
    "/home/andré",
    "/home/Ĳsbrand Müller",
    r"C:\Users\Renée",
    "/home/O'Hara",
    "/home/日本 太郎",
]
SPELLINGS: list[Callable[[str], str]] = [
    *(str, repr, ascii, json.dumps, quote),
    lambda text: normalize("NFD", text),
    lambda text: json.dumps({"message": text}),
    lambda text: json.dumps({"message": repr(text)})[:-3],  # cut off, so that it is no JSON
    lambda text: json.dumps({"outer": [{"inner": text}]}),
]


@pytest.mark.parametrize("home", HOMES)
@pytest.mark.parametrize("spell", SPELLINGS)
def test_a_home_is_recognised_however_it_is_written(
    tmp_path: Path, home: str, spell: Callable[[str], str]
) -> None:
    place = PureWindowsPath(home) if "\\" in home else PurePosixPath(home)
    user, path = place.name, str(place / "x.png")
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs/engine.jsonl"
    log.write_text(spell(f"cannot read {path}") + "\n" + spell(f"done for {user}") + "\n")
    log.chmod(0o600)
    found = [Finding("folder", "right", f"{path} and {path!r} are yours.")]
    write_bundle(tmp_path / "x.zip", found, tmp_path, cast(Path, Home(place)))
    with zipfile.ZipFile(tmp_path / "x.zip") as bundle:
        texts = [bundle.read(name).decode() for name in bundle.namelist()]
    for part in user.split():
        for way in (part, ascii(part)[1:-1], normalize("NFD", part), quote(part)):
            assert not [text for text in texts if way in text], way
    json.loads(texts[1])


def test_a_home_that_is_not_unicode_is_no_obstacle(tmp_path: Path) -> None:
    home = Path(os.fsdecode(b"/home/andr\xe9"))
    found = [Finding("folder", "right", f"{home}/x is yours."), Finding("x", "right", "\udce9")]
    write_bundle(tmp_path / "x.zip", found, tmp_path, home)
    with zipfile.ZipFile(tmp_path / "x.zip") as bundle:
        assert b"~/x is yours" in bundle.read("doctor.txt")


class Home:
    """A home folder of any system."""

    def __init__(self, place: PurePath) -> None:
        self.name, self._place = place.name, place

    def __str__(self) -> str:
        return str(self._place)

    def as_posix(self) -> str:
        return self._place.as_posix()

    def resolve(self) -> PurePath:
        return self._place
