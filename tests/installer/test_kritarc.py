from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flexit_engine.errors import InstallError
from flexit_installer import kritarc, plugins
from flexit_installer.editor_checks import check_editors
from flexit_installer.editors import Editor, find_editors
from flexit_installer.manifest import read_manifest
from flexit_installer.places import User
from tests.engine.service.places import NOBODY

from .conftest import Flexit
from .homes import snapshot

PLAIN = b"[General]\nlanguage=\xc3\xa9\n\n[python]\nenable_other=true\n\n[theme]\nTheme=Dark\n"
BEFORE = [
    b"",
    b"[General]\na=1\n",
    PLAIN,
    b"ResourceDirectory=/x\n\n[python]\nenable_other=false\n",
    b"[python][other]\nenable_flexit=1\n",
    b"[General]\r\na=1\r\n",
    b"\xff\xfe broken [[[\n=\n",
]


@pytest.mark.parametrize("before", BEFORE)
def test_what_was_switched_on_and_forgotten_is_the_same_to_the_byte(before: bytes) -> None:
    after = kritarc.enabled(before)
    assert after.count(b"enable_flexit_krita=true") == 1
    assert kritarc.enabled(after) == after
    assert kritarc.forgotten(after) == before
    assert kritarc.forgotten(before) == before


def test_only_our_line_is_added_to_the_group() -> None:
    expected = PLAIN.replace(b"[python]\n", b"[python]\nenable_flexit_krita=true\n")
    assert kritarc.enabled(PLAIN) == expected


def test_a_plugin_that_was_switched_off_is_switched_on_again(tmp_path: Path) -> None:
    path = tmp_path / "kritarc"
    path.write_bytes(PLAIN.replace(b"[python]\n", b"[python]\nenable_flexit_krita=false\n"))
    assert not kritarc.is_enabled(path)
    kritarc.enable(path)
    assert kritarc.is_enabled(path)
    assert path.read_bytes() == kritarc.enabled(PLAIN)


def test_after_krita_has_sorted_its_groups_nothing_of_ours_stays() -> None:
    sorted_by_krita = b"[a]\nx=1\n\n[python]\nenable_flexit_krita=true\n\n[theme]\nTheme=Dark\n"
    assert kritarc.forgotten(sorted_by_krita) == b"[a]\nx=1\n\n[theme]\nTheme=Dark\n"


def test_a_file_that_we_made_goes_and_one_of_the_users_keeps_its_rights(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours", tmp_path / "theirs"
    theirs.write_bytes(PLAIN)
    theirs.chmod(0o600)
    for path in (ours, theirs):
        kritarc.enable(path)
        assert kritarc.is_enabled(path)
        kritarc.forget(path)
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]
    assert theirs.read_bytes() == PLAIN
    assert theirs.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("same_home", [True, False])
def test_a_running_krita_with_the_same_settings_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, same_home: bool
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    krita = tmp_path / "krita"
    krita.symlink_to(sys.executable)
    assert not kritarc.krita_runs()
    with subprocess.Popen(
        [krita, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "HOME": str(tmp_path if same_home else tmp_path / "other")},
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert kritarc.krita_runs() == same_home
        process.communicate(b"\n")
    assert not kritarc.krita_runs()


def make_unreadable(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As rights do for all but root."""
    real = Path.read_bytes

    def read(file: Path) -> bytes:
        if file == path:
            raise PermissionError(13, "Permission denied", str(file))
        return real(file)

    monkeypatch.setattr(Path, "read_bytes", read)


def test_settings_that_cannot_be_read_are_not_written(
    krita: Editor, home: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    user, path = User(home, {"PATH": ""}, root=home.parents[1]), krita.settings
    assert path is not None
    krita.profile.mkdir(parents=True)
    plugins.put(krita, data)
    before, settings = snapshot(krita.profile), path.read_bytes()
    make_unreadable(path, monkeypatch)
    (plugin,) = read_manifest(data).plugins
    for change in (
        *(lambda: kritarc.enable(path), lambda: kritarc.forget(path)),
        *(lambda: plugins.put(krita, data), lambda: plugins.take_out(plugin, data)),
    ):
        with pytest.raises(InstallError, match="cannot be read: Permission denied"):
            change()
    assert snapshot(krita.profile) == before
    assert [editor.profile for editor in find_editors(user, ["krita"])] == [krita.profile]
    (finding,) = check_editors(data, user)
    assert (finding.state, "cannot be read" in finding.text) == ("wrong", True)
    with path.open("rb") as file:
        assert file.read() == settings


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_settings_file_of_roots_survives_an_installation_by_somebody_else(tmp_path: Path) -> None:
    path = tmp_path / "kritarc"
    path.write_bytes(PLAIN)
    path.chmod(0o600)
    os.chown(tmp_path, NOBODY, NOBODY)
    program = (
        "import os, sys; from pathlib import Path; from flexit_installer import kritarc\n"
        f"os.setgid({NOBODY}); os.setuid({NOBODY}); kritarc.enable(Path(sys.argv[1]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, path], capture_output=True, text=True, check=False
    )
    assert path.read_bytes() == PLAIN
    assert "cannot be read" in done.stderr


def test_resources_in_a_folder_whose_name_is_no_utf8_get_the_plugin(
    home: Path, flexit: Flexit
) -> None:
    """As after a move from a system that wrote Latin-1."""
    place = Path(os.fsdecode(os.fsencode(home) + b"/zo\xeb"))
    (place / "pykrita").mkdir(parents=True)
    settings = home / ".config/kritarc"
    settings.parent.mkdir(parents=True)
    before = b"ResourceDirectory=" + os.fsencode(place) + b"\nName=\xff\xfe\n"
    settings.write_bytes(before)
    (home / ".local/share/krita").mkdir(parents=True)
    installed = flexit("install", "krita", PATH="/usr/bin:/bin")
    assert installed.returncode == 0, installed.stderr
    assert (place / "pykrita/flexit_krita/__init__.py").is_file()
    assert kritarc.forgotten(settings.read_bytes()) == before
    uninstalled = flexit("uninstall", "--yes")
    assert uninstalled.returncode == 0, uninstalled.stderr
    assert not list((place / "pykrita").iterdir())
    assert settings.read_bytes() == before
