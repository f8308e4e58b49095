from __future__ import annotations

from pathlib import Path

import pytest

from flexit_engine.errors import UsageError
from flexit_installer.editors import editor_at, find_editors, nothing_found
from flexit_installer.places import Platform, User, all_places

from .homes import made_up, program

PROFILES: list[tuple[Platform, str, str, str | None]] = [
    ("linux", "home/ann/.local/share/krita", "Krita", "home/ann/.config/kritarc"),
    (
        "linux",
        "home/ann/.var/app/org.kde.krita/data/krita",
        "Krita (Flatpak)",
        "home/ann/.var/app/org.kde.krita/config/kritarc",
    ),
    (
        "linux",
        "home/ann/snap/krita/current/.local/share/krita",
        "Krita (Snap)",
        "home/ann/snap/krita/current/.config/kritarc",
    ),
    (
        "linux",
        "home/ann/Apps/krita-5.2.9-x86_64.AppImage.home/.local/share/krita",
        "Krita (portable AppImage)",
        "home/ann/Apps/krita-5.2.9-x86_64.AppImage.home/.config/kritarc",
    ),
    (
        "windows",
        "Users/ann/AppData/Roaming/krita",
        "Krita",
        "Users/ann/AppData/Local/kritarc",
    ),
    (
        "windows",
        "Users/ann/AppData/Local/Packages/49800Krita_x1y2/LocalCache/Roaming/krita",
        "Krita (Store)",
        "Users/ann/AppData/Local/Packages/49800Krita_x1y2/LocalCache/Local/kritarc",
    ),
    (
        "macos",
        "Users/ann/Library/Application Support/krita",
        "Krita",
        "Users/ann/Library/Preferences/kritarc",
    ),
    ("linux", "home/ann/.config/GIMP/3.0", "GIMP 3.0", None),
    ("linux", "home/ann/.config/GIMP/3.2", "GIMP 3.2", None),
    (
        "linux",
        "home/ann/.var/app/org.gimp.GIMP/config/GIMP/3.0",
        "GIMP 3.0 (Flatpak)",
        None,
    ),
    ("linux", "home/ann/snap/gimp/current/.config/GIMP/3.0", "GIMP 3.0 (Snap)", None),
    ("windows", "Users/ann/AppData/Roaming/GIMP/3.0", "GIMP 3.0", None),
    (
        "windows",
        "Users/ann/AppData/Local/Packages/Org.GIMP_z/LocalCache/Roaming/GIMP/3.0",
        "GIMP 3.0 (Store)",
        None,
    ),
    ("macos", "Users/ann/Library/Application Support/GIMP/3.0", "GIMP 3.0", None),
]


@pytest.mark.parametrize(("platform", "profile", "label", "settings"), PROFILES)
def test_a_profile_is_found_where_its_platform_has_it(
    tmp_path: Path, platform: Platform, profile: str, label: str, settings: str | None
) -> None:
    user = made_up(tmp_path, platform)
    (tmp_path / profile).mkdir(parents=True)
    found = [editor for editor in find_editors(user) if editor.profile == tmp_path / profile]
    assert [editor.label for editor in found] == [label]
    assert found[0].settings == (tmp_path / settings if settings else None)


PROGRAMS: list[tuple[Platform, str, str]] = [
    ("linux", "bin/krita", "home/ann/.local/share/krita"),
    ("linux", "home/ann/Downloads/krita-5.2.9-x86_64.appimage", "home/ann/.local/share/krita"),
    ("linux", "var/lib/flatpak/app/org.kde.krita", "home/ann/.var/app/org.kde.krita/data/krita"),
    ("windows", "Program Files/Krita (x64)/bin/krita.exe", "Users/ann/AppData/Roaming/krita"),
    ("macos", "Applications/krita.app", "Users/ann/Library/Application Support/krita"),
    ("linux", "bin/gimp", "home/ann/.config/GIMP/3.2"),
    ("linux", "home/ann/Applications/GIMP-3.0.4-x86_64.AppImage", "home/ann/.config/GIMP/3.0"),
    ("windows", "Program Files/GIMP 3/bin/gimp-3.0.exe", "Users/ann/AppData/Roaming/GIMP/3.0"),
    ("macos", "Applications/GIMP.app", "Users/ann/Library/Application Support/GIMP/3.0"),
]


@pytest.mark.parametrize(("platform", "path", "profile"), PROGRAMS)
def test_an_editor_that_was_never_started_gets_its_profile(
    tmp_path: Path, platform: Platform, path: str, profile: str
) -> None:
    user = made_up(tmp_path, platform)
    assert find_editors(user) == []
    program(tmp_path / path, "GNU Image Manipulation Program version 3.2.6")
    assert [editor.profile for editor in find_editors(user)] == [tmp_path / profile]


def test_every_place_has_its_source() -> None:
    assert all(place.source.startswith("https://") for place in all_places())


def test_one_profile_of_two_packages_is_found_once(tmp_path: Path) -> None:
    user = made_up(tmp_path)
    program(tmp_path / "bin/krita")
    program(user.home / "Downloads/krita-5.2.9-x86_64.appimage")
    (user.home / ".local/share/krita").mkdir(parents=True)
    assert [editor.label for editor in find_editors(user)] == ["Krita"]


def test_the_folders_a_user_has_moved_are_found(tmp_path: Path) -> None:
    moved = tmp_path / "big disk"
    user = made_up(tmp_path, XDG_CONFIG_HOME=str(moved), XDG_DATA_HOME=str(tmp_path / "[data]"))
    (moved / "GIMP/3.0").mkdir(parents=True)
    (tmp_path / "[data]/krita").mkdir(parents=True)
    (moved / "kritarc").write_text(f"ResourceDirectory={tmp_path}/resources\n[python]\n")
    assert [editor.profile for editor in find_editors(user)] == [
        tmp_path / "resources",
        moved / "GIMP/3.0",
    ]


def test_gimp_2_is_not_taken_for_gimp_3_and_is_told(tmp_path: Path) -> None:
    user = made_up(tmp_path)
    program(tmp_path / "bin/gimp", "GNU Image Manipulation Program version 2.10.34")
    (user.home / ".config/GIMP/2.10").mkdir(parents=True)
    assert find_editors(user, ["gimp"]) == []
    assert "FlexIT needs GIMP 3" in nothing_found(["gimp"], user).message
    assert "--folder" in nothing_found(["krita"], user).hint


def test_a_program_that_hangs_or_fails_is_passed_over(tmp_path: Path) -> None:
    user = made_up(tmp_path)
    program(tmp_path / "bin/gimp", "").write_text("#!/bin/sh\nexit 3\n")
    assert find_editors(user) == []


@pytest.mark.parametrize("inside", ["", "pykrita"])
def test_a_folder_can_be_named_by_hand(tmp_path: Path, inside: str) -> None:
    user = made_up(tmp_path)
    (tmp_path / "portable/pykrita").mkdir(parents=True)
    editor = editor_at("krita", tmp_path / "portable" / inside, user)
    assert editor.plugins == tmp_path / "portable/pykrita"
    with pytest.raises(UsageError, match="no folder"):
        editor_at("krita", tmp_path / "nowhere", user)


@pytest.mark.parametrize("folder", ["Pictures", "GIMP/2.10/plug-ins"])
def test_a_folder_of_something_else_is_refused(tmp_path: Path, folder: str) -> None:
    user = made_up(tmp_path)
    (tmp_path / folder).mkdir(parents=True)
    with pytest.raises(UsageError, match="is not a folder of GIMP's"):
        editor_at("gimp", tmp_path / folder, user)


def test_a_known_folder_named_by_hand_keeps_its_settings(tmp_path: Path) -> None:
    user = made_up(tmp_path)
    profile = user.home / ".local/share/krita"
    profile.mkdir(parents=True)
    assert editor_at("krita", profile, user) == find_editors(user)[0]


def test_the_current_user_is_the_one_of_this_process() -> None:
    assert User.current().home == Path.home()
