"""Back to how it was: everything that was put, and nothing that was not."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from flexit_engine.folders import weights_folder
from flexit_engine.ownership import is_data_folder, remove_if_bare
from flexit_engine.service import at_login, daemon
from flexit_engine.service.config import Config
from flexit_engine.service.private import make_data_folder
from flexit_installer import contents, plugins
from flexit_installer import manifest as manifests
from flexit_installer.command_link import our_link, unlink_command
from flexit_installer.files import remove_if_empty, remove_tree, tree_bytes
from flexit_installer.installing import only_installer
from flexit_installer.manifest import Manifest, Plugin, read_manifest
from flexit_installer.places import Kind

Keepable = Literal["weights", "edits", "history"]
KEEPABLE: Mapping[Keepable, str] = {
    "weights": "downloaded networks",
    "edits": "pictures and results that the engine holds",
    "history": "texts and settings used in the editors",
}
HISTORY = "flexit"
"""Folder in an editor's profile with what was asked for before; the plug-ins make it."""
_HISTORIES = re.compile(r"history\.json(\w{8}|\.damaged)?").fullmatch
"""Its files: the history, and what a killed plug-in has left of it."""


class Part(NamedTuple):
    """One thing that goes or stays."""

    what: str
    paths: Sequence[Path]
    bytes: int


class Removal(NamedTuple):
    """What an uninstallation will do."""

    plugins: Sequence[Plugin]
    parts: Sequence[Part]
    """What goes besides."""
    kept: Sequence[Part]
    """What the user wants to keep."""
    everything: bool
    """False: only plug-ins go."""


def plan(data: Path, kinds: Collection[Kind], keep: Collection[Keepable]) -> Removal:
    """See what there is to remove.

    Args:
        data: the data folder.
        kinds: the editors; where no plug-in is left afterwards, the engine goes as well.
        keep: what is to stay.
    """
    manifest = read_manifest(data)
    going = [plugin for plugin in manifest.plugins if plugin.kind in kinds]
    everything = len(going) == len(manifest.plugins)
    found: list[tuple[Keepable | None, str, list[Path]]] = [
        ("history", f"{KEEPABLE['history']}: {plugin.editor.label}", _histories(plugin))
        for plugin in going
    ]
    if everything:
        found += [
            ("edits", KEEPABLE["edits"], contents.edits(data)),
            ("weights", KEEPABLE["weights"], contents.weights() if is_data_folder(data) else []),
            (None, "the engine", [*_outside(data), *contents.engine(data)]),
        ]
    parts = [(key, _part(what, paths)) for key, what, paths in found]
    return Removal(
        going,
        [part for key, part in parts if part.paths and key not in keep],
        [part for key, part in parts if part.paths and key in keep],
        everything,
    )


def carry_out(removal: Removal, data: Path) -> list[Path]:
    """Uninstall.

    Returns:
        Files that were kept, because the user has changed or added them.

    Raises:
        InstallError: Krita is open, or something cannot be removed; run it again.
        ServiceError: the engine does not end.
    """
    if not is_data_folder(data):
        return []
    make_data_folder(data)
    with only_installer(data):
        if removal.everything:
            at_login.remove(at_login.service_for(Config(data)))
            daemon.stop(data)
        kept = [path for plugin in removal.plugins for path in plugins.take_out(plugin, data)]
        for part in removal.parts:
            for path in part.paths:
                _remove(path, data)
        manifest = read_manifest(data)
        if removal.everything:
            unlink_command(data)
            for path in contents.engine(data):  # the manifest last, for a second run needs it
                remove_tree(path)
    if removal.everything:
        _remove_made(data, manifest)
    return kept


def _outside(data: Path) -> list[Path]:
    """What belongs to the engine of a data folder and is elsewhere."""
    link, service = our_link(data), at_login.service_for(Config(data))
    return [*([link] if link else []), *([service.path] if service.is_installed() else [])]


def _remove(path: Path, data: Path) -> None:
    """Remove one thing that was listed; the manifest stays until all others are gone."""
    if path != data / manifests.NAME:
        remove_tree(path)
    if path.parent.name == HISTORY:
        remove_if_empty([path.parent])


def _remove_made(data: Path, manifest: Manifest) -> None:
    for folder in (weights_folder(), data):
        remove_if_bare(folder)
    remove_if_empty(manifest.made)


def _histories(plugin: Plugin) -> list[Path]:
    folder = plugin.profile / HISTORY
    return sorted(path for path in folder.glob("*") if _HISTORIES(path.name) and path.is_file())


def _part(what: str, paths: Sequence[Path]) -> Part:
    there = [path for path in paths if os.path.lexists(path)]
    return Part(what, there, sum(map(_bytes, there)))


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.is_file() else tree_bytes(path)
