"""Weights of the profiles: fetched or imported, converted, verified, removed.

All profiles share one folder, because they share files.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from flexit_engine.errors import ProfileError, WeightsError
from flexit_engine.networks.profiles import (
    Profile,
    WeightFile,
    list_profiles,
    load_profile,
    missing_files,
    sha256,
)
from flexit_engine.ownership import remove_if_bare
from flexit_engine.service.private import make_private_folder
from flexit_installer import records
from flexit_installer.downloads import download
from flexit_installer.environment import Environment
from flexit_installer.files import remove_tree
from flexit_installer.locking import alone
from flexit_installer.partial import Wanted, parts_of
from flexit_installer.progress import Tell
from flexit_installer.search import copy_checked, find
from flexit_installer.tools import converted, explained

MIRROR_VARIABLE = "FLEXIT_MIRROR"
LOCK = ".flexit-weights.lock"


def pull(
    profile: Profile,
    environment: Environment,
    tell: Tell,
    *,
    mirror: str | None = None,
    proxy: str | None = None,
    remove_originals: bool = False,
) -> list[Path]:
    """Fetch the files of a profile that are missing or not right, and make them ready.

    Args:
        profile: what to fetch.
        environment: the engine's, which converts and tries the files.
        tell: hears of the bytes that come in.
        mirror: URL of a folder with the same files, asked first; `FLEXIT_MIRROR` when not given.
        proxy: URL of a proxy; the environment's own when not given.
        remove_originals: remove what was converted.

    Returns:
        The files that have come.

    Raises:
        DownloadError: a file cannot be fetched, or there is no room.
        WeightsError: a file does not load.
    """
    folder = profile.folder
    mirror = mirror or os.environ.get(MIRROR_VARIABLE)
    come = []
    with at_work(folder):
        discard_wrong(profile)
        for file in missing_files(profile):
            if file.sha256 is None:
                raise WeightsError(
                    f"Nobody can tell whether {file.name!r} is right: its profile has no SHA-256.",
                    "Use `flexit models import`.",
                )
            sources = (f"{mirror.rstrip('/')}/{file.name}",) if mirror else ()
            wanted = Wanted(folder / file.name, (*sources, *file.sources), file.sha256, file.size)
            download(wanted, tell, proxy)
            _record_right(wanted.target, file.sha256)
            come.append(wanted.target)
        make_ready(profile, environment, come, remove_originals=remove_originals)
    return come


def import_files(
    profile: Profile,
    source: Path,
    environment: Environment,
    tell: Tell,
    *,
    remove_originals: bool = False,
) -> list[Path]:
    """Copy what a profile lacks, or has wrong, from a folder, whatever the names are there.

    Args:
        profile: what to look for.
        source: a folder, such as a USB stick; looked through with all that is below.
        environment: the engine's, which converts and tries the files.
        tell: hears of the bytes that are read.
        remove_originals: remove what was converted.

    Returns:
        The files that have come.

    Raises:
        WeightsError: a file is not there, is not the published one, or does not load.
        InstallError: the disk does not take them.
    """
    folder = profile.folder
    with at_work(folder):
        discard_wrong(profile)
        found = _find(profile, source, environment, tell)
        come = []
        try:
            for file in missing_files(profile):
                copy_checked(found[file.name], folder / file.name, file.sha256, tell)
                come.append(folder / file.name)
                if file.sha256:
                    _record_right(come[-1], file.sha256)
            make_ready(profile, environment, come, remove_originals=remove_originals)
        except WeightsError:
            for path in come:  # what nobody has published, and what does not load, does not stay
                remove_tree(path)
                records.forget(path)
            raise
    return come


def _find(profile: Profile, source: Path, environment: Environment, tell: Tell) -> dict[str, Path]:
    """Where in a folder the missing files of a profile are.

    Raises:
        WeightsError: one is not there.
    """
    found = find(missing_files(profile), source, tell)
    if lacking := [file.name for file in missing_files(profile) if file.name not in found.files]:
        reasons = [*found.misfits, *(explained(environment, path) for path in found.impostors)]
        raise WeightsError(
            f"{str(source)!r} lacks {', '.join(lacking)}. {' '.join(reasons)}".strip(),
            "Their published SHA-256 decides, whatever they are called.",
        )
    return found.files


@contextmanager
def at_work(folder: Path) -> Iterator[None]:
    """Be the only one that changes the files in the folder of weights, which is made if need be.

    One that is there keeps its rights: it may be shared.

    Raises:
        InstallError: another one is at work.
    """
    if not folder.exists():
        make_private_folder(folder)
    message = f"Something else is changing the networks in {str(folder)!r}."
    with alone(folder / LOCK, message, "Wait until it is done, and run this again."):
        yield


def _record_right(path: Path, wanted: str) -> None:
    """Remember that a file is right: the one that has the name now, read once more.

    Raises:
        WeightsError: something else has written it meanwhile.
    """
    if sha256(path) != wanted:
        remove_tree(path)
        raise WeightsError(
            f"{path.name!r} is not what has come: something else has written it.",
            "Run it again.",
        )
    records.record(path, wanted)


def make_ready(
    profile: Profile,
    environment: Environment,
    come: Iterable[Path],
    *,
    remove_originals: bool = False,
) -> None:
    """Convert what is to be converted, and load every network of a profile once.

    Raises:
        WeightsError: a file does not load.
    """
    folder = profile.folder
    pending = any(
        file.converted and not (folder / file.converted).is_file() for file in profile.files
    )
    if pending or list(come):
        for name in converted(environment, profile, folder):
            records.record(folder / name)
    for file in profile.files:
        if remove_originals and file.converted and (folder / file.converted).is_file():
            remove_tree(folder / file.name)
            records.forget(folder / file.name)


def verify(profile: Profile) -> list[str]:
    """Read every file of a profile, and compare it with what it must be.

    Returns:
        What is wrong, a sentence each; nothing where all is right.
    """
    if profile.embedded or not profile.folder.is_dir():
        return list(filter(None, (_fault(file, profile.folder) for file in profile.files)))
    wrong = []
    with at_work(profile.folder):
        for file in profile.files:
            path = file.path(profile.folder)
            if fault := _fault(file, profile.folder):
                wrong.append(fault)
                records.doubt(path)
            else:
                records.record(path)
    return wrong


def discard_wrong(profile: Profile) -> None:
    """Remove the files of a profile that are not what they must be: then they count as missing.

    Only those are read that were written since they were found right, or found wrong meanwhile.
    """
    for file in profile.files if not profile.embedded else ():
        for name in filter(None, (file.converted, file.name)):
            path = profile.folder / name
            if path.is_file() and not records.is_unchanged(path) and _fault(file, profile.folder):
                remove_tree(path)
                records.forget(path)


def _fault(file: WeightFile, folder: Path) -> str | None:
    """What is wrong with the file that is read for one of a profile; it is read as a whole."""
    path = file.path(folder)
    try:
        file.check_contents(folder)
    except WeightsError as error:
        return error.message
    if path.name != file.name and records.recorded_hash(path) not in (None, sha256(path)):
        return f"The file {path.name!r} is not what it was when it was converted."
    return None


def remove(profile: Profile) -> tuple[list[Path], list[str]]:
    """Remove the files of a profile that no other installed profile needs.

    Returns:
        The files that are gone, and the names of those that others need.

    Raises:
        ProfileError: it is part of FlexIT itself.
    """
    if profile.embedded:
        raise ProfileError(f"The profile {profile.name!r} is part of FlexIT itself.")
    if not profile.folder.is_dir():
        return [], []
    needed, gone = needed_by_others(profile), []
    with at_work(profile.folder):
        for file in (file for file in profile.files if file.name not in needed):
            for path in files_of(file, profile.folder):
                remove_tree(path)
                records.forget(path)
                gone.append(path)
    remove_if_bare(profile.folder)
    return gone, [file.name for file in profile.files if file.name in needed]


def files_of(file: WeightFile, folder: Path) -> list[Path]:
    """All that may be on the disk of one file: itself, converted, what has come of it so far."""
    names = [file.name]
    names += [file.converted, f"{file.converted}.partial"] if file.converted else []
    whole = [folder / name for name in names if (folder / name).exists()]
    return whole + parts_of(folder / file.name)


def installed_profiles() -> list[Profile]:
    """Profiles whose files are all there, the embedded ones left out."""
    profiles = [load_profile(name) for name in list_profiles()]
    return [each for each in profiles if not each.embedded and not missing_files(each)]


def needed_by_others(profile: Profile) -> set[str]:
    """Names of files that installed profiles besides this one need."""
    others = [each for each in installed_profiles() if each.name != profile.name]
    return {file.name for other in others for file in other.files}
