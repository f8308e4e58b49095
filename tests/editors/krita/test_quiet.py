"""Requirements 6, 15, 18 and 25: what the plug-in leaves alone, and what it tells."""

from __future__ import annotations

import getpass
import shutil
from pathlib import Path

import pytest

from tests.editors.display import Display

from .host import Krita
from .watched import WatchedEngine

PICTURE = Path(__file__).parents[3] / "docs" / "images" / "red-apple.png"
FAILURE = {"code": "text", "message": "No 'secret wish' is known.", "hint": "", "log": ""}


@pytest.mark.usefixtures("engine")
def test_networks_without_their_files_are_marked_and_cannot_be_chosen(krita: Krita) -> None:
    mini, paper = krita.run("quiet:networks")
    assert mini == ["mini", True, "mini: Embedded"]
    assert paper[:2] == ["paper (not installed)", False]
    assert "`flexit models pull paper`" in paper[2]


@pytest.mark.usefixtures("engine")
def test_6_opening_a_file_does_not_modify_it(krita: Krita) -> None:
    found = krita.run("quiet:open_a_file")
    assert found["before"] == [False, []]
    assert found["after"] == found["before"]


def test_18_the_docker_finds_an_engine_that_starts_later(krita: Krita, data: Path) -> None:
    assert krita.run("quiet:without_engine") == "Off: starts by itself"
    with WatchedEngine(data):
        assert krita.run("quiet:ready") == "Ready · cpu · 0.5 GB"


def test_25_diagnostics_have_versions_and_nothing_private(
    krita: Krita, engine: WatchedEngine
) -> None:
    engine.failure = {**FAILURE, "log": str(krita.home / "logs" / "engine.jsonl")}
    text = krita.run("quiet:diagnostics")
    for wanted in ("FlexIT: 0.1.0", "Krita: ", "Devices: cpu", "Last error: text", "Log: ~/"):
        assert wanted in text
    for private in ("secret", str(krita.home), engine.stand_in.facts["token"]):
        assert private not in text
    assert f"/{getpass.getuser()}/" not in text


def test_15_and_18_krita_with_a_file_asks_nobody_but_the_engine(
    display: Display, tmp_path: Path
) -> None:
    """Under strace: no address of the network is connected to, and no engine is started."""
    picture = shutil.copy(PICTURE, tmp_path)
    trace = tmp_path / "trace"
    home = tmp_path / "home"
    home.mkdir()
    data = tmp_path / "data"
    with (
        WatchedEngine(data) as engine,
        Krita(
            home,
            display,
            {"FLEXIT_DATA": str(data)},
            (picture,),
            trace=trace,
        ) as krita,
    ):
        assert krita.run("quiet:ready").startswith("Ready")
        assert {path.split()[1] for path in engine.paths} <= {
            *("/v1/health", "/v1/ready", "/v1/profiles")
        }
    calls = trace.read_text()
    assert "engine.sock" in calls, "the trace sees connections"
    assert "AF_INET" not in calls
    assert '"start", "--json"' not in calls
