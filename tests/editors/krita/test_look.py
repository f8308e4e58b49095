"""Requirement 23: themes, scales and widths."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.editors.display import Display

from .host import Krita
from .watched import WatchedEngine


@pytest.mark.parametrize("width", [220, 400])
@pytest.mark.usefixtures("engine")
def test_23_no_text_is_cut_off_and_nothing_sticks_out(krita: Krita, width: int) -> None:
    krita.run("steps:open_one", width=64, height=48)
    krita.run("look:results", number=2)
    krita.run("look:say_error")
    found = krita.run("look:clipped", width=width)
    assert abs(found["width"] - width) <= 4
    assert found["clipped"] == []
    assert found["outside"] == []


@pytest.mark.parametrize("language", ["de", "fr", "es", "zh_CN", "ja", "longer"])
@pytest.mark.usefixtures("engine")
def test_24_no_text_is_cut_off_in_any_language(krita: Krita, language: str) -> None:
    krita.run("steps:open_one", width=64, height=48)
    krita.run("look:results", number=1)
    found = krita.run("look:clipped", width=280, language=language)
    assert found["clipped"] == []
    assert found["outside"] == []


def test_24_the_plugin_speaks_as_krita_does(display: Display, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environ = {"FLEXIT_DATA": str(tmp_path / "data")}
    with Krita(home, display, environ, language="de") as krita:
        krita.run("look:arrange", width=300)
        said = krita.run("look:said")
        assert said == ["Was da ist", "Was es werden soll", "Bearbeiten", "FlexIT: ausführen"]


def test_23_the_docker_follows_a_change_of_theme(krita: Krita) -> None:
    bright_text, bright_ground = krita.run("look:theme", name="Krita bright")
    dark_text, dark_ground = krita.run("look:theme", name="Krita dark")
    assert bright_text < bright_ground - 60
    assert dark_text > dark_ground + 60


@pytest.mark.parametrize("scale", ["1.5", "2"])
def test_23_no_text_is_cut_off_on_a_fine_screen(tmp_path: Path, scale: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    environ = {"FLEXIT_DATA": str(tmp_path / "data"), "QT_SCALE_FACTOR": scale}
    with (
        Display("2800x2000") as display,
        WatchedEngine(tmp_path / "data"),
        Krita(home, display, environ) as krita,
    ):
        krita.run("steps:open_one", width=64, height=48)
        krita.run("look:results", number=1)
        found = krita.run("look:clipped", width=220)
        assert found["clipped"] == []
        assert found["outside"] == []
