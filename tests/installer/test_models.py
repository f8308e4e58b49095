from __future__ import annotations

import functools
import os
import pickle
import shutil
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from flexit_engine.errors import DownloadError, InstallError, ProfileError, WeightsError
from flexit_engine.networks.load import load_networks
from flexit_engine.networks.profiles import Profile, load_profile, missing_files
from flexit_engine.ownership import STAMP, stamp
from flexit_installer import models, records
from flexit_installer.environment import Environment
from flexit_installer.progress import tell_nobody
from tests.engine.networks.test_checkpoints import Attack
from tests.engine.service.places import wait_for

from .weights import make_weights, profile

HERE = Environment(Path(sys.executable), own=False)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_weights(tmp_path_factory.mktemp("published"))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the weights go."""
    monkeypatch.setenv("FLEXIT_WEIGHTS", str(tmp_path / "weights"))
    return tmp_path / "weights"


@pytest.fixture
def stick(tmp_path: Path, published: Path) -> Path:
    """The files under other names, somewhere on a USB stick."""
    for number, path in enumerate(sorted(published.iterdir())):
        target = tmp_path / f"stick/{number}/copy of {number}{path.suffix}"
        target.parent.mkdir(parents=True)
        shutil.copy(path, target)
    (tmp_path / "stick/holiday.txt").write_text("holiday")
    return tmp_path / "stick"


@pytest.fixture(scope="module")
def imported(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which all was imported once."""
    folder = tmp_path_factory.mktemp("imported")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLEXIT_WEIGHTS", str(folder))
        models.import_files(profile(published), published, HERE, tell_nobody)
    return folder


@pytest.fixture
def complete(folder: Path, imported: Path) -> Path:
    """The folder of the weights, with all in it."""
    shutil.copytree(imported, folder)
    return folder


@pytest.fixture(scope="module")
def server(published: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(published))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}"
        httpd.shutdown()
        thread.join()


def loads(wanted: Profile) -> bool:
    networks = load_networks(wanted, torch.device("cpu"), precision="float32")
    return len(networks.encoders) == len(wanted.files_for("encoder"))


def test_files_are_imported_by_what_they_are_converted_and_load(
    folder: Path, stick: Path, published: Path
) -> None:
    wanted = profile(published)
    come = models.import_files(wanted, stick, HERE, tell_nobody)
    assert {path.name for path in come} == {file.name for file in wanted.files}
    assert missing_files(wanted) == ()
    assert (folder / "vqgan.safetensors").is_file()
    assert loads(wanted)
    assert models.verify(wanted) == []
    assert all(records.is_unchanged(file.path(folder)) for file in wanted.files)
    assert models.import_files(wanted, stick, HERE, tell_nobody) == []


@pytest.mark.parametrize("way", ["import", "pull"])
def test_a_folder_that_others_share_keeps_its_rights(
    folder: Path, published: Path, server: str, way: str
) -> None:
    folder.mkdir()
    folder.chmod(0o2775)
    if way == "import":
        models.import_files(profile(published), published, HERE, tell_nobody)
    else:
        models.pull(profile(published), HERE, tell_nobody, mirror=server)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2775


def test_a_folder_of_our_own_is_private(folder: Path, published: Path) -> None:
    models.import_files(profile(published), published, HERE, tell_nobody)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_originals_go_only_on_request_and_nothing_needs_them(
    complete: Path, published: Path
) -> None:
    wanted = profile(published)
    assert (complete / "vqgan.ckpt").is_file()
    models.make_ready(wanted, HERE, [], remove_originals=True)
    assert not (complete / "vqgan.ckpt").exists()
    assert missing_files(wanted) == ()
    assert loads(wanted)
    assert models.verify(wanted) == []


def test_files_are_pulled_from_the_mirror_first(folder: Path, published: Path, server: str) -> None:
    wanted = profile(published, sources=["http://127.0.0.1:9"])
    with pytest.raises(DownloadError, match="cannot be reached"):
        models.pull(Profile.model_validate(wanted), HERE, tell_nobody, mirror="http://127.0.0.1:9")
    models.pull(wanted, HERE, tell_nobody, mirror=server)
    assert missing_files(wanted) == ()
    assert loads(wanted)
    assert not list(folder.glob("*.part*"))


PULL = """
import sys
from pathlib import Path
from flexit_engine.networks.profiles import Profile
from flexit_installer import models
from flexit_installer.environment import Environment

models.make_ready = lambda *_, **__: None  # it takes long, and comes after what is tried
profile = Profile.model_validate_json(sys.argv[1])
models.pull(profile, Environment(Path(sys.executable), own=False), lambda _: None)
"""


@pytest.fixture
def gate(published: Path) -> Iterator[tuple[str, threading.Event]]:
    """A server that sends half of each file, and the rest once it may."""
    may = threading.Event()

    class Halting(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_GET(self) -> None:
            content = (published / self.path.strip("/")).read_bytes()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2])
            self.wfile.flush()
            may.wait(60)
            self.wfile.write(content[len(content) // 2 :])

    with ThreadingHTTPServer(("127.0.0.1", 0), Halting) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_address[1]}", may
        may.set()
        httpd.shutdown()
        thread.join()


def test_of_two_that_pull_at_once_one_is_told_to_wait_and_the_other_has_all(
    folder: Path, published: Path, gate: tuple[str, threading.Event]
) -> None:
    url, may = gate
    wanted = profile(published, [url])
    words = [sys.executable, "-c", PULL, wanted.model_dump_json()]
    with subprocess.Popen(words) as first:
        wait_for(lambda: list(folder.glob("*.part")))
        for change in (
            lambda: models.pull(wanted, HERE, tell_nobody),
            lambda: models.import_files(wanted, published, HERE, tell_nobody),
            lambda: models.verify(wanted),
            lambda: models.remove(wanted),
        ):
            with pytest.raises(InstallError, match="Something else is changing the networks"):
                change()
        may.set()
    assert first.returncode == 0
    assert models.verify(wanted) == []
    assert all(records.recorded_hash(folder / file.name) == file.sha256 for file in wanted.files)
    assert not [path for path in folder.iterdir() if ".part" in path.name or "lock" in path.name]


def test_what_something_else_has_written_is_not_recorded_as_right(
    folder: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "download", lambda wanted, *_: wanted.target.touch())
    with pytest.raises(WeightsError, match="something else has written it"):
        models.pull(profile(published, ["http://127.0.0.1:9"]), HERE, tell_nobody)
    assert {path.name for path in folder.iterdir()} == {STAMP}


def test_without_a_published_hash_nothing_is_pulled(
    folder: Path, published: Path, server: str
) -> None:
    with pytest.raises(WeightsError, match="Nobody can tell whether"):
        models.pull(profile(published, [server], hashes=False), HERE, tell_nobody)
    assert [path.name for path in folder.iterdir()] == [STAMP]


@pytest.mark.parametrize("hashes", [True, False])
def test_a_malicious_pickle_in_their_place_runs_nothing_and_is_named_as_such(
    folder: Path, published: Path, tmp_path: Path, hashes: bool
) -> None:
    wanted, marker = profile(published, hashes=hashes), tmp_path / "marker"
    evil = tmp_path / "evil"
    shutil.copytree(published, evil)
    torch.save({"state_dict": {}, "more": Attack(marker)}, evil / "vqgan.ckpt")
    with pytest.raises(WeightsError, match=r"'vqgan\.ckpt' asks to run .* nothing was run"):
        models.import_files(wanted, evil, HERE, tell_nobody)
    assert not marker.exists()
    assert {path.name for path in folder.iterdir()} - {"verified.json"} == {STAMP}
    torch.load(evil / "vqgan.ckpt", weights_only=False)  # the attack is a real one
    assert marker.exists()


def test_a_bare_malicious_pickle_is_not_published_and_runs_nothing(
    folder: Path, published: Path, tmp_path: Path
) -> None:
    evil, marker = tmp_path / "evil", tmp_path / "marker"
    evil.mkdir()
    (evil / "vgg16.pth").write_bytes(pickle.dumps(Attack(marker)))
    with pytest.raises(WeightsError, match=r"lacks .*vgg16\.pth"):
        models.import_files(profile(published), evil, HERE, tell_nobody)
    assert not marker.exists()
    assert [path.name for path in folder.iterdir()] == [STAMP]


def test_another_network_of_the_right_name_does_not_stay(
    folder: Path, published: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(published, other)
    torch.save({"features.0.weight": torch.ones(1)}, other / "vgg16.pth")
    with pytest.raises(WeightsError, match=r"'vgg16\.pth' does not hold VGG16"):
        models.import_files(profile(published, hashes=False), other, HERE, tell_nobody)
    assert not (folder / "vgg16.pth").exists()


def test_no_folder_to_import_from_is_said(folder: Path, published: Path) -> None:
    with pytest.raises(WeightsError, match="no folder"):
        models.import_files(profile(published), folder / "nowhere", HERE, tell_nobody)


@pytest.mark.parametrize("name", ["vgg16.pth", "vqgan.safetensors"])
def test_a_changed_byte_is_found(complete: Path, published: Path, name: str) -> None:
    wanted, path = profile(published), complete / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert not records.is_unchanged(path)
    (wrong,) = models.verify(wanted)
    assert name in wrong
    assert models.verify(wanted) == [wrong]  # and is not forgotten


@pytest.mark.parametrize("name", ["vgg16.pth", "vqgan.safetensors"])
@pytest.mark.parametrize("seen", [True, False])
def test_what_is_wrong_is_fetched_or_made_again_and_nothing_else(
    complete: Path, published: Path, server: str, name: str, seen: bool
) -> None:
    """Whether it shows in size and time, or only `verify` has seen it: a bad spot of the disk."""
    wanted, path = profile(published, [server, server]), complete / name
    about = path.stat()
    path.write_bytes(bytes(about.st_size - seen))
    if not seen:
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
        assert len(models.verify(wanted)) == 1
    come = models.pull(wanted, HERE, tell_nobody)
    assert [each.name for each in come] == [name] * (name == "vgg16.pth")
    assert models.verify(wanted) == []
    assert loads(wanted)


def test_only_what_no_other_profile_needs_is_removed(
    complete: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = profile(published)
    first, *others = wanted.files_for("encoder")
    kept_files = tuple(file for file in wanted.files if file not in others)
    small = wanted.model_copy(update={"name": "small", "files": kept_files})
    monkeypatch.setattr(models, "installed_profiles", lambda: [wanted, small])
    gone, kept = models.remove(wanted)
    assert {path.name for path in gone} == {file.name for file in others}
    assert set(kept) == {file.name for file in small.files}
    assert missing_files(small) == ()
    assert models.verify(small) == []
    (complete / f"{first.name}.part").write_bytes(b"x")
    stamp(complete)
    monkeypatch.setattr(models, "installed_profiles", lambda: [small])
    models.remove(small)
    assert not complete.exists()


def test_the_embedded_profile_cannot_be_removed() -> None:
    with pytest.raises(ProfileError, match="part of FlexIT itself"):
        models.remove(load_profile("mini"))
    assert models.verify(load_profile("mini")) == []


def test_every_downloaded_file_has_a_hash_and_two_sources() -> None:
    files = {file.name: file for name in ("paper", "paper5") for file in load_profile(name).files}
    assert all(file.sha256 for file in files.values())
    assert [name for name, file in files.items() if len(file.sources) < 2] == []
