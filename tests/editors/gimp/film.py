"""Take the pictures of the documentation: `python -m tests.editors.gimp.film docs/images/gimp`.

A real GIMP, a real engine, a drawn apple; English, and once German.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.editors.engines import real_engine
from tests.editors.krita.display import Display

from .host import PROJECT, Gimp
from .window import EDIT, TITLE, UNTITLED, Window

APPLE = PROJECT / "docs" / "images" / "red-apple.png"
PATIENCE = 300.0
"""Seconds an edit may take on a busy machine."""


def open_apple(window: Window, home: Path) -> dict[str, int]:
    """The apple, selected, and the dialog, filled in."""
    shutil.copy(APPLE, home / "apple.png")
    made: dict[str, int] = window.gimp("open_file", path=str(home / "apple.png"), show=True)
    window.gimp("select_ellipse", image=made["image"], left=95, top=120, width=320, height=320)
    window.activate(UNTITLED)
    window.press(EDIT)
    window.activate(TITLE)
    time.sleep(1)
    window.type("lemon")
    window.press("shift+Tab")
    window.type("red apple")
    time.sleep(0.5)
    return made


def wait_for_layers(window: Window, image: int, count: int) -> None:
    """Wait until an edit is done."""
    deadline = time.monotonic() + PATIENCE
    while len(window.gimp("layers", image=image)) < count and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1)


def film(out: Path) -> None:
    """All pictures in English."""
    home = Path(tempfile.mkdtemp())
    with (
        real_engine(home / "data"),
        Display() as display,
        Gimp(home, home / "data", display.name) as gimp,
    ):
        window = Window(gimp, display)
        made = open_apple(window, home)
        window.shoot(out / "rest.png")
        window.press("Return")
        time.sleep(6)
        window.shoot(out / "running.png")
        wait_for_layers(window, made["image"], 2)
        window.shoot(out / "done.png")
        window.press("alt+a", *["Left"] * 60)
        time.sleep(2)
        window.shoot(out / "amount.png")
        window.press("alt+i", "ctrl+a")
        window.type("zeppelin")
        window.press("Return")
        time.sleep(4)
        window.shoot(out / "failing.png")
        window.close_dialog()
        assert gimp.complaints() == []
    shutil.rmtree(home)


def film_german(out: Path) -> None:
    """One in German, with the details unfolded."""
    home = Path(tempfile.mkdtemp())
    with Display() as display, Gimp(home, home / "data", display.name, LANG="de_DE.UTF-8") as gimp:
        window = Window(gimp, display)
        open_apple(window, home)
        window.press("Tab", "Tab", "Tab", "Tab", "space")
        time.sleep(1)
        window.shoot(out / "german.png")
        window.close_dialog()
        assert gimp.complaints() == []
    shutil.rmtree(home)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    film(folder)
    film_german(folder)
    for path in folder.glob("*.png"):
        subprocess.run(["/usr/bin/mogrify", "-strip", path], check=True)
