"""Take the pictures of the documentation: `python -m tests.editors.gimp.film docs/images/gimp`.

A real GIMP, a real engine, a drawn apple; English, and once German.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.editors.display import Display
from tests.editors.engines import real_engine

from .host import PROJECT
from .window import Window, open_window

APPLE = PROJECT / "docs" / "images" / "red-apple.png"
PATIENCE = 300.0
"""Seconds an edit may take on a busy machine."""


def wait(happens: Callable[[], object]) -> None:
    """Wait for something of an edit, and until it is drawn."""
    deadline = time.monotonic() + PATIENCE
    while not happens():
        if time.monotonic() > deadline:
            raise TimeoutError("it does not happen")
        time.sleep(0.1)
    time.sleep(0.5)


def open_apple(window: Window) -> dict[str, int]:
    """The apple, selected, and the dialog, filled in."""
    path = window.gimp.home / "apple.png"
    shutil.copy(APPLE, path)
    made: dict[str, int] = window.gimp("open_file", path=str(path), show=True)
    window.gimp("select_ellipse", image=made["image"], left=95, top=120, width=320, height=320)
    window.open_dialog()
    window.type("lemon")
    window.press("shift+Tab")
    window.type("red apple")
    time.sleep(0.5)
    return made


def film(window: Window, out: Path) -> None:
    """All pictures in English."""

    def step() -> int:
        found = re.match(r"Step (\d+)", window.says())
        return int(found[1]) if found else 0

    open_apple(window)
    window.shoot(out / "rest.png")
    window.press("Return")
    wait(lambda: step() > 60)
    window.shoot(out / "running.png")
    wait(lambda: window.says().startswith("The result"))
    window.shoot(out / "done.png")
    window.press_alt("Amount", *["Left"] * 60)
    time.sleep(3)
    window.shoot(out / "amount.png")
    window.press_alt("What it should become", "ctrl+a")
    window.type("zeppelin")
    window.press("Return")
    wait(lambda: "zeppelin" in window.says())
    window.shoot(out / "failing.png")
    window.close_dialog()


def film_german(window: Window, out: Path) -> None:
    """One in German, with the details unfolded."""
    window.tidy_up()
    window.speak("de")
    open_apple(window)
    window.press_alt("Einzelheiten")
    wait(lambda: window.seen("spin-button"))
    window.shoot(out / "german.png")
    window.close_dialog()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    home = Path(tempfile.mkdtemp())
    data = home / "data"
    with real_engine(data), Display() as display, open_window(display, home, data) as window:
        film(window, folder)
        film_german(window, folder)
    shutil.rmtree(home)
    for path in folder.glob("*.png"):
        subprocess.run(["/usr/bin/mogrify", "-strip", path], check=True)
