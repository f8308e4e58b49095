"""Made-up homes: folders of a user of any platform, and what is in them before and after."""

from __future__ import annotations

import os
from pathlib import Path

from flexit_installer.places import Platform, User

Snapshot = dict[str, bytes | str | None]


def made_up(folder: Path, platform: Platform = "linux", **environ: str) -> User:
    """A user whose whole file system is below `folder`, with no program on the PATH."""
    home = folder / ("Users/ann" if platform != "linux" else "home/ann")
    home.mkdir(parents=True)
    windows = {
        "APPDATA": str(home / "AppData/Roaming"),
        "LOCALAPPDATA": str(home / "AppData/Local"),
        "PROGRAMFILES": str(folder / "Program Files"),
    }
    given = windows if platform == "windows" else {}
    return User(home, {"PATH": str(folder / "bin"), **given, **environ}, platform, folder)


def program(path: Path, says: str = "") -> Path:
    """A program that says something."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\n")
    path.chmod(0o755)
    return path


def snapshot(folder: Path) -> Snapshot:
    """Everything below a folder: contents of files, targets of links, None for all others."""
    found: Snapshot = {}
    for path in sorted(folder.rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = os.readlink(path)
        else:
            found[name] = path.read_bytes() if path.is_file() else None
    return found
