"""`flexit models`: the weights of the profiles."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome
from flexit_installer.commands.asking import add_yes_option, confirm

if TYPE_CHECKING:
    from flexit_engine.networks.profiles import Profile
    from flexit_installer.environment import Environment


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    listing = actions.add_parser("list", help="list the profiles", allow_abbrev=False)
    pull = actions.add_parser(
        "pull", help="fetch what a profile lacks or has wrong", allow_abbrev=False
    )
    pull.add_argument("--mirror", metavar="URL", help="a folder with the files, asked first")
    pull.add_argument("--proxy", metavar="URL", help="instead of the environment's HTTPS_PROXY")
    bring = actions.add_parser(
        "import", help="copy what a profile lacks from a folder", allow_abbrev=False
    )
    verify = actions.add_parser("verify", help="read the files again", allow_abbrev=False)
    remove = actions.add_parser("remove", help="remove a profile's files", allow_abbrev=False)
    for action in (pull, bring, verify, remove):
        action.add_argument("profile", help="see `flexit models list`")
    bring.add_argument("folder", type=Path, help="such as a USB stick")
    for action in (pull, bring):
        action.add_argument(
            "--remove-originals", action="store_true", help="remove what was converted"
        )
    for action in (pull, bring, remove):
        add_yes_option(action)
    for action in (listing, pull, bring, verify, remove):
        add_common_options(action)


def run(arguments: argparse.Namespace, show_progress: bool) -> Outcome:
    """Do one of these things.

    Raises:
        ProfileError: there is no such profile, or its files are not right.
        InstallError: something cannot be done.
    """
    from flexit_engine.commands import profiles
    from flexit_engine.networks.profiles import load_profile

    if arguments.action == "list":
        return profiles.run(arguments, show_progress)
    profile = load_profile(arguments.profile)
    if arguments.action == "verify":
        return _verify(profile)
    if arguments.action == "remove":
        return _remove(profile, arguments)
    return _bring(profile, arguments, show_progress)


def _bring(profile: Profile, arguments: argparse.Namespace, show_progress: bool) -> Outcome:
    from flexit_engine.networks.profiles import missing_files
    from flexit_installer import models
    from flexit_installer.commands.bar import bar, resumable

    environment, missing = engine(), missing_files(profile)
    if missing:
        confirm(licences(profile), arguments)
    options: dict[str, Any] = {"remove_originals": arguments.remove_originals}
    with resumable(), bar(show_progress) as tell:
        if arguments.action == "pull":
            options |= {"mirror": arguments.mirror, "proxy": arguments.proxy}
            come = models.pull(profile, environment, tell, **options)
        else:
            come = models.import_files(profile, arguments.folder, environment, tell, **options)
    text = f"{profile.name} is complete, in {profile.folder}: {len(come)} files have come."
    return Outcome(text, {"profile": profile.name, "come": [str(path) for path in come]})


def licences(profile: Profile) -> str:
    """What is about to come, of what size, under which licence."""
    from flexit_engine.networks.profiles import missing_files

    lines = [f"{profile.name}: {profile.title}"]
    for file in missing_files(profile):
        size = f"{file.size / 1e6:,.0f} MB" if file.size else "size not published"
        lines.append(f"    {file.name}, {size}; licence: {file.licence}")
    return "\n".join(lines)


def engine() -> Environment:
    """The environment that can convert and try weights.

    Raises:
        InstallError: there is none.
    """
    from flexit_engine.service.discovery import data_folder
    from flexit_installer.environment import installed_environment

    return installed_environment(data_folder())


def _verify(profile: Profile) -> Outcome:
    from flexit_engine.errors import WeightsError
    from flexit_installer import models

    if wrong := models.verify(profile):
        raise WeightsError(
            " ".join(wrong),
            f"Run `flexit models pull {profile.name}`: it fetches anew what is missing or wrong.",
        )
    return Outcome(f"{profile.name} is right.", {"profile": profile.name, "verified": True})


def _remove(profile: Profile, arguments: argparse.Namespace) -> Outcome:
    from flexit_installer import models

    confirm(f"The weights of {profile.name} in {profile.folder} go.", arguments)
    gone, kept = models.remove(profile)
    text = f"{len(gone)} files are gone."
    if kept:
        text += f" Other profiles need: {', '.join(kept)}."
    return Outcome(text, {"gone": [str(path) for path in gone], "kept": kept})
