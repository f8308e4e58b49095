"""The `flexit` command of the engine's environment, where a shell finds it."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from flexit_installer.files import missing_parents, remove_if_empty
from flexit_installer.manifest import read_manifest, write_manifest

FOLDER = Path(".local/bin")
"""In the home folder: Debian, Fedora and others have it on the PATH as soon as it is there."""


def link_command(data: Path, home: Path, python: Path) -> Path | None:
    """Make `~/.local/bin/flexit`, unless a shell finds another one or something has that name.

    Returns:
        The link; None where there is none: on Windows, programs are found otherwise.
    """
    if sys.platform == "win32":
        return None
    link, target = home / FOLDER / "flexit", python.with_name("flexit")
    manifest = read_manifest(data)
    is_ours = manifest.command == link and link.is_symlink()
    if not is_ours and (link.exists() or link.is_symlink() or _another_is_found()):
        return None
    made = sorted({*manifest.made, *missing_parents(link)})
    write_manifest(data, manifest.model_copy(update={"command": link, "made": made}))
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    return link


def our_link(data: Path) -> Path | None:
    """The link, if it is there and still ours."""
    link = read_manifest(data).command
    is_ours = link is not None and link.is_symlink() and data in Path(os.readlink(link)).parents
    return link if is_ours else None


def unlink_command(data: Path) -> None:
    """Remove the link, if it is still ours."""
    if (link := our_link(data)) is not None:
        link.unlink()
        remove_if_empty(read_manifest(data).made)


def _another_is_found() -> bool:
    """Whether a shell finds a `flexit` besides this one, whose environment may not last."""
    found = shutil.which("flexit")
    return found is not None and Path(sys.prefix) not in Path(found).parents
