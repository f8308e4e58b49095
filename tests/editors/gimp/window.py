"""The plug-in's dialog in a real GIMP, with a keyboard."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.editors.display import Display

from .host import HERE, Gimp

TITLE = "^FlexIT"
MESSAGE = "^GIMP Message"
UNTITLED = r"^\*?\[.*GIMP$"
EDIT, REPEAT, RECALL = "ctrl+alt+e", "ctrl+alt+r", "ctrl+alt+c"
DEADLINE = 20.0
"""Seconds after which something that a test waits for will not happen any more."""


def seen_place(home: Path) -> Path:
    """Where `inside/seen_entry.py` writes."""
    return home / "seen"


@contextmanager
def open_window(display: Display, home: Path, data: Path) -> Iterator[Window]:
    """A GIMP with a window, whose dialog tells what is to be seen in it."""
    entry = HERE / "inside" / "seen_entry.py"
    # The only locale there is; in the one called C, nobody heeds LANGUAGE.
    environ = {"LANG": "de_DE.UTF-8", "LANGUAGE": "en", "FLEXIT_SEEN": str(seen_place(home))}
    with Gimp(home, data, display.name, entry, **environ) as gimp:
        yield Window(gimp, display)


class Window:
    """A GIMP with a window.

    Args:
        gimp: which.
        display: where it is.
    """

    def __init__(self, gimp: Gimp, display: Display) -> None:
        self.gimp, self.display = gimp, display

    def new_image(self, **values: Any) -> dict[str, int]:  # noqa: ANN401
        """An image in a window, which has the keyboard."""
        made: dict[str, int] = self.gimp("image", show=True, **values)
        self.activate(UNTITLED)
        return made

    def speak(self, language: str) -> None:
        """Have the dialog speak a language when it is opened, until the end of the test."""
        seen_place(self.gimp.home).with_suffix(".language").write_text(language)

    def open_dialog(self, keys: str = EDIT) -> None:
        """Call us as a user does, and wait until one can type."""
        seen_place(self.gimp.home).unlink(missing_ok=True)
        self.activate(UNTITLED)
        self.press(keys)
        self.activate(TITLE)
        self.wait_for(lambda: any(each["focus"] for each in self.seen("text")))

    def results(self, made: dict[str, int]) -> list[int]:
        """The layers that were added to an image, newest first."""
        layers = self.gimp("layers", image=made["image"])
        return [layer for layer in layers if layer != made["layer"]]

    def edit(self, made: dict[str, int]) -> int:
        """Press *Edit*; the new layer, as soon as it is there."""
        before = self.results(made)
        self.press("Return")
        self.wait_for(lambda: len(self.results(made)) == len(before) + 1)
        return self.results(made)[0]

    def edited(self) -> tuple[dict[str, int], int]:
        """A new image after an edit, and the layer of that; the dialog is still open."""
        made = self.new_image()
        self.open_dialog()
        self.type("lemon")
        return made, self.edit(made)

    def press(self, *keys: str) -> None:
        """Press keys, such as `alt+a`."""
        self._xdotool("key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        """Type a text."""
        self._xdotool("type", text)

    def seen(self, role: str = "", name: str = "") -> list[dict[str, Any]]:
        """What one can see in the dialog, as `inside/seen_entry.py` tells it.

        Args:
            role: what a screen reader calls its kind, such as `push-button`; empty: any.
            name: what it says; empty: anything.
        """
        try:
            widgets = json.loads(seen_place(self.gimp.home).read_text())
        except FileNotFoundError:
            return []
        return [
            each for each in widgets if role in ("", each["role"]) and name in ("", each["name"])
        ]

    def field(self, role: str, name: str) -> dict[str, Any]:
        """The only one of its kind and name."""
        (found,) = self.seen(role, name)
        return found

    def press_alt(self, label: str, *keys: str) -> None:
        """Go where a label leads to by its letter, and press keys there."""
        self.press(f"alt+{self.field('label', label)['letter']}", *keys)

    def says(self) -> str:
        """The sentence in the dialog; or how far it is."""
        return " ".join(
            each["name"]
            for each in self.seen()
            if each["role"] == "progress-bar" or each.get("selectable")
        )

    def picture(self) -> list[int]:
        """The colour of the first pixel of the dialog's picture."""
        (found,) = self.seen("icon", "What is edited")
        return list(found["colour"])

    def find(self, title: str) -> str:
        """A visible window whose title contains that; empty where there is none."""
        words = ["search", "--onlyvisible", "--name", title]
        return (self._xdotool(*words, check=False).split() or [""])[-1]

    def activate(self, title: str) -> None:
        """Have a window take the keyboard."""
        self._xdotool("windowactivate", "--sync", self.wait_for(lambda: self.find(title)))

    def close_dialog(self) -> None:
        """Close the dialog, and wait until the plug-in has ended."""
        self.activate(TITLE)
        self.press("Escape")
        self.wait_for(lambda: self.gimp.plugin_pid() is None)

    def dismiss_message(self) -> None:
        """Close GIMP's own box, such as the one that says that a plug-in crashed."""
        self.activate(MESSAGE)
        self.press("Return")
        self.wait_for(lambda: not self.find(MESSAGE))

    def tidy_up(self) -> None:
        """Close what is open, and forget what was typed."""
        pid = self.gimp.plugin_pid()
        if pid is not None and self.find(TITLE):  # a test has failed
            os.kill(pid, signal.SIGKILL)
        self.wait_for(lambda: self.gimp.plugin_pid() is None)
        self.gimp("close_all")
        if self.find(MESSAGE):
            self.dismiss_message()
        place = seen_place(self.gimp.home)
        for path in (place, place.with_suffix(".language")):
            path.unlink(missing_ok=True)
        for settings in ("flexit", "plug-in-settings"):
            shutil.rmtree(self.gimp.profile / settings, ignore_errors=True)

    def shoot(self, path: Path, title: str = TITLE) -> None:
        """Take a picture of a window with its frame."""
        window = self.find(title)
        words = ["import", "-display", self.display.name, "-frame", "-window", window, str(path)]
        subprocess.run(words, check=True, timeout=30)

    @staticmethod
    def wait_for(happens: Callable[[], Any]) -> Any:  # noqa: ANN401
        """Wait for something that has no event; what it gave.

        Raises:
            AssertionError: it has not happened before the deadline.
        """
        deadline = time.monotonic() + DEADLINE
        while not (found := happens()):
            assert time.monotonic() < deadline, "it does not happen"
            time.sleep(0.03)
        return found

    def _xdotool(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            ["/usr/bin/xdotool", *words],
            env={"DISPLAY": self.display.name, "PATH": "/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=check,
            timeout=30,
        )
        return done.stdout.strip()
