"""What is not ours stays, wherever our folders are."""

from __future__ import annotations

from pathlib import Path

from flexit_engine.networks.profiles import load_profile

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
    for name in (load_profile("paper").files[0].name, "clip-RN50.pt.part", "verified.json"):
        (models / name).write_bytes(b"ours")
    (home / ".local/share/krita").mkdir(parents=True)
    there = {"FLEXIT_WEIGHTS": str(models), "PATH": SYSTEM}
    assert flexit("install", "krita", **there).returncode == 0
    answer = flexit("uninstall", "--yes", **there)
    assert answer.returncode == 0, answer.stderr
    assert f"downloaded networks, 0.0 MB, in {models}\n" in answer.stdout
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
    assert "has something else in it, such as 'thesis.txt'" in answer.stderr
    assert snapshot(home) == before


def test_a_data_folder_with_what_was_kept_the_last_time_is_taken(
    home: Path, data: Path, flexit: Flexit
) -> None:
    (home / ".local/share/krita").mkdir(parents=True)
    (data / "weights").mkdir(parents=True)
    (data / "weights/x.pt").write_bytes(b"weights")
    (data / ".DS_Store").write_bytes(b"the desktop's")
    assert flexit("install", "krita", PATH=SYSTEM).returncode == 0
