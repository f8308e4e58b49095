"""Sizes and times as people say them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
        return "a few seconds left"
    if seconds < MINUTE:
        return "less than a minute left"
    minutes = round(seconds / MINUTE)
    return "about a minute left" if minutes == 1 else f"about {minutes} minutes left"


def progress(facts: dict[str, Any]) -> str:
    """What is being done, how far, how fast, how long."""
    text = str(facts["task"])
    parts = [f"{text[:1].upper()}{text[1:]}"]
    if facts.get("total"):
        parts.append(f"{size(facts['done'])} of {size(facts['total'])}")
    if facts.get("speed"):
        parts.append(f"{size(facts['speed'])} a second")
    if facts.get("seconds_left") is not None:
        parts.append(time_left(facts["seconds_left"]))
    return ", ".join(parts)
