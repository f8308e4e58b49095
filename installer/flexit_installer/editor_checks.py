"""What `flexit doctor` looks at in the editors: is the plug-in there, whole, and loaded."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from flexit_engine import __version__
from flexit_engine.errors import InstallError
from flexit_installer import kritarc, plugins
from flexit_installer.editors import Editor, find_editors
from flexit_installer.finding import Finding, State
from flexit_installer.manifest import NAME, read_manifest
from flexit_installer.places import User


def check_editors(data: Path, user: User) -> Iterator[Finding]:
    """Each editor: the plug-in is there, of this version, whole, and will be loaded."""
    try:
        manifest = read_manifest(data)
    except InstallError as error:
        mend = f"rm {shlex.quote(str(data / NAME))} && flexit install"
        yield Finding("plug-ins", "wrong", error.message, mend)
        return
    editors = {editor.profile: editor for editor in find_editors(user)}
    for plugin in manifest.plugins:
        editors.setdefault(plugin.profile, plugin.editor)
    if not editors:
        yield Finding("editors", "unsure", "Neither Krita nor GIMP 3 was found.", "Install one.")
    for editor in editors.values():
        known = manifest.plugin_in(editor.profile)
        try:
            yield _check_editor(editor, plugins.changed_files(known) if known else [])
        except InstallError as error:
            yield Finding(editor.label, "wrong", error.message, error.hint)


def _check_editor(editor: Editor, changed: list[Path]) -> Finding:
    mend = f"flexit install {editor.kind}"
    version = plugins.installed_version(editor)
    if not editor.is_ready:
        again = f"Start it once, close it, then: {mend}"
        return Finding(editor.label, "unsure", "It was never started.", again)
    if version is None:
        return Finding(editor.label, "unsure", "It has no plug-in.", mend)
    if version != __version__:
        text = f"Its plug-in is {version}, and the engine {__version__}."
        return Finding(editor.label, "wrong", text, mend)
    if changed:
        more = f" and {len(changed) - 1} more are" if len(changed) > 1 else " is"
        text = f"{changed[0]}{more} not as installed."
        return Finding(editor.label, "wrong", text, mend)
    if reason := _not_loaded(editor):
        return Finding(editor.label, *reason)
    return Finding(editor.label, "right", f"It has the plug-in {version}, in {editor.plugins}.")


def _not_loaded(editor: Editor) -> tuple[State, str, str] | None:
    """Why an editor will not load a plug-in that is there."""
    if editor.kind == "krita":
        if editor.settings is None or kritarc.is_enabled(editor.settings):
            return None
        close = "Close Krita, then: " if kritarc.krita_runs() else ""
        return "wrong", "The plug-in is not switched on.", f"{close}flexit install krita"
    entry = editor.plugins / "flexit" / "flexit.py"
    if not os.access(entry, os.X_OK):
        return "wrong", f"{entry} is not executable.", "flexit install gimp"
    with suppress(OSError):
        if "flexit.py" not in (editor.profile / "pluginrc").read_text(errors="replace"):
            return "unsure", "It was not started since the plug-in is there.", "Start GIMP once."
    return None
