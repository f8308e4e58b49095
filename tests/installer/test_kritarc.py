from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flexit_installer import kritarc

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
