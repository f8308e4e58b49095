"""What is in the data folder, by name: what has another name, or no stamp, is not ours."""

from __future__ import annotations

import re
from pathlib import Path

from flexit_engine import ownership
from flexit_engine.errors import InstallError
from flexit_engine.folders import weights_folder
from flexit_engine.networks.profiles import list_profiles, load_profile
from flexit_engine.ownership import foreign_in, is_bare, is_data_folder, is_stamped, ours_in
from flexit_engine.service.aside import FOLDER as ASIDE
from flexit_engine.service.discovery import COMMAND, DISCOVERY, LOGS, SOCKET
from flexit_engine.service.discovery import LOCK as ENGINE_LOCK
from flexit_installer import records
from flexit_installer.environment import FOLDER
from flexit_installer.files import parts_in
from flexit_installer.making import is_environment
from flexit_installer.manifest import NAME as MANIFEST
from flexit_installer.models import LOCK, files_of
from flexit_installer.uv import CACHE, PYTHONS

INSTALL_LOCK = "install.lock"
EDITS = "edits"
LIST = ("edits.sqlite", "edits.sqlite-wal", "edits.sqlite-shm", "edits.sqlite-journal")
ENGINES = (DISCOVERY, ENGINE_LOCK, SOCKET, "login-task.xml")
"""Files that the engine leaves besides edits."""
_UNFINISHED = re.compile(r"\.(.+)\.[0-9a-f]{16}\.part")
"""What `write_private` has not finished."""


def refuse_folder_of_others(data: Path) -> None:
    """See that a folder is, or can become, FlexIT's alone.

    Raises:
        InstallError: it has been somebody's before, such as a home folder.
    """
    if data.is_dir() and (other := foreign_in(data)) is not None:
        raise InstallError(
            f"The folder {str(data)!r} has something else in it, such as "
            f"{str(other.relative_to(data))!r}.",
            "Name an empty folder, or one to be made, with FLEXIT_DATA.",
        )


def engine(data: Path) -> list[Path]:
    """The engine itself, and what it leaves besides edits; the manifest comes last."""
    if not is_data_folder(data):
        return []
    folders = [data / name for name in (CACHE, PYTHONS) if is_stamped(data / name)]
    folders += [data / FOLDER] if is_environment(data / FOLDER) else []
    folders += [data / name for name in (EDITS, LOGS, ASIDE) if is_bare(data / name)]
    files = [data / name for name in (*ENGINES, COMMAND, MANIFEST)]
    parts = [*parts_in(data), *unfinished_files(data)]
    return [*folders, *ours_in(data / LOGS, ownership.LOGS), *parts, *filter(_is_file, files)]


def edits(data: Path) -> list[Path]:
    """What the engine keeps of edits, and what it could not read of them."""
    if not is_data_folder(data):
        return []
    files = filter(_is_file, (data / name for name in LIST))
    kept = ours_in(data / EDITS, ownership.EDITS)
    return [*kept, *files, *ours_in(data / ASIDE, ownership.ASIDE)]


def weights() -> list[Path]:
    """The downloaded networks: what profiles put into the folder of weights, and nothing else."""
    folder = weights_folder()
    if not folder.is_dir():
        return []
    files = [file for name in list_profiles() for file in load_profile(name).files]
    found = {path for file in files for path in files_of(file, folder)}
    found |= {*parts_in(folder), *folder.glob(records.NAME), *folder.glob(LOCK)}
    names = {path.name for path in found}
    return ours_in(folder, names.__contains__) or sorted(found)


def unfinished_files(data: Path, *names: str) -> list[Path]:
    """What a killed process has left of files in a data folder; of those names, or of any."""
    found = ((path, _UNFINISHED.fullmatch(path.name)) for path in data.iterdir())
    return [path for path, match in found if match and (not names or match[1] in names)]


def _is_file(path: Path) -> bool:
    """Whether there is a file, a socket or a link; never a folder, which nobody of us makes."""
    return path.is_symlink() or (path.exists() and not path.is_dir())
