"""A walk through the docker, filmed: `python -m tests.editors.krita.walk FOLDER`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.editors.display import Display
from tests.editors.engines import real_engine

from .host import Krita

PICTURE = Path(__file__).parents[3] / "docs" / "images" / "red-apple.png"
SELECTION = [70, 60, 370, 400]
CHOICES = {"source": "red apple", "target": "lemon", "steps": 60, "seed": 7}


def walk(folder: Path) -> None:
    """Write the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        place = Path(name)
        with real_engine(place / "data"), Display() as display:
            _film(folder, place, display)
        with real_engine(place / "data"), Display("2400x1800") as display:
            _film_large(folder, place, display)


def _film(folder: Path, place: Path, display: Display) -> None:
    home = place / "home"
    home.mkdir()
    with Krita(home, display, {"FLEXIT_DATA": str(place / "data")}) as krita:
        krita.run("look:open_picture", path=str(PICTURE), selection=SELECTION)
        krita.run("look:arrange", width=300)
        _shoot(krita, folder / "empty.png")
        krita.run("look:press", choices=CHOICES, until=40, deadline=300)
        _shoot(krita, folder / "running.png")
        krita.run("look:wait", deadline=300)
        _shoot(krita, folder / "done.png")
        krita.run("look:arrange", width=300, unfolded=True)
        _shoot(krita, folder / "settings.png")
        krita.run("look:arrange", width=300)
        krita.run("look:theme", name="Krita bright")
        krita.run("look:say_error")
        _shoot(krita, folder / "error-bright.png")


def _film_large(folder: Path, place: Path, display: Display) -> None:
    home = place / "large"
    home.mkdir()
    environ = {"FLEXIT_DATA": str(place / "data"), "QT_SCALE_FACTOR": "2"}
    with Krita(home, display, environ) as krita:
        krita.run("look:open_picture", path=str(PICTURE), selection=SELECTION)
        krita.run("look:arrange", width=300, height=700)
        krita.run("look:press", choices={**CHOICES, "steps": 20}, until=1, deadline=300)
        krita.run("look:wait", deadline=300)
        _shoot(krita, folder / "scaled-200.png")


def _shoot(krita: Krita, path: Path) -> None:
    krita.run("look:rest")
    time.sleep(0.3)
    krita.display.shoot(path)
    # A palette: the look stays, the file is small.
    small = ["-resize", "1000x1000>", "-dither", "FloydSteinberg", "-colors", "256", "-strip"]
    subprocess.run(["/usr/bin/mogrify", *small, str(path)], check=True, timeout=60)


if __name__ == "__main__":
    walk(Path(sys.argv[1]))
