"""What was put where: written before anything is done, so that even a killed installer's can go.

{"version": "0.1.0", "command": "/home/…/.local/bin/flexit",
 "plugins": [{"kind": "krita", "packaging": "native", "profile": "/home/…/krita",
              "settings": "/home/…/kritarc", "version": "0.1.0",
              "files": {"pykrita/flexit.desktop": ["sha256…"]}, "made": ["/home/…/pykrita"]}]}
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator

from flexit_engine.errors import InstallError
from flexit_engine.service.private import make_data_folder, read_private, write_private
from flexit_installer.editors import Editor
from flexit_installer.payload import HOMES
from flexit_installer.places import Kind

NAME = "install.json"


AnyPath = Annotated[Path, BeforeValidator(lambda path: Path(path) if path is not None else None)]
"""A path whose bytes need not be UTF-8; Python's JSON carries them, pydantic's refuses them."""


class Plugin(BaseModel):
    """A plug-in in one profile of an editor."""

    kind: Kind
    packaging: str
    profile: AnyPath
    settings: AnyPath | None = None
    version: str
    files: dict[str, list[str]]
    """SHA-256 of each file, by its path in the profile; of the old and the new one meanwhile."""
    made: list[AnyPath] = []
    """Folders that were not there before."""

    @property
    def editor(self) -> Editor:
        """Where it is."""
        return Editor(self.kind, self.packaging, self.profile, self.settings)

    @property
    def places(self) -> list[Path]:
        """The folder that is the plug-in's alone, and its files elsewhere."""
        home = self.profile / HOMES[self.kind]
        files = [self.profile / name for name in self.files]
        return [home, *(file for file in files if home not in file.parents)]


class Manifest(BaseModel):
    """All that was put on this machine for one user."""

    version: str = ""
    """Of FlexIT, whose installer ran last."""
    plugins: list[Plugin] = []
    command: AnyPath | None = None
    """The link by which a shell finds `flexit`."""
    made: list[AnyPath] = []
    """Folders for it, and around the data folder, that were not there before."""

    def plugin_in(self, profile: Path) -> Plugin | None:
        """The plug-in of one profile."""
        return next((plugin for plugin in self.plugins if plugin.profile == profile), None)

    def with_plugin(self, plugin: Plugin) -> Manifest:
        """The same with one more, or another, plug-in."""
        others = [each for each in self.plugins if each.profile != plugin.profile]
        return self.model_copy(update={"plugins": [*others, plugin]})

    def without_plugin(self, plugin: Plugin) -> Manifest:
        """The same without a plug-in."""
        others = [each for each in self.plugins if each.profile != plugin.profile]
        return self.model_copy(update={"plugins": others})


def read_manifest(data: Path) -> Manifest:
    """What was put so far; nothing where there is no manifest.

    Raises:
        InstallError: it is damaged, or cannot be read.
    """
    path = data / NAME
    text = read_private(path)
    if text is None and os.path.lexists(path):
        raise InstallError(
            f"The list of what was installed, {str(path)!r}, cannot be read.",
            "Mend its rights, and run it again.",
        )
    if text is None:
        return Manifest()
    try:
        return Manifest.model_validate(json.loads(text))
    except ValueError:
        raise InstallError(
            f"The list of what was installed, {str(data / NAME)!r}, is damaged.",
            "Remove it and run `flexit install` again: that writes it anew.",
        ) from None


def write_manifest(data: Path, manifest: Manifest) -> None:
    """Write down what is put, before it is.

    Raises:
        StorageError: the data folder cannot be written.
    """
    make_data_folder(data)
    write_private(data / NAME, json.dumps(manifest.model_dump(), default=str, indent=1))
