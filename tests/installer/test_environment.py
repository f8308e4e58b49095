from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

import pytest

from flexit_engine.errors import InstallError, WeightsError
from flexit_engine.networks import profiles
from flexit_engine.service.discovery import is_alive
from flexit_installer import making, plugins, uninstalling, uv
from flexit_installer import probe as probing
from flexit_installer.backend import accelerator, backends, nvidia_capabilities
from flexit_installer.environment import (
    own_environment,
    probe,
    record_command,
    this_environment,
)
from flexit_installer.making import ensure_environment
from flexit_installer.manifest import read_manifest
from flexit_installer.places import KINDS
from flexit_installer.progress import Progress, tell_nobody
from flexit_installer.requirement import engine_requirement
from flexit_installer.uv import UvFailed, run_uv, uv_environment
from tests.engine.service.places import wait_for

from .homes import program, snapshot
from .tiny import facts, wheel


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_OFFLINE", "1")


@pytest.fixture
def there(data: Path) -> Path:
    data.mkdir(parents=True)
    return data


def test_an_environment_is_made_tried_and_tidied_up_after(there: Path, tmp_path: Path) -> None:
    told: list[Progress] = []
    found = ensure_environment(there, told.append, wheel(tmp_path))
    assert found.model_dump() == facts()
    assert {path.name for path in there.iterdir()} == {"env"}
    assert {each.task for each in told} == {"making a place", "downloading the engine"}


def test_its_python_is_its_own_and_its_programs_find_it(there: Path, tmp_path: Path) -> None:
    ensure_environment(there, tell_nobody, wheel(tmp_path))
    python = own_environment(there).python
    words = [python, "-c", "import sys; print(sys.prefix, sys.prefix != sys.base_prefix)"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said.split() == [str(there / "env"), "True"]
    assert str(there) not in (there / "env/bin/flexit").read_text()


def test_a_whole_environment_is_used_again(there: Path, tmp_path: Path) -> None:
    ensure_environment(there, tell_nobody, wheel(tmp_path))
    before = snapshot(there)
    ensure_environment(there, tell_nobody, "no-such-thing")
    assert snapshot(there) == before


def test_another_gpu_gets_an_environment_made_for_it(there: Path, tmp_path: Path) -> None:
    """Such as one whose driver came after FlexIT: until then, torch was one without GPUs."""
    ensure_environment(there, tell_nobody, wheel(tmp_path))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "nvidia_capabilities", lambda: [8.6])
        with pytest.raises(UvFailed):
            ensure_environment(there, tell_nobody, "no-such-thing")
        ensure_environment(there, tell_nobody, wheel(tmp_path))
        ensure_environment(there, tell_nobody, "no-such-thing")
    ensure_environment(there, tell_nobody, "no-such-thing")  # its driver is silent for a moment


def test_an_environment_with_damaged_networks_is_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = profiles.load_profile("mini").files[0].model_copy(update={"sha256": "0" * 64})
    mini = profiles.load_profile("mini").model_copy(update={"files": (damaged,)})
    assert probing.facts()["devices"][0]["error"] is None
    monkeypatch.setattr(probing, "load_profile", lambda _: mini)
    with pytest.raises(WeightsError, match="is not the published one"):
        probing.facts()


@pytest.mark.parametrize("damage", ["python", "package", "version"])
def test_a_broken_or_old_environment_is_made_anew(there: Path, tmp_path: Path, damage: str) -> None:
    old = wheel(tmp_path / "old", "0.0.1") if damage == "version" else wheel(tmp_path)
    ensure_environment(there, tell_nobody, old)
    python = own_environment(there).python
    if damage == "python":
        python.unlink()
    elif damage == "package":
        next((there / "env").rglob("probe.py")).unlink()
    ensure_environment(there, tell_nobody, wheel(tmp_path))
    assert probe(own_environment(there)).model_dump() == facts()


def test_what_fails_leaves_the_old_environment_as_it_was(there: Path, tmp_path: Path) -> None:
    ensure_environment(there, tell_nobody, wheel(tmp_path / "old", "0.0.1"))
    before = snapshot(there / "env")
    with pytest.raises(UvFailed, match="Downloading the engine failed"):
        ensure_environment(there, tell_nobody, "no-such-thing-at-all")
    broken = wheel(tmp_path, probe="raise SystemExit('no kernel')")
    with pytest.raises(InstallError, match=r"broken \(no kernel\)"):
        ensure_environment(there, tell_nobody, broken)
    assert snapshot(there / "env") == before
    assert not [path for path in there.iterdir() if path.name.startswith(".flexit-part")]


def test_too_little_room_is_said_first(
    there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "free_bytes", lambda _: 10**9)
    monkeypatch.setattr(making, "accelerator", lambda: "cuda")
    with pytest.raises(InstallError, match=r"needs 6\.0 GB .* 1\.0 GB are free"):
        ensure_environment(there, tell_nobody, wheel(tmp_path))
    assert list(there.iterdir()) == []


def test_nothing_of_an_editors_environment_reaches_uv(there: Path) -> None:
    editor = {
        "PYTHONPATH": "/usr/lib/krita",
        "PYTHONHOME": "/mnt/.mount",
        "LD_LIBRARY_PATH": "/mnt/.mount/lib",
        "VIRTUAL_ENV": "/opt/venv",
        "PATH": "/usr/bin",
        "UV_INDEX": "https://mirror.example/simple",
        "UV_CACHE_DIR": "/shared/cache",
        "PIP_INDEX_URL": "https://pip.example/simple",
        "https_proxy": "http://proxy:3128",
    }
    passed = uv_environment(editor, there)
    assert {name: passed.get(name) for name in editor} == {
        **dict.fromkeys(editor),
        "PATH": "/usr/bin",
        "UV_INDEX": "https://mirror.example/simple",
        "UV_CACHE_DIR": str(there / "cache"),
        "https_proxy": "http://proxy:3128",
    }
    assert passed["UV_DEFAULT_INDEX"] == "https://pip.example/simple"


def test_uv_ends_with_whoever_asked_it(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An interruption in the middle, such as Ctrl-C, ends uv and what it has started."""
    pid = there / "pid"
    slow = program(there / "uv").with_name("uv")
    slow.write_text(
        f"#!/bin/sh\nsleep 60 & echo $! > {pid}\necho 'Downloading x (1.0MiB)' >&2\nwait\n"
    )
    monkeypatch.setattr(uv, "_program", lambda: str(slow))

    def interrupt(progress: Progress) -> None:
        if progress.total:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_uv(["x"], there, "waiting", interrupt)
    wait_for(lambda: not is_alive(int(pid.read_text())))


def test_where_only_the_package_index_is_in_reach_its_own_torch_is_taken(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def stand_in(words: list[str], *_: object) -> None:
        asked.append([word for word in words if str(word).startswith("--torch-backend")])
        if asked[-1]:
            raise UvFailed("It failed.", said="Failed to fetch: https://download.pytorch.org/x")

    monkeypatch.setattr(making, "run_uv", stand_in)
    making._fill(own_environment(there), "flexit", "auto", there, tell_nobody)
    assert asked == [["--torch-backend=auto"], []]


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ("8.6", ["auto", "cu126", "cpu"]),
        ("6.1", ["cu126", "cpu"]),
        ("6.1\n9.0", ["auto", "cu126", "cpu"]),
        ("[N/A]", ["auto"]),
    ],
)
def test_a_gpu_that_is_too_old_for_new_builds_gets_an_older_one(
    tmp_path: Path, says: str, expected: list[str]
) -> None:
    program(tmp_path / "nvidia-smi", says)
    environ = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    assert list(backends(environ)) == expected
    assert list(backends({"PATH": "/nonexistent"})) == ["auto"]
    assert list(backends({**environ, "UV_TORCH_BACKEND": "rocm6.4"})) == ["rocm6.4"]
    assert nvidia_capabilities({"PATH": "/nonexistent"}) == []


def test_the_size_is_that_of_the_build_that_uv_will_take(tmp_path: Path) -> None:
    def device(name: str, kind: str, vendor: str) -> None:
        folder = tmp_path / "sys/bus/pci/devices" / name
        folder.mkdir(parents=True)
        (folder / "class").write_text(f"{kind}\n")
        (folder / "vendor").write_text(f"{vendor}\n")

    environ = {"PATH": str(tmp_path / "bin")}
    device("0000:00:1f.0", "0x060100", "0x8086")
    device("0000:01:00.0", "0x030000", "0x1234")
    assert accelerator(environ, tmp_path) == "cpu"
    device("0000:00:02.0", "0x030000", "0x8086")
    assert accelerator(environ, tmp_path) == "xpu"
    program(tmp_path / "bin/rocm_agent_enumerator", "gfx1100")
    assert accelerator(environ, tmp_path) == "rocm"
    program(tmp_path / "bin/nvidia-smi", "8.6")
    assert accelerator(environ, tmp_path) == "cuda"
    assert accelerator({**environ, "UV_TORCH_BACKEND": "cpu"}, tmp_path) == "cpu"
    assert accelerator({**environ, "UV_TORCH_BACKEND": "rocm6.4"}, tmp_path) == "rocm"


def test_a_gpu_without_kernels_gets_the_next_build(
    there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The probe says so at first; what it is asked is what was really tried."""
    tried = tmp_path / "tried"
    good, bad = json.dumps(facts()), json.dumps(facts(error="no kernel image is available"))
    code = (
        f"import pathlib; tried = pathlib.Path({str(tried)!r}); first = not tried.exists()\n"
        f"tried.touch(); print({bad!r} if first else {good!r})"
    )
    program(tmp_path / "bin/nvidia-smi", "7.0")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    asked = []
    real = making._fill
    monkeypatch.setattr(making, "_fill", lambda *words: (asked.append(words[2]), real(*words))[1])
    assert ensure_environment(there, tell_nobody, wheel(tmp_path, probe=code)).gpus_work
    assert asked == ["cu126", "cpu"]


def test_the_engine_is_this_very_flexit_from_a_copy_of_its_sources(tmp_path: Path) -> None:
    requirement = engine_requirement(tmp_path)
    (copy,) = tmp_path.iterdir()
    assert requirement == f"flexit[engine] @ {copy.as_uri()}"
    assert (copy / "pyproject.toml").is_file()
    assert not (copy / ".git").exists()


@pytest.fixture
def installed(there: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The packages' folder of a FlexIT that came from an index, which recorded nothing."""
    packages = tmp_path / "packages"
    words = ["pip", "install", "--no-deps", "--target", packages, wheel(tmp_path)]
    run_uv(words, there, "installing", tell_nobody)
    for record in packages.glob("*.dist-info/direct_url.json"):
        record.unlink()
    (found,) = distributions(name="flexit", path=[str(packages)])
    monkeypatch.setattr("flexit_installer.requirement._installed", lambda: (found, {}))
    return packages


def test_a_flexit_from_an_index_brings_its_own_wheel(there: Path, installed: Path) -> None:
    """Nobody can put another one under its name into an index."""
    (installed / "flexit_engine/__pycache__").mkdir(exist_ok=True)
    (installed / "flexit_engine/__pycache__/x.pyc").write_bytes(b"x")
    assert ensure_environment(there, tell_nobody).model_dump() == facts()
    (made,) = distributions(
        name="flexit", path=map(str, (there / "env").glob("lib/*/site-packages"))
    )
    came = json.loads(made.read_text("direct_url.json") or "{}")
    assert came["url"].startswith("file://")
    assert (there / "env/bin/flexit").is_file()
    assert not list((there / "env").rglob("x.pyc"))


@pytest.mark.parametrize("harm", ["changed", "missing", "unlisted"])
def test_a_damaged_flexit_is_not_passed_on(there: Path, installed: Path, harm: str) -> None:
    file = installed / "flexit_engine/__init__.py"
    if harm == "changed":
        file.write_text("import os\n")
    elif harm == "missing":
        file.unlink()
    else:
        next(installed.glob("*.dist-info/RECORD")).unlink()
    with pytest.raises(InstallError, match=r"missing or was changed|Nothing tells which files"):
        ensure_environment(there, tell_nobody)


def test_sources_that_are_gone_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    origin = {"url": "file:///gone", "dir_info": {"editable": True}}
    monkeypatch.setattr("flexit_installer.requirement._installed", lambda: (None, origin))
    with pytest.raises(InstallError, match="'/gone' is gone"):
        engine_requirement(tmp_path)


@pytest.mark.parametrize(
    "place",
    ["uv.toml", "pyproject.toml", ".local/uv.toml", ".config/uv/uv.toml"],
)
def test_uv_obeys_no_file_that_somebody_has_put_there(
    home: Path, there: Path, tmp_path: Path, place: str
) -> None:
    (home / place).parent.mkdir(parents=True, exist_ok=True)
    (home / place).write_text("this is no [configuration")
    assert ensure_environment(there, tell_nobody, wheel(tmp_path)).model_dump() == facts()


def test_the_users_own_choice_of_a_configuration_counts(there: Path) -> None:
    assert uv_environment({}, there)["UV_NO_CONFIG"] == "1"
    assert "UV_NO_CONFIG" not in uv_environment({"UV_CONFIG_FILE": "/mine"}, there)


def test_the_environment_this_runs_in_will_do_if_it_is_whole(there: Path) -> None:
    here = this_environment(there)
    assert here is not None
    assert here.python == Path(sys.executable)
    record_command(there, here)
    command = [sys.executable, "-I", "-m", "flexit_engine"]
    assert json.loads((there / "command.json").read_text()) == command


INSTALL = """
import sys
from pathlib import Path
from flexit_engine.service.discovery import data_folder
from flexit_installer import installing
from flexit_installer.editors import find_editors
from flexit_installer.places import User

user = User.current()
todo = installing.plan(find_editors(user), data_folder(), own=True)
installing.carry_out(todo, user.home, lambda _: None, requirement=sys.argv[1])
"""


def test_killed_at_thirty_random_moments_a_second_run_always_completes(
    home: Path, data: Path, tmp_path: Path
) -> None:
    for profile in (".local/share/krita", ".config/GIMP/3.0"):
        (home / profile).mkdir(parents=True)
    before = snapshot(home)
    requirement = wheel(tmp_path)
    words = [sys.executable, "-c", INSTALL, requirement]
    environ = {**os.environ, "PATH": "/usr/bin:/bin"}
    subprocess.run(words, env=environ, check=True)  # the first time takes longer
    uninstalling.carry_out(uninstalling.plan(data, KINDS, ()), data)
    subprocess.run(words, env=environ, check=True)
    whole = snapshot(home).keys()
    chance, killed = random.Random(7), 0  # noqa: S311 -- no secret
    for _ in range(30):
        uninstalling.carry_out(uninstalling.plan(data, KINDS, ()), data)
        assert snapshot(home) == before
        share = chance.random() * len(whole)
        with subprocess.Popen(words, env=environ) as process:
            while process.poll() is None and count(home) < share:
                time.sleep(0.001)
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
        subprocess.run(words, env=environ, check=True)
        assert without_caches(snapshot(home)) == without_caches(whole)
        assert not [
            path for each in read_manifest(data).plugins for path in plugins.changed_files(each)
        ]
    assert killed > 15, "most were done before they could be killed"


def count(folder: Path) -> int:
    """Files and folders, while some come and go."""
    return sum(len(folders) + len(files) for _, folders, files in os.walk(folder))


def without_caches(names: Iterable[str]) -> list[str]:
    return [name for name in names if "__pycache__" not in name]
