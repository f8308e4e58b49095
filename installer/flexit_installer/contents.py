"""What is in the data folder, by name: what has another name is not ours."""

from __future__ import annotations

from pathlib import Path

from flexit_engine.errors import InstallError
from flexit_engine.folders import weights_folder
from flexit_engine.networks.profiles import list_profiles, load_profile
from flexit_engine.service.discovery import COMMAND, DISCOVERY, LOCK, LOGS, SOCKET
from flexit_installer import records
from flexit_installer.environment import FOLDER
from flexit_installer.files import PART
from flexit_installer.manifest import NAME as MANIFEST
from flexit_installer.models import files_of
from flexit_installer.uv import CACHE, PYTHONS

INSTALL_LOCK = "install.lock"
ENGINES = (DISCOVERY, COMMAND, LOCK, SOCKET, LOGS, "login-task.xml")
"""What the engine leaves besides edits."""
INSTALLERS = (FOLDER, CACHE, PYTHONS, MANIFEST, INSTALL_LOCK)
EDITS = ("edits", "edits.sqlite", "edits.sqlite-wal", "edits.sqlite-shm")
WEIGHTS = "weights"
_NOT_ASKED_FOR = (".", "lost+found")
"""Start of the names of what desktops and file systems put anywhere."""


def refuse_folder_of_others(data: Path) -> None:
    """See that a folder is, or can become, FlexIT's alone: all in it goes when FlexIT does.

    Raises:
        InstallError: it has been somebody's before, such as a home folder.
    """
    if not data.is_dir() or any((data / name).exists() for name in (MANIFEST, LOCK, COMMAND)):
        return
    known = {*ENGINES, *INSTALLERS, *EDITS, WEIGHTS}
    for path in sorted(data.iterdir()):
        if path.name not in known and not path.name.startswith(_NOT_ASKED_FOR):
            raise InstallError(
                f"The folder {str(data)!r} has something else in it, such as {path.name!r}.",
                "Name an empty folder, or one to be made, with FLEXIT_DATA.",
            )


def weights(data: Path) -> list[Path]:
    """The downloaded networks.

    Returns:
        Their folder where it is in the data folder; in one that the user has named with
        `FLEXIT_WEIGHTS`, what profiles put there and nothing else.
    """
    folder = weights_folder()
    if folder == data / WEIGHTS:
        return [folder]
    files = (file for name in list_profiles() for file in load_profile(name).files)
    found = {path for file in files for path in files_of(file, folder)}
    return sorted({*found, *folder.glob(f"{PART}*"), *folder.glob(records.NAME)})
