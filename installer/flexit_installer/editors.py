"""Finding the editors of a user: every profile of every version, however it is packaged."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from flexit_engine.errors import InstallError, UsageError
from flexit_engine.isolation import run_apart
from flexit_engine.service.environment import scrubbed
from flexit_installer import kritarc
from flexit_installer.places import KINDS, NAMES, Kind, Place, User, expand, places_for

SECONDS_FOR_A_VERSION = 10
SANDBOXED = frozenset({"Flatpak", "Snap"})
"""Editors in these cannot start programs outside."""
OLDEST_GIMP = "3.0"
PLUGIN_FOLDERS = {"krita": "pykrita", "gimp": "plug-ins"}
"""Where in a profile an editor looks for plug-ins."""


@dataclass(frozen=True)
class Editor:
    """One profile of one editor."""

    kind: Kind
    packaging: str
    profile: Path
    """The user's folder of the editor; need not be there where it was never started."""
    settings: Path | None = None
    """Krita's `kritarc`; need not be there either."""

    @property
    def plugins(self) -> Path:
        """Where it looks for plug-ins."""
        return self.profile / PLUGIN_FOLDERS[self.kind]

    @property
    def label(self) -> str:
        """What to call it: `Krita`, `GIMP 3.0 (Flatpak)`."""
        version = f" {self.profile.name}" if self.kind == "gimp" else ""
        packaging = "" if self.packaging == "native" else f" ({self.packaging})"
        return f"{NAMES[self.kind]}{version}{packaging}"

    @property
    def is_ready(self) -> bool:
        """Whether a plug-in can be put there.

        GIMP fills its profile, and takes over what it finds of older versions, only where it finds
        no folder of that name at its first start. Krita does not mind.
        """
        return self.kind == "krita" or self.profile.is_dir()

    @property
    def is_sandboxed(self) -> bool:
        """Whether it cannot start the engine itself."""
        return self.packaging in SANDBOXED


def find_editors(user: User, kinds: Iterable[Kind] = KINDS) -> list[Editor]:
    """Every profile of these editors that a user has, each once."""
    found: dict[Path, Editor] = {}
    for kind in kinds:
        for place in places_for(user, kind):
            for editor in _at(place, user):
                found.setdefault(editor.profile.resolve(), editor)
    return list(found.values())


def editor_at(kind: Kind, folder: Path, user: User) -> Editor:
    """An editor whose folder the user names: its profile, or the folder of plug-ins in it.

    Raises:
        UsageError: there is no such folder, or it is not one of that editor's.
    """
    folder = folder.expanduser().absolute()
    hint = f"Name {NAMES[kind]}'s own folder, which has {PLUGIN_FOLDERS[kind]!r} in it."
    if not folder.is_dir():
        raise UsageError(f"There is no folder {str(folder)!r}.", hint)
    profile = folder.parent if folder.name == PLUGIN_FOLDERS[kind] else folder
    for known in find_editors(user, [kind]):
        if known.profile.resolve() == profile.resolve():
            return known
    other = f"{str(profile)!r} is not a folder of {NAMES[kind]}'s"
    if not (profile / PLUGIN_FOLDERS[kind]).is_dir():
        raise UsageError(f"{other}.", hint)
    if kind == "gimp" and profile.name.startswith("2."):
        raise UsageError(f"{other} that FlexIT can use.", "It needs GIMP 3.")
    return Editor(kind, "chosen by hand", profile)


def nothing_found(kinds: Iterable[Kind], user: User) -> InstallError:
    """What to say where an editor is missing."""
    kinds = tuple(kinds)
    missing = " or ".join(NAMES[kind] for kind in kinds)
    old = any((Path(user.folders().get(name, "")) / "GIMP/2.10").is_dir() for name in _CONFIGS)
    also = " There is GIMP 2.10, but FlexIT needs GIMP 3." if "gimp" in kinds and old else ""
    return InstallError(
        f"No {missing} was found.{also}",
        "If it is there, name its own folder with --folder: it is shown in Krita under Settings ▸ "
        "Manage Resources ▸ Open Resource Folder, in GIMP under Preferences ▸ Folders ▸ Plug-ins.",
    )


_CONFIGS = ("config", "roaming")


def _at(place: Place, user: User) -> Iterator[Editor]:
    """The profiles at one place; the one to be made where the editor was never started."""
    profiles = [path for path in expand(place.profile, user) if path.is_dir()]
    if not profiles and place.new and (version := _present(place, user)):
        profiles = [Path(place.new.format(**user.folders(), version=version))]
    for profile in profiles:
        settings = _settings(place, profile, user)
        moved = None
        with suppress(InstallError):  # who uses it will meet it again, and say so
            moved = kritarc.resource_folder(settings) if settings else None
        yield Editor(place.editor, place.packaging, moved or profile, settings)


def _settings(place: Place, profile: Path, user: User) -> Path | None:
    if not place.settings:
        return None
    if place.settings.startswith(".."):
        return Path(os.path.normpath(profile / place.settings))
    return Path(place.settings.format(**user.folders()))


def _present(place: Place, user: User) -> str:
    """The version of the editor at a place, as its profile is called; empty: it is not there."""
    if any(expand(pattern, user) for pattern in place.files):
        return OLDEST_GIMP
    for program in place.programs:
        path = shutil.which(program, path=user.environ.get("PATH", ""))
        if path is None:
            continue
        if place.editor == "krita":
            return "5"
        if (version := gimp_version(path, user)) >= OLDEST_GIMP:
            return version
    return ""


def gimp_version(program: str, user: User) -> str:
    """`3.0` of GIMP 3.0.4; empty where the program does not tell."""
    try:
        environ, limit = scrubbed(user.environ), SECONDS_FOR_A_VERSION
        said = run_apart([program, "--version"], environ=environ, timeout=limit).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"version (\d+\.\d+)", said.decode(errors="replace"))
    return found[1] if found else ""
