"""What goes into an editor: the files of a plug-in, by their paths in the editor's profile."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from flexit_engine.errors import InstallError
from flexit_installer.places import NAMES, Kind

LEFT_OUT = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", "host"})
OTHER: Mapping[Kind, Kind] = {"krita": "gimp", "gimp": "krita"}
HOMES: Mapping[Kind, str] = {"krita": "pykrita/flexit_krita", "gimp": "plug-ins/flexit"}
"""The folder in a profile that is the plug-in's alone."""
PACKAGES: Mapping[Kind, str] = {
    "krita": f"{HOMES['krita']}/lib/flexit",
    "gimp": f"{HOMES['gimp']}/flexit",
}
"""Where in a profile the package `flexit` goes."""
GIMP_ENTRY = "gimp/flexit.py"
"""GIMP starts `plug-ins/NAME/NAME.py`, if it is executable."""


class Item(NamedTuple):
    """One file of a plug-in."""

    content: bytes
    executable: bool = False


Payload = Mapping[str, Item]


def payload_for(kind: Kind) -> Payload:
    """The files of an editor's plug-in.

    Raises:
        InstallError: they are not part of this installation of FlexIT.
    """
    root = plugin_root()
    if not (root / kind).is_dir():
        raise InstallError(
            f"The plug-in for {NAMES[kind]} is missing from {str(root)!r}.", "Install FlexIT again."
        )
    return dict(_krita(root) if kind == "krita" else _gimp(root))


def plugin_root() -> Path:
    """The folder of the package `flexit`, which the editors run and we do not.

    Raises:
        InstallError: it is not there.
    """
    spec = find_spec("flexit")
    if spec is None or spec.origin is None:
        raise InstallError("The plug-ins are not part of this FlexIT.", "Install it again.")
    return Path(spec.origin).parent


def _krita(root: Path) -> Iterator[tuple[str, Item]]:
    host = root / "krita" / "host"
    yield "pykrita/flexit_krita.desktop", Item((host / "flexit_krita.desktop").read_bytes())
    # Inside the module, an action would be found twice.
    yield "actions/flexit_krita.action", Item((host / "flexit_krita.action").read_bytes())
    module = host / "flexit_krita" / "__init__.py"
    yield f"{HOMES['krita']}/__init__.py", Item(module.read_bytes())
    yield from _package(root, "krita")


def _gimp(root: Path) -> Iterator[tuple[str, Item]]:
    entry = (root / GIMP_ENTRY).read_bytes()
    yield f"{HOMES['gimp']}/flexit.py", Item(entry, executable=True)
    yield from _package(root, "gimp")


def _package(root: Path, kind: Kind) -> Iterator[tuple[str, Item]]:
    """The package without what is the other editor's, or outside of it."""
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root)
        is_other = name.parts[0] == OTHER[kind] or name.as_posix() == GIMP_ENTRY
        if path.is_file() and not is_other and not LEFT_OUT & set(name.parts):
            yield f"{PACKAGES[kind]}/{name.as_posix()}", Item(path.read_bytes())
