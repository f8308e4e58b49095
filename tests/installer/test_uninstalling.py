"""What is not ours stays, wherever our folders are."""

from __future__ import annotations

from pathlib import Path

from flexit_engine.networks.profiles import load_profile
from flexit_engine.ownership import STAMP
from flexit_engine.service.private import make_private_folder

from .conftest import Flexit
from .homes import snapshot

SYSTEM = "/usr/bin:/bin"


def test_of_a_folder_that_the_user_has_named_for_weights_only_ours_go(
    home: Path, flexit: Flexit
) -> None:
    models = home / "models"
    (models / "other").mkdir(parents=True)
    (models / "other/model.pt").write_bytes(b"not ours")
    before = snapshot(models)
    ours = (load_profile("paper").files[0].name, "clip-RN50.pt.part", "verified.json")
    for name in ours:
        (models / name).write_bytes(b"ours")
    (home / ".local/share/krita").mkdir(parents=True)
    there = {"FLEXIT_WEIGHTS": str(models), "PATH": SYSTEM}
    assert flexit("install", "krita", **there).returncode == 0
    answer = flexit("uninstall", "--yes", **there)
    assert answer.returncode == 0, answer.stderr
    assert "downloaded networks, 0.0 MB\n" in answer.stdout
    assert {name for name in ours if f"        {models / name}\n" in answer.stdout} == {*ours}
    assert snapshot(models) == before


def test_a_data_folder_that_is_somebodys_already_is_refused_and_left_alone(
    home: Path, flexit: Flexit
) -> None:
    (home / ".local/share/krita").mkdir(parents=True)
    (home / "env").mkdir()
    (home / "thesis.txt").write_text("mine")
    before = snapshot(home)
    answer = flexit("install", "krita", FLEXIT_DATA=str(home), PATH=SYSTEM)
    assert answer.returncode == 12
    assert "has something else in it, such as 'env'" in answer.stderr
    assert snapshot(home) == before


def test_a_data_folder_with_what_was_kept_the_last_time_is_taken(
    home: Path, data: Path, flexit: Flexit
) -> None:
    (home / ".local/share/krita").mkdir(parents=True)
    make_private_folder(data / "weights")
    (data / "weights/x.pt").write_bytes(b"weights")
    (data / ".DS_Store").write_bytes(b"the desktop's")
    assert flexit("install", "krita", PATH=SYSTEM).returncode == 0


def test_all_that_goes_is_listed_path_by_path_and_nothing_else_goes(
    home: Path, data: Path, flexit: Flexit
) -> None:
    krita = home / ".local/share/krita"
    (krita / "flexit").mkdir(parents=True)
    (krita / "flexit/history.json").write_text("[]")
    assert flexit("install", "krita", PATH=SYSTEM).returncode == 0
    assert flexit("start", "--json").returncode == 0
    for name in ("edits", "logs", "weights"):
        make_private_folder(data / name)
        (data / name / "mine.txt").write_text("mine")
    result = data / "edits/0123456789abcdef01234567/result"
    make_private_folder(result.parent)
    result.write_bytes(b"ours")
    mine = [*(data / name / "mine.txt" for name in ("edits", "logs", "weights")), data / "my notes"]
    mine[-1].write_text("mine")
    before = snapshot(home)
    answer = flexit("uninstall", "--yes")
    assert answer.returncode == 0, answer.stderr
    listed = [line.strip() for line in answer.stdout.splitlines() if line.startswith("        /")]
    gone = [str(home / name) for name in before if not (home / name).exists()]
    unlisted = [
        path
        for path in gone
        if not any(path == each or path.startswith(f"{each}/") for each in listed)
    ]
    assert f"        our line in {home / '.config/kritarc'}\n" in answer.stdout
    # Folders that were made for what is listed, and which nothing else is in.
    assert {str(Path(path).relative_to(home)) for path in unlisted} == {
        *(".config", ".config/kritarc"),
        *(f".local/share/krita/{name}" for name in ("actions", "flexit", "pykrita")),
    }
    assert str(result.parent) in listed
    assert [path.read_text() for path in mine] == ["mine"] * 4
    assert {path for path in data.rglob("*") if path.is_file() and path.name != STAMP} == {*mine}


def test_a_folder_of_the_users_that_is_called_like_ours_keeps_what_is_in_it(
    home: Path, flexit: Flexit
) -> None:
    art = home / "art"
    for name in ("pykrita", "flexit/sketches"):
        (art / name).mkdir(parents=True)
    (art / "flexit/mine.txt").write_text("mine")
    before = snapshot(art)
    assert flexit("install", "krita", "--folder", art, PATH=SYSTEM).returncode == 0
    (art / "flexit/history.json").write_text("[]")
    assert flexit("uninstall", "--yes").returncode == 0
    assert snapshot(art) == before


def test_an_environment_that_is_somebody_elses_is_not_replaced(
    home: Path, data: Path, flexit: Flexit
) -> None:
    (home / ".local/share/krita").mkdir(parents=True)
    make_private_folder(data)
    (data / "env").mkdir()
    (data / "env/mine.txt").write_text("mine")
    answer = flexit("install", "krita", "--own-environment", PATH=SYSTEM)
    assert answer.returncode == 12
    assert f"{str(data / 'env')!r} is not FlexIT's" in answer.stderr
    assert (data / "env/mine.txt").read_text() == "mine"
