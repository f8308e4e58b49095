"""Sizes and times as people say them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flexit_installer.language import _

MINUTE = 60


def size(number: float) -> str:
    """`312 MB`, `2.9 GB`."""
    if number < 1e6:
        return f"{number / 1e3:.0f} kB"
    return f"{number / 1e6:.0f} MB" if number < 1e9 else f"{number / 1e9:.1f} GB"


def place(path: Path) -> str:
    """A path, with `~` for the home folder."""
    home = Path.home()
    return str(Path("~") / path.relative_to(home)) if path.is_relative_to(home) else str(path)


def time_left(seconds: float) -> str:
    """`a few seconds left`, `about 3 minutes left`."""
    if seconds < MINUTE / 4:
        return _("a few seconds left")
    if seconds < MINUTE:
        return _("less than a minute left")
    minutes = round(seconds / MINUTE)
    if minutes == 1:
        return _("about a minute left")
    return _("about {minutes} minutes left").format(minutes=minutes)


def progress(facts: dict[str, Any]) -> str:
    """What is being done, how far, how fast, how long."""
    text = str(facts["task"])
    parts = [f"{text[:1].upper()}{text[1:]}"]
    if facts.get("total"):
        done, total = size(facts["done"]), size(facts["total"])
        parts.append(_("{done} of {total}").format(done=done, total=total))
    if facts.get("speed"):
        parts.append(_("{size} a second").format(size=size(facts["speed"])))
    if facts.get("seconds_left") is not None:
        parts.append(time_left(facts["seconds_left"]))
    return ", ".join(parts)


def failure(error: dict[str, Any]) -> str:
    """Why it did not work: the engine's own words, which are English, and so said to be."""
    reason = f"{error['message']} {error['hint']}".strip()
    return _("That did not work. {reason}").format(reason=reason)
