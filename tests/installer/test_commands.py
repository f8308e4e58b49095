from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from flexit_engine.commands.interruption import Interrupted
from flexit_engine.errors import InstallError
from flexit_engine.ownership import STAMP
from flexit_engine.service.private import make_private_folder
from flexit_installer import installing
from flexit_installer.installing import only_installer
from flexit_installer.package import package
from flexit_installer.payload import payload_for

from .conftest import Flexit
from .homes import program, snapshot

SYSTEM = "/usr/bin:/bin"
WEIGHTS = "weights/clip-RN50.pt"
RESULT = "edits/0123456789abcdef01234567/result"


def put(path: Path, content: bytes) -> None:
    """Write a file into the folders of ours in which the engine keeps such."""
    for folder in (path.parents[1], path.parent):
        make_private_folder(folder)
    path.write_bytes(content)


@pytest.fixture
def profiles(home: Path) -> Path:
    """A home of somebody who has both editors."""
    (home / ".local/share/krita").mkdir(parents=True)
    (home / ".config/GIMP/3.0").mkdir(parents=True)
    (home / ".config/kritarc").write_text("[theme]\nTheme=Dark\n")
    (home / "picture.kra").write_bytes(b"picture")
    return home


def test_install_and_uninstall_leave_the_home_as_it_was_file_by_file(
    profiles: Path, flexit: Flexit
) -> None:
    before = snapshot(profiles)
    answer = flexit("install", "--json", PATH=SYSTEM)
    assert answer.returncode == 0, answer.stderr
    report = json.loads(answer.stdout)
    assert [plugin["editor"] for plugin in report["plugins"]] == ["Krita", "GIMP 3.0"]
    assert snapshot(profiles) != before
    assert flexit("start", "--json").returncode == 0
    answer = flexit("uninstall", "--yes")
    assert answer.returncode == 0, answer.stderr
    assert snapshot(profiles) == before
    assert "the plug-in of Krita" in answer.stdout


def test_one_editor_can_go_and_the_engine_stays_for_the_other(
    profiles: Path, data: Path, flexit: Flexit
) -> None:
    flexit("install", PATH=SYSTEM)
    flexit("uninstall", "krita", "--yes")
    assert not (profiles / ".local/share/krita/pykrita").exists()
    assert (profiles / ".config/GIMP/3.0/plug-ins/flexit/flexit.py").exists()
    assert (data / "command.json").exists()
    flexit("uninstall", "gimp", "--yes")
    assert not data.exists()


def test_what_the_user_asks_to_keep_stays_and_is_told(
    profiles: Path, data: Path, flexit: Flexit
) -> None:
    flexit("install", "krita", PATH=SYSTEM)
    history = profiles / ".local/share/krita/flexit/history.json"
    kept = {data / WEIGHTS: b"weights", data / RESULT: b"edit", history: b"[]"}
    for path, content in kept.items():
        put(path, content)
    words = ("--keep", "weights", "--keep", "edits", "--keep", "history", "--yes")
    answer = flexit("uninstall", *words)
    assert {path: path.read_bytes() for path in kept} == kept
    assert answer.stdout.count("Kept, as you asked") == 3
    assert {path.name for path in data.iterdir()} == {"weights", "edits", STAMP}
    assert flexit("uninstall", "--yes").returncode == 0
    assert not data.exists()


def test_installing_again_keeps_settings_history_weights_and_edits(
    profiles: Path, data: Path, flexit: Flexit
) -> None:
    flexit("install", "krita", PATH=SYSTEM)
    users = {
        data / "weights/x.pt": b"weights",
        data / "edits/1/result": b"edit",
        profiles / ".local/share/krita/flexit/history.json": b"[1]",
        profiles / ".config/kritarc": b"[python]\nenable_flexit_krita=true\n\n[mine]\na=1\n",
    }
    for path, content in users.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert flexit("install", "krita", PATH=SYSTEM).returncode == 0
    assert {path: path.read_bytes() for path in users} == users


@pytest.mark.usefixtures("profiles")
def test_of_another_data_folder_only_what_is_in_it_goes(
    data: Path, flexit: Flexit, tmp_path: Path
) -> None:
    """Such as one on another disk: the weights are in it as well."""
    usual, other = data / WEIGHTS, tmp_path / "disk/flexit" / WEIGHTS
    for path in (usual, other):
        put(path, b"weights")
    there = {"FLEXIT_DATA": str(tmp_path / "disk/flexit"), "PATH": SYSTEM}
    assert flexit("install", "krita", **there).returncode == 0
    assert flexit("uninstall", "--yes", **there).returncode == 0
    assert usual.read_bytes() == b"weights"
    assert list((tmp_path / "disk").rglob("*")) == []


def test_uninstalling_nothing_is_fine(home: Path, flexit: Flexit) -> None:
    answer = flexit("uninstall", "--yes")
    assert answer.returncode == 0
    assert "nothing was installed" in answer.stdout
    assert list(home.iterdir()) == []


def test_without_an_editor_it_is_said_how_to_name_one(home: Path, flexit: Flexit) -> None:
    answer = flexit("install", "gimp", PATH="/nonexistent")
    assert answer.returncode == 12
    assert "No GIMP was found" in answer.stderr
    assert "--folder" in answer.stderr
    assert flexit("install", "--folder", home).returncode == 2


def test_a_gimp_that_was_never_started_is_left_alone_and_told(home: Path, flexit: Flexit) -> None:
    """Where its folder is there at its first start, GIMP takes nothing over from older versions."""
    program(home.parents[1] / "bin/gimp", "GNU Image Manipulation Program version 3.0.4")
    path = f"{home.parents[1] / 'bin'}:/bin"
    answer = flexit("install", "gimp", PATH=path)
    assert answer.returncode == 12
    assert "GIMP 3.0 was never started. Start it once" in answer.stderr
    assert list(home.iterdir()) == []
    (home / ".local/share/krita").mkdir(parents=True)
    answer = flexit("install", "--json", PATH=path)
    assert json.loads(answer.stdout)["waiting"] == ["GIMP 3.0"]
    assert not (home / ".config/GIMP").exists()


def test_an_editor_named_by_hand_gets_the_plugin(home: Path, flexit: Flexit) -> None:
    portable = home / "portable/plug-ins"
    portable.mkdir(parents=True)
    assert flexit("install", "gimp", "--folder", portable).returncode == 0
    assert (portable / "flexit/flexit.py").is_file()
    assert flexit("uninstall", "--yes").returncode == 0
    assert list((home / "portable").rglob("*")) == [portable]


@pytest.mark.usefixtures("home")
def test_what_is_final_or_large_has_to_be_confirmed(flexit: Flexit) -> None:
    for words in (["uninstall"], ["models", "pull", "paper"], ["models", "remove", "paper"]):
        answer = flexit(*words)
        assert answer.returncode == 2, words
        assert "--yes" in answer.stderr


@pytest.mark.usefixtures("profiles")
@pytest.mark.parametrize(("reply", "code"), [("y\n", 0), ("n\n", 130), ("\n", 130)])
def test_somebody_at_a_terminal_is_asked(flexit: Flexit, data: Path, reply: str, code: int) -> None:
    flexit("install", "krita", PATH=SYSTEM)
    ours, theirs = pty.openpty()
    with os.fdopen(ours, "wb") as terminal, os.fdopen(theirs, "rb") as stdin:
        words = [sys.executable, "-m", "flexit_engine", "uninstall"]
        process = subprocess.Popen(
            words, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        terminal.write(reply.encode())
        terminal.flush()
        _, said = process.communicate(timeout=60)
    assert process.returncode == code
    assert "Go on? [y/N]" in said
    assert data.exists() == (code != 0)


@pytest.mark.usefixtures("home")
def test_the_licence_is_shown_before_the_download() -> None:
    from flexit_engine.networks.profiles import load_profile
    from flexit_installer.commands.models import licences

    text = licences(load_profile("paper"))
    assert "vqgan-imagenet-f16-1024.ckpt, size not published; licence: code MIT" in text
    assert "clip-RN50.pt, 256 MB; licence: MIT" in text


def test_models_lists_verifies_and_refuses(home: Path, flexit: Flexit) -> None:
    rows = json.loads(flexit("models", "list", "--json").stdout)
    assert {row["name"] for row in rows} == {"mini", "paper", "paper5"}
    assert flexit("models", "verify", "mini").returncode == 0
    assert flexit("models", "verify", "paper").returncode == 7
    assert flexit("models", "remove", "mini", "--yes").returncode == 7
    assert flexit("models", "pull", "nothing", "--yes").returncode == 7
    answer = flexit("models", "import", "paper", home, "--yes")
    assert answer.returncode == 7
    assert "lacks vqgan-imagenet-f16-1024.ckpt" in answer.stderr


def test_only_one_installer_is_at_work(data: Path) -> None:
    data.mkdir(parents=True)
    with (
        only_installer(data),
        pytest.raises(InstallError, match="Another installer"),
        only_installer(data),
    ):
        pass
    with only_installer(data):
        pass
    assert list(data.iterdir()) == []


def test_an_interruption_leaves_nothing_half_done(
    profiles: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flexit_installer.editors import find_editors
    from flexit_installer.places import User

    user = User(profiles, {"PATH": ""})
    before = snapshot(profiles)

    def interrupt(*_: object) -> None:
        raise Interrupted(2)

    monkeypatch.setattr("flexit_installer.making._fill", interrupt)
    todo = installing.plan(find_editors(user), data, own=True)
    with pytest.raises(Interrupted):
        installing.carry_out(todo, profiles, lambda _: None, requirement="flexit")
    changed = {
        name: value for name, value in snapshot(profiles).items() if before.get(name) != value
    }
    left = {name for name in changed if not name.startswith(".local/share/flexit/cache")}
    ours = ("install.json", STAMP, f"python/{STAMP}")
    assert left == {f".local/share/flexit/{name}" for name in ours}


@pytest.mark.parametrize("kind", ["krita", "gimp"])
def test_a_package_is_the_same_files_and_the_same_bytes_each_time(
    tmp_path: Path, kind: str
) -> None:
    path = package(kind, tmp_path)  # type: ignore[arg-type]
    first = path.read_bytes()
    payload = payload_for(kind)  # type: ignore[arg-type]
    with zipfile.ZipFile(path) as archive:
        files = {info.filename: info for info in archive.infolist() if not info.is_dir()}
        assert len(files) == len(payload)
        modes = {name.rpartition("/")[2]: info.external_attr >> 16 for name, info in files.items()}
        folders = {info.filename for info in archive.infolist() if info.is_dir()}
    assert ("flexit/" in folders) == (kind == "gimp")
    assert ("flexit_krita/" in folders) == (kind == "krita")
    assert modes.get("flexit.py", 0o100755) == 0o100755
    assert package(kind, tmp_path).read_bytes() == first  # type: ignore[arg-type]


def test_package_is_a_command(tmp_path: Path, flexit: Flexit) -> None:
    answer = flexit("package", "krita", tmp_path, "--json")
    assert Path(json.loads(answer.stdout)["path"]).is_file()
