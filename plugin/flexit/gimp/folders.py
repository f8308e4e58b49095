"""Where the plug-in has its things."""

from __future__ import annotations

from pathlib import Path

from gi.repository import Gimp

from flexit.model import History

HELP = Path(__file__).parent / "help"
ICON = Path(__file__).parent / "flexit.svg"


def open_history() -> History:
    """What was asked for before: in GIMP's own folder, which a Flatpak can write to as well."""
    return History(Path(Gimp.directory()) / "flexit")
