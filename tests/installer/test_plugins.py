from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import pytest

from flexit_engine import __version__
from flexit_engine.errors import InstallError
from flexit_engine.ownership import remove_if_bare
from flexit_installer import kritarc, plugins
from flexit_installer.editors import Editor
from flexit_installer.files import PART
from flexit_installer.manifest import Plugin, read_manifest, write_manifest
from flexit_installer.payload import Item, payload_for

from .homes import snapshot


def newest(data: Path) -> Plugin:
    return read_manifest(data).plugins[-1]


def replace_payload(monkeypatch: pytest.MonkeyPatch, payload: Mapping[str, Item]) -> None:
    monkeypatch.setattr(plugins, "payload_for", lambda _kind: payload)


@pytest.fixture(params=["krita", "gimp"])
def editor(request: pytest.FixtureRequest) -> Editor:
    found: Editor = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def entry(editor: Editor) -> Path:
    """A file of the plug-in."""
    home = {"krita": "pykrita/flexit_krita/__init__.py", "gimp": "plug-ins/flexit/flexit.py"}
    return editor.profile / home[editor.kind]


def test_what_was_put_and_taken_out_leaves_the_home_as_it_was(
    editor: Editor, home: Path, data: Path
) -> None:
    before = snapshot(home)
    plugins.put(editor, data)
    assert plugins.installed_version(editor) == __version__
    assert plugins.take_out(newest(data), data) == []
    (data / "install.json").unlink()
    remove_if_bare(data)
    assert snapshot(home).keys() - before.keys() <= {".local", ".local/share"}
    assert {name: value for name, value in snapshot(home).items() if name in before} == before


def test_the_plugin_is_whole_and_the_manifest_knows_every_file(editor: Editor, data: Path) -> None:
    plugins.put(editor, data)
    payload = payload_for(editor.kind)
    assert {path: (editor.profile / path).read_bytes() for path in payload} == {
        path: item.content for path, item in payload.items()
    }
    assert newest(data).files.keys() == payload.keys()
    assert plugins.changed_files(newest(data)) == []


def test_nothing_of_the_other_editor_is_put(editor: Editor) -> None:
    other = "gimp" if editor.kind == "krita" else "krita"
    assert not [path for path in payload_for(editor.kind) if f"/{other}/" in path]


def test_gimps_file_is_executable_and_new_after_every_installation(
    gimp: Editor, data: Path
) -> None:
    entry = gimp.plugins / "flexit/flexit.py"
    plugins.put(gimp, data)
    os.utime(entry, (1, 1))
    plugins.put(gimp, data)
    assert os.access(entry, os.X_OK)
    assert entry.stat().st_mtime > 1_000_000_000
    assert entry.read_text().startswith("#!/usr/bin/env python3\n")


def test_krita_is_told_to_load_the_plugin(krita: Editor, data: Path) -> None:
    assert krita.settings is not None
    assert plugins.put(krita, data).enabled
    assert kritarc.is_enabled(krita.settings)
    assert (krita.profile / "actions/flexit_krita.action").is_file()
    assert (krita.profile / "pykrita/flexit_krita.desktop").is_file()


def test_an_open_krita_keeps_its_settings_and_it_is_said(
    krita: Editor, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kritarc, "krita_runs", lambda: True)
    assert krita.settings is not None
    assert not plugins.put(krita, data).enabled
    assert not krita.settings.exists()
    krita.settings.parent.mkdir()
    kritarc.enable(krita.settings)
    with pytest.raises(InstallError, match="Krita is open"):
        plugins.take_out(newest(data), data)
    assert plugins.changed_files(newest(data)) == []


def test_an_upgrade_replaces_files_and_keeps_what_the_user_changed(
    editor: Editor, entry: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = {**payload_for(editor.kind)}
    name = str(entry.relative_to(editor.profile))
    gone = str(entry.with_name("gone.py").relative_to(editor.profile))
    replace_payload(monkeypatch, {**old, name: Item(b"old"), gone: Item(b"gone")})
    plugins.put(editor, data)
    entry.write_bytes(b"mine")
    entry.with_name("notes.txt").write_bytes(b"my notes")
    monkeypatch.undo()
    replace_payload(monkeypatch, old)
    kept = plugins.put(editor, data).kept
    assert sorted(path.name for path in kept) == sorted([f"{entry.name}.changed", "notes.txt"])
    assert [path.read_bytes() for path in sorted(kept)] == [b"mine", b"my notes"]
    assert not entry.with_name("gone.py").exists()
    assert plugins.changed_files(newest(data)) == []
    assert sorted(plugins.take_out(newest(data), data)) == sorted(kept)
    assert all(path.exists() for path in kept)
    assert not entry.exists()


def test_what_the_user_changed_stays_at_the_end_and_is_told(
    editor: Editor, entry: Path, data: Path
) -> None:
    plugins.put(editor, data)
    entry.write_bytes(b"mine")
    (entry.parent / "__pycache__").mkdir(exist_ok=True)
    (entry.parent / "__pycache__/entry.pyc").write_bytes(b"cache")
    assert plugins.changed_files(newest(data)) == [entry]
    assert plugins.take_out(newest(data), data) == [entry]
    assert snapshot(entry.parent) == {entry.name: b"mine"}


def test_another_plugin_in_the_same_folder_is_left_alone(editor: Editor, data: Path) -> None:
    other = editor.plugins / "other/other.py"
    other.parent.mkdir(parents=True)
    other.write_text("other")
    plugins.put(editor, data)
    plugins.take_out(newest(data), data)
    assert other.read_text() == "other"
    assert snapshot(editor.plugins).keys() == {"other", "other/other.py"}


def test_a_link_to_the_sources_goes_and_the_sources_stay(
    editor: Editor, entry: Path, data: Path, tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / entry.name).write_text("source")
    entry.parent.parent.mkdir(parents=True)
    entry.parent.symlink_to(sources)
    plugins.put(editor, data)
    assert not entry.parent.is_symlink()
    assert (sources / entry.name).read_text() == "source"


class Killed(BaseException):
    """Stands for SIGKILL: nothing that cleans up runs into it."""


@pytest.mark.parametrize("moment", range(12))
def test_killed_at_any_moment_a_second_run_completes(
    editor: Editor, entry: Path, data: Path, monkeypatch: pytest.MonkeyPatch, moment: int
) -> None:
    """The process ends before the nth rename or removal; then an upgrade is tried again."""
    old = {**payload_for(editor.kind)}
    name = str(entry.relative_to(editor.profile))
    replace_payload(monkeypatch, {**old, name: Item(b"old")})
    plugins.put(editor, data)
    entry.with_name("notes.txt").write_bytes(b"my notes")
    replace_payload(monkeypatch, old)
    with monkeypatch.context() as patch:
        steps = iter(range(1000))

        def deadly(call: object) -> object:
            def run(*arguments: object, **more: object) -> object:
                if next(steps) >= moment:
                    raise Killed
                return call(*arguments, **more)  # type: ignore[operator]

            return run

        for module, function in ((os, "rename"), (os, "replace"), (os, "unlink")):
            patch.setattr(module, function, deadly(getattr(module, function)))
        patch.setattr(plugins, "remove_tree", deadly(plugins.remove_tree))
        with suppress(Killed):
            plugins.put(editor, data)
    kept = plugins.put(editor, data).kept
    assert [path.read_bytes() for path in kept] == [b"my notes"]
    assert plugins.changed_files(newest(data)) == []
    assert list(editor.profile.rglob(".flexit-part*")) == []


@pytest.mark.parametrize("elsewhere", [False, True])
def test_kritas_settings_that_a_killed_run_left_half_written_are_swept_away(
    krita: Editor, data: Path, tmp_path: Path, elsewhere: bool
) -> None:
    assert krita.settings is not None
    krita.settings.parent.mkdir()
    real = tmp_path / "dotfiles" / "kritarc" if elsewhere else krita.settings
    real.parent.mkdir(exist_ok=True)
    if elsewhere:
        real.touch()
        krita.settings.symlink_to(real)
    part = real.with_name(f"{PART}0123abcd")
    for again in (plugins.put, lambda _krita, data: plugins.take_out(newest(data), data)):
        part.write_text("half of th")
        again(krita, data)
        assert not part.exists()


def test_a_folder_that_cannot_be_written_is_said(editor: Editor, data: Path) -> None:
    editor.profile.mkdir(parents=True, exist_ok=True)
    editor.plugins.write_text("a file has the folder's name")
    with pytest.raises(InstallError, match="cannot be written"):
        plugins.put(editor, data)


def test_a_damaged_manifest_is_said(data: Path) -> None:
    write_manifest(data, read_manifest(data))
    (data / "install.json").write_text("{")
    with pytest.raises(InstallError, match="is damaged"):
        read_manifest(data)
