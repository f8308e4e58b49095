"""The plug-ins as files for people who install them by hand."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from flexit_engine import __version__
from flexit_engine.errors import OutputError
from flexit_installer.payload import payload_for
from flexit_installer.places import Kind

MOMENT = (1980, 1, 1, 0, 0, 0)
"""The time of every file in it: the same sources give the same bytes."""
FOLDER, FILE, PROGRAM = 0o40755 << 16, 0o100644 << 16, 0o100755 << 16


def package(kind: Kind, folder: Path) -> Path:
    """Write `flexit-KIND-VERSION.zip`.

    Krita takes it under Tools ▸ Scripts ▸ Import Python Plugin; GIMP's is unpacked into the folder
    named under Preferences ▸ Folders ▸ Plug-ins.

    Raises:
        InstallError: the plug-in is not part of this FlexIT.
        OutputError: the file cannot be written.
    """
    payload = payload_for(kind)
    names = {name: _in_archive(kind, name) for name in payload}
    path = folder / f"flexit-{kind}-{__version__}.zip"
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            # Krita's importer wants the folders named.
            for name in _folders(names.values()):
                archive.writestr(_entry(f"{name}/", FOLDER), b"")
            for name, item in payload.items():
                mode = PROGRAM if item.executable else FILE
                archive.writestr(_entry(names[name], mode), item.content)
    except OSError as error:
        raise OutputError(f"{str(path)!r} cannot be written: {error.strerror}.") from None
    return path


def _in_archive(kind: Kind, name: str) -> str:
    """GIMP's plug-ins folder is where it is unpacked, Krita's importer sorts out the rest."""
    first, _, rest = name.partition("/")
    return rest if kind == "gimp" or first == "pykrita" else name


def _folders(names: Iterable[str]) -> list[str]:
    parents = {parent for name in names for parent in PurePosixPath(name).parents}
    return sorted(str(parent) for parent in parents if parent != PurePosixPath("."))


def _entry(name: str, mode: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, MOMENT)
    entry.external_attr = mode
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
