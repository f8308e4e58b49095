"""Putting a plug-in into an editor's profile, replacing an older one, and taking it out again.

A plug-in's folder is written beside its place and renamed into it: an editor that starts meanwhile
sees the old one, the new one or none, never a mixture.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from flexit_engine import __version__
from flexit_engine.errors import InstallError
from flexit_installer import kritarc
from flexit_installer.editors import Editor
from flexit_installer.files import (
    PART,
    cannot_write,
    missing_parents,
    remove_if_empty,
    remove_tree,
    replace_bytes,
    sha256_of,
    sha256_of_file,
    sweep,
)
from flexit_installer.manifest import Plugin, read_manifest, write_manifest
from flexit_installer.payload import HOMES, PACKAGES, Item, Payload, payload_for

OLD = f"{PART}old-"
CHANGED = ".changed"
"""End of the name under which a file that the user has changed is kept beside the new one."""
VERSION_FILE = re.compile(r'^__version__ = "([^"]+)"', re.MULTILINE)


class Put(NamedTuple):
    """What came of putting a plug-in into an editor."""

    editor: Editor
    enabled: bool
    """False: Krita is open, and would undo it at its end."""
    kept: list[Path]
    """Files the user had changed, under their new names."""


def put(editor: Editor, data: Path) -> Put:
    """Install a plug-in, or replace it.

    Args:
        editor: where.
        data: the data folder, for the manifest.

    Raises:
        InstallError: a folder cannot be written, Krita's settings cannot be read, or the plug-in is
            missing from this FlexIT.
    """
    payload, manifest = payload_for(editor.kind), read_manifest(data)
    if editor.settings:
        kritarc.is_enabled(editor.settings)  # where they cannot be read, nothing is begun
    before = manifest.plugin_in(editor.profile)
    plan = _plan(editor, payload, before)
    write_manifest(data, manifest.with_plugin(plan))
    try:
        for folder in _places(editor, payload):
            folder.mkdir(parents=True, exist_ok=True)
        _recover(editor, payload)
        kept = _replace_folder(editor, payload, plan)
        for path, item in payload.items():
            if _home(editor) not in (editor.profile / path).parents:
                replace_bytes(editor.profile / path, item.content)
        is_enabled = _enable(editor)
    except OSError as error:
        raise cannot_write(Path(error.filename or editor.profile), error) from None
    settled = plan.model_copy(update={"files": _digests(payload)})
    write_manifest(data, manifest.with_plugin(settled))
    return Put(editor, is_enabled, kept)


def take_out(plugin: Plugin, data: Path) -> list[Path]:
    """Remove a plug-in: what was put, as it was put, and no more.

    Returns:
        Files that were kept, because the user has changed or added them.

    Raises:
        InstallError: Krita is open, or something cannot be removed.
    """
    if plugin.settings and kritarc.is_enabled(plugin.settings) and kritarc.krita_runs():
        raise InstallError(
            "Krita is open, and would write its settings again at its end.",
            "Close it, and run this again.",
        )
    profile, home = plugin.profile, _home(plugin.editor)
    _recover(plugin.editor, plugin.files)
    if home.is_symlink():
        home.unlink()
    for path, digests in plugin.files.items():
        if sha256_of_file(profile / path) in digests:
            remove_tree(profile / path)
    for cache in [*home.rglob("__pycache__")]:
        remove_tree(cache)
    remove_if_empty([home, *(path for path in home.rglob("*") if path.is_dir())])
    left = {path for path in home.rglob("*") if path.is_file()}
    left |= {profile / path for path in plugin.files if (profile / path).exists()}
    if plugin.settings:
        kritarc.forget(plugin.settings)
    remove_if_empty(plugin.made)
    write_manifest(data, read_manifest(data).without_plugin(plugin))
    return sorted(left)


def installed_version(editor: Editor) -> str | None:
    """The version of the plug-in in an editor; None where there is none."""
    path = editor.profile / PACKAGES[editor.kind] / "__init__.py"
    try:
        found = VERSION_FILE.search(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return None
    return found[1] if found else "unknown"


def changed_files(plugin: Plugin) -> list[Path]:
    """The plug-in's files that are not as they were put: changed, or missing."""
    return [
        plugin.profile / path
        for path, digests in plugin.files.items()
        if sha256_of_file(plugin.profile / path) not in digests
    ]


def _home(editor: Editor) -> Path:
    """The plug-in's own folder."""
    return editor.profile / HOMES[editor.kind]


def _places(editor: Editor, paths: Iterable[str]) -> set[Path]:
    """The editor's folders in which something is put."""
    return {editor.profile / PurePosixPath(path).parts[0] for path in paths}


def _plan(editor: Editor, payload: Payload, before: Plugin | None) -> Plugin:
    """The manifest's entry until all is in place: the old files may still be there."""
    home = _home(editor)
    paths = [editor.profile / path for path in payload]
    paths += [editor.settings] if editor.settings else []
    new = {
        folder
        for path in paths
        for folder in missing_parents(path)
        if folder != home and home not in folder.parents
    }
    files = _digests(payload)
    for path, digests in (before.files if before else {}).items():
        files[path] = sorted({*files.get(path, ()), *digests})
    return Plugin(
        kind=editor.kind,
        packaging=editor.packaging,
        profile=editor.profile,
        settings=editor.settings,
        version=__version__,
        files=files,
        made=sorted(new.union(before.made if before else ())),
    )


def _digests(payload: Payload) -> dict[str, list[str]]:
    return {path: [sha256_of(item.content)] for path, item in payload.items()}


def _recover(editor: Editor, paths: Iterable[str]) -> None:
    """Undo what a killed installer has left half done."""
    home = _home(editor)
    old = sorted(home.parent.glob(f"{OLD}*"))
    if old and not home.exists():
        os.rename(old[0], home)
    folders = _places(editor, paths)
    if editor.settings:
        folders.add(editor.settings.resolve().parent)  # where `replace_bytes` writes them
    for folder in folders:
        sweep(folder)


def _replace_folder(editor: Editor, payload: Payload, plan: Plugin) -> list[Path]:
    """Bring the plug-in's folder into its place; returns what was the user's in the old one."""
    home = _home(editor)
    new, old = (home.with_name(f"{part}{secrets.token_hex(4)}") for part in (PART, OLD))
    for place, item in payload.items():
        if home in (editor.profile / place).parents:
            _write(new / (editor.profile / place).relative_to(home), item)
    kept = []
    for path in _users_files(editor, plan):
        name = path.relative_to(home)
        kept.append(name.with_name(f"{name.name}{CHANGED}") if (new / name).exists() else name)
        (new / kept[-1]).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, new / kept[-1])
    if home.is_symlink():  # a developer's, who tries the sources: only the link goes
        home.unlink()
    elif home.exists():
        os.rename(home, old)
    os.rename(new, home)
    remove_tree(old)
    return [home / name for name in kept]


def _users_files(editor: Editor, plan: Plugin) -> Iterator[Path]:
    """What in the plug-in's folder the user has changed or added since it was put there."""
    home = _home(editor)
    if home.is_symlink():
        return
    known = {editor.profile / path: digests for path, digests in plan.files.items()}
    for path in sorted(home.rglob("*")):
        is_users = path.is_file() and "__pycache__" not in path.parts
        if is_users and sha256_of_file(path) not in known.get(path, ()):
            yield path


def _write(path: Path, item: Item) -> None:
    """Write a file now: GIMP asks a plug-in what it is only where its file has a new time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(item.content)
    path.chmod(0o755 if item.executable else 0o644)


def _enable(editor: Editor) -> bool:
    if editor.kind != "krita" or editor.settings is None:
        return editor.kind != "krita"
    if kritarc.is_enabled(editor.settings):
        return True
    if kritarc.krita_runs():
        return False
    editor.settings.parent.mkdir(parents=True, exist_ok=True)
    kritarc.enable(editor.settings)
    return True
