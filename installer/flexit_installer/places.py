"""Where Krita and GIMP keep their things: `places.toml`, read for one user of one platform."""

from __future__ import annotations

import glob
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

Kind = Literal["krita", "gimp"]
Platform = Literal["linux", "windows", "macos"]

KINDS: tuple[Kind, ...] = ("krita", "gimp")
NAMES: Mapping[str, str] = {"krita": "Krita", "gimp": "GIMP"}
"""What people call them."""

PLATFORM: Platform = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")  # type: ignore[assignment]


@dataclass(frozen=True)
class User:
    """Whose folders are meant: those of this process unless a test makes some up.

    Args:
        home: the home folder.
        environ: environment variables.
        platform: where that is.
        root: stands for `/`.
    """

    home: Path
    environ: Mapping[str, str]
    platform: Platform = PLATFORM
    root: Path = Path("/")

    @classmethod
    def current(cls) -> User:
        """The user of this process."""
        return cls(Path.home(), os.environ)

    def folders(self) -> dict[str, str]:
        """What the names in braces stand for."""
        home, get = self.home, self.environ.get
        if self.platform == "windows":
            found = {
                "roaming": get("APPDATA") or home / "AppData/Roaming",
                "local": get("LOCALAPPDATA") or home / "AppData/Local",
                "programfiles": get("PROGRAMFILES") or "C:/Program Files",
            }
        elif self.platform == "macos":
            support = home / "Library/Application Support"
            found = {"config": support, "data": support}
        else:
            found = {
                "config": get("XDG_CONFIG_HOME") or home / ".config",
                "data": get("XDG_DATA_HOME") or home / ".local/share",
            }
        return {"home": str(home), **{name: str(folder) for name, folder in found.items()}}


@dataclass(frozen=True)
class Place:
    """One way an editor is packaged; its patterns are as in `places.toml`."""

    editor: Kind
    platform: Platform
    packaging: str
    profile: str
    source: str
    new: str = ""
    settings: str = ""
    programs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def all_places() -> tuple[Place, ...]:
    """Every place that is known."""
    text = Path(__file__).with_name("places.toml").read_text(encoding="utf-8")
    return tuple(_place(values) for values in tomllib.loads(text)["place"])


def places_for(user: User, kind: Kind) -> Iterator[Place]:
    """The places where a user's editor of one kind may be."""
    return (
        place for place in all_places() if place.editor == kind and place.platform == user.platform
    )


def expand(pattern: str, user: User) -> list[Path]:
    """The files and folders that a pattern finds, sorted."""
    folders = {name: glob.escape(folder) for name, folder in user.folders().items()}
    start = glob.escape(str(user.root)).rstrip("/") if pattern.startswith("/") else ""
    return sorted(Path(found) for found in glob.glob(start + pattern.format(**folders)))


def _place(values: Mapping[str, Any]) -> Place:
    lists = {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    return Place(**{**values, **lists})
