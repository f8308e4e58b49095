"""From the previous version to this one: what is the user's stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from flexit_engine import __version__
from flexit_engine.service import daemon
from flexit_engine.service.config import Config
from flexit_installer import checks, installing, making, plugins
from flexit_installer.editors import Editor
from flexit_installer.environment import own_environment, probe
from flexit_installer.manifest import read_manifest
from flexit_installer.payload import payload_for
from flexit_installer.places import User
from flexit_installer.progress import tell_nobody

from .tiny import wheel

OLD = "0.0.1"


def install(editors: list[Editor], data: Path, home: Path, requirement: str) -> None:
    todo = installing.plan(editors, data, own=True)
    installing.carry_out(todo, home, tell_nobody, requirement=requirement)


def pretend_to_be_old(patch: pytest.MonkeyPatch) -> None:
    """Have the installer be of the previous version, with plug-ins to match."""
    for module in (installing, making, plugins):
        patch.setattr(module, "__version__", OLD)

    def old_payload(kind: str) -> object:
        payload = payload_for(kind)  # type: ignore[arg-type]
        new, old = __version__.encode(), OLD.encode()
        return {
            path: item._replace(content=item.content.replace(new, old))
            for path, item in payload.items()
        }

    patch.setattr(plugins, "payload_for", old_payload)


def test_an_upgrade_keeps_settings_history_weights_and_edits(
    krita: Editor, gimp: Editor, home: Path, data: Path, tmp_path: Path
) -> None:
    editors = [krita, gimp]
    user = User(home, {"PATH": ""}, root=tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_OFFLINE", "1")
        with pytest.MonkeyPatch.context() as old:
            pretend_to_be_old(old)
            install(editors, data, home, wheel(tmp_path / "old", OLD))
        assert [plugins.installed_version(editor) for editor in editors] == [OLD, OLD]
        assert probe(own_environment(data)).version == OLD
        assert krita.settings is not None
        users = {
            data / "weights/clip-RN50.pt": b"weights",
            data / "edits/1/result": b"edit",
            krita.profile / "flexit/history.json": b"[1]",
            gimp.profile / "flexit/history.json": b"[2]",
            krita.settings: b"[theme]\nTheme=Dark\n\n" + krita.settings.read_bytes(),
        }
        for path, content in users.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        install(editors, data, home, wheel(tmp_path / "new"))
    assert {path: path.read_bytes() for path in users} == users
    assert [plugins.installed_version(editor) for editor in editors] == [__version__] * 2
    assert probe(own_environment(data)).version == __version__
    assert read_manifest(data).version == __version__
    assert {finding.state for finding in checks.check_editors(data, user)} == {"right"}


def test_an_engine_of_the_previous_version_ends_and_one_of_this_version_goes_on(
    data: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon.start(Config(data))
    todo = installing.plan([], data, own=False)
    installing.carry_out(todo, home, tell_nobody)
    assert daemon.answering(data) is not None
    monkeypatch.setattr(installing, "__version__", "9.9.9")
    installing.carry_out(todo, home, tell_nobody)
    assert daemon.answering(data) is None
