"""Weight files are looked for without reading more than can be theirs, and not for ever."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from flexit_engine.errors import InstallError
from flexit_engine.networks.profiles import WeightFile
from flexit_installer import partial, search, tools
from flexit_installer.environment import Environment
from flexit_installer.progress import tell_nobody
from flexit_installer.search import find

SHA = "0" * 64


def wanted(**known: object) -> WeightFile:
    facts = {"name": "net.pt", "role": "encoder", "licence": "MIT", "sha256": SHA, **known}
    return WeightFile.model_validate(facts)


@pytest.fixture(autouse=True)
def _nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_hash", lambda path, _: pytest.fail(f"{path} was read"))


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    """A file of six gigabytes that has no bytes of its own."""
    with (tmp_path / "net.pt").open("wb") as file:
        file.truncate(6 << 30)
    return tmp_path


def test_a_file_of_another_size_than_published_is_not_read(sparse: Path) -> None:
    found = find([wanted(size=1000)], sparse, tell_nobody)
    assert found.files == {}
    assert found.impostors == []
    assert found.misfits == ["The file 'net.pt' has 6,442,450,944 bytes instead of 1,000."]


def test_a_file_larger_than_any_network_is_not_read(sparse: Path) -> None:
    (sparse / "other.pt").symlink_to(sparse / "net.pt")
    found = find([wanted()], sparse, tell_nobody)
    assert (found.files, found.impostors) == ({}, [])
    assert f"instead of {partial.LARGEST:,} at most" in found.misfits[0]


def test_a_settings_file_is_no_gigabyte(sparse: Path) -> None:
    (sparse / "net.pt").rename(sparse / "net.yaml")
    found = find([wanted(name="net.yaml", role="config", sha256=None)], sparse, tell_nobody)
    assert found.files == {}


def test_a_file_that_grows_while_it_is_read_has_an_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    (tmp_path / "net.pt").write_bytes(bytes(10))

    class Growing:
        """Counts what was read; by then there is more."""

        def __init__(self, *_: object) -> None: ...

        def reach(self, done: int) -> None:
            assert done < 100 << 20
            with (tmp_path / "net.pt").open("ab") as file:
                file.write(bytes(1 << 20))

    monkeypatch.setattr(search, "Meter", Growing)
    assert find([wanted()], tmp_path, tell_nobody).files == {}


@pytest.fixture
def stuck(tmp_path: Path) -> Environment:
    """A Python that never answers."""
    (tmp_path / "python").write_text("#!/bin/sh\nexec sleep 1000\n")
    (tmp_path / "python").chmod(0o755)
    return Environment(tmp_path / "python", own=True)


def test_reading_a_file_takes_no_longer_than_it_may(
    stuck: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tools, "SECONDS_TO_EXPLAIN", 0.1)
    monkeypatch.setattr(tools, "SECONDS_TO_CONVERT", 0.1)
    reason = tools.explained(stuck, tmp_path / "net.pt")
    assert reason == "The file 'net.pt' is not the published one."
    with pytest.raises(InstallError, match="have not loaded within"):
        tools.converted(stuck, tools.Profile(name="x", title="x", resolution=64), tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="where memory can be limited")
def test_the_one_who_reads_gets_only_so_much_memory() -> None:
    script = (
        "from flexit_installer.conversion import ROOM, limit_memory\n"
        "limit_memory(1000)\n"
        "bytes(ROOM // 2)\n"
        "try: bytes(2 * ROOM)\n"
        "except MemoryError: print('refused')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == "refused\n"
