"""A folder that is not ours stays as it is, down to its rights, whatever is called with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flexit_engine import ownership
from flexit_engine.errors import StorageError
from flexit_engine.ownership import STAMP, foreign_in, is_stamped, ours_in
from flexit_engine.service import discovery
from flexit_engine.service.private import make_data_folder, make_private_folder
from flexit_engine.service.store import Store
from flexit_installer import environment, installing, manifest, uv
from tests.engine.service.places import mode
from tests.installer.homes import snapshot

COMMANDS = [
    ["start"],
    ["serve"],
    ["stop"],
    ["status"],
    ["logs"],
    ["doctor"],
    ["uninstall", "--yes"],
]
ID = "0123456789abcdef01234567"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Somebody's home, with Krita in it."""
    (tmp_path / "home/.local/share/krita").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def pictures(home: Path) -> Path:
    """A folder of the user's with names that we use as well."""
    for name in ("edits/wedding 2019", "logs", "cache", "env", "weights"):
        (home / "Pictures" / name).mkdir(parents=True)
        (home / "Pictures" / name / "mine.txt").write_text("mine")
    (home / "Pictures").chmod(0o755)
    return home / "Pictures"


def modes(folder: Path) -> dict[str, int]:
    return {str(path): mode(path) for path in [folder, *folder.rglob("*")]}


def flexit(home: Path, data: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
    return subprocess.run(
        [sys.executable, "-m", "flexit_engine", *words],
        env={**kept, "HOME": str(home), "FLEXIT_DATA": str(data), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("words", [*COMMANDS, ["install", "krita"]], ids=" ".join)
def test_a_folder_of_somebody_is_left_alone(home: Path, pictures: Path, words: list[str]) -> None:
    before = snapshot(home), modes(home)
    done = flexit(home, pictures, *words)
    assert (snapshot(home), modes(home)) == before
    assert "Traceback" not in done.stderr
    if words[0] in ("start", "serve", "install"):
        assert done.returncode
        assert "has something else in it, such as 'cache'" in done.stderr
        assert "FLEXIT_DATA" in done.stderr
    if words[0] == "uninstall":
        assert "nothing was installed" in done.stdout


def test_names_of_ours_in_folders_of_others_do_not_make_them_ours(home: Path) -> None:
    folder = home / "Pictures"
    (folder / "edits/wedding 2019").mkdir(parents=True)
    with pytest.raises(StorageError, match="such as 'edits/wedding 2019'"):
        make_data_folder(folder)
    (folder / "edits/wedding 2019").rename(folder / "edits" / ID)
    make_data_folder(folder)
    assert is_stamped(folder)


def test_in_a_folder_of_ours_what_is_not_ours_stays(tmp_path: Path) -> None:
    store = Store(tmp_path)
    (store.folder / "wedding 2019.part").mkdir()
    cut_off = store.new_folder(ID)
    (store.folder / STAMP).unlink()
    store.sweep()
    assert cut_off.is_dir()  # without its stamp, and with something else in it: whose is it?
    store.close()
    assert ours_in(store.folder, ownership.EDITS) == []
    assert not is_stamped(Store(tmp_path).folder)


def test_an_empty_folder_is_taken_and_a_lost_stamp_comes_back(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    make_data_folder(tmp_path)
    assert (is_stamped(tmp_path), mode(tmp_path)) == (True, 0o700)
    Store(tmp_path).close()
    for stamp in tmp_path.rglob(STAMP):
        stamp.unlink()
    make_data_folder(tmp_path)
    store = Store(tmp_path)
    assert is_stamped(tmp_path)
    assert is_stamped(store.folder)
    store.close()


def test_rights_of_a_folder_that_is_not_ours_stay(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/mine.txt").touch()
    (tmp_path / "logs").chmod(0o755)
    make_private_folder(tmp_path / "logs", ownership.LOGS)
    assert mode(tmp_path / "logs") == 0o755
    assert not is_stamped(tmp_path / "logs")


def test_every_name_that_engine_and_installer_give_is_known(tmp_path: Path) -> None:
    """What they make in a data folder must not make it somebody else's."""
    files = [discovery.COMMAND, discovery.DISCOVERY, discovery.LOCK, discovery.SOCKET]
    files += [manifest.NAME, installing.INSTALL_LOCK]
    files += [f".{discovery.DISCOVERY}.{'0' * 16}.part", "edits.sqlite", "edits.sqlite-wal"]
    for name in files:
        (tmp_path / name).touch()
    for name in (environment.FOLDER, uv.CACHE, uv.PYTHONS, "weights"):
        make_private_folder(tmp_path / name)
    for name in ownership.MARKS:
        (tmp_path / name).unlink()
    assert foreign_in(tmp_path) is None
    assert all(ownership.FILES(name) for name in files)
