import subprocess
import sys
from pathlib import Path

import pytest
import torch

from flexit_engine.errors import ProfileError, WeightsError
from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.load import load_networks
from flexit_engine.networks.profiles import (
    Profile,
    WeightFile,
    list_profiles,
    load_profile,
    missing_files,
    read_profile,
    sha256,
)
from tests.engine.reference import profile_of

FILE = WeightFile(
    name="a.ckpt",
    converted="a.safetensors",
    role="autoencoder",
    size=3,
    sha256="ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    licence="MIT",
)


def test_profiles() -> None:
    assert list_profiles() == ("mini", "paper", "paper5")
    for name in list_profiles():
        assert load_profile(name).name == name


def test_paper_profiles() -> None:
    paper, more = load_profile("paper"), load_profile("paper5")
    names = [file.network for file in more.files_for("encoder")]
    assert names == ["RN50", "RN50x4", "ViT-B/32", "RN50x16", "ViT-B/16"]
    assert more.files[: len(paper.files)] == paper.files
    assert paper.resolution == more.resolution == 288
    for file in more.files:
        assert file.sha256
        assert all(source.startswith("https://") for source in file.sources)
        if file.role == "encoder":
            assert file.size
            assert file.sha256 in file.sources[0]
    for role in ("autoencoder", "config"):
        assert len(paper.files_for(role)[0].sources) >= 2


def test_no_such_profile() -> None:
    with pytest.raises(ProfileError, match=r"no profile '\.\./x'.*mini, paper, paper5"):
        load_profile("../x")


@pytest.mark.parametrize(
    "text",
    [
        "title = ",
        "title = 'x'",
        "title = 'x'\nresolution = 'big'",
        "title = 'x'\nresolution = 96\nsurprise = 1",
        "title = 'x'\nresolution = 96\n[[files]]\nname = '../x'\nrole = 'config'\nlicence = ''",
        "title = 'x'\nresolution = 96\n[presets.draft]\nsteps = -1",
        "extends = 'nothing'\ntitle = 'x'\nresolution = 96",
    ],
)
def test_broken_description(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text)
    with pytest.raises(ProfileError, match=r"'broken\.toml' is broken|'nothing\.toml' is broken"):
        read_profile(path)


def test_weights_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FLEXIT_WEIGHTS", str(tmp_path))
    assert load_profile("paper").folder == tmp_path
    assert load_profile("mini").folder != tmp_path
    monkeypatch.delenv("FLEXIT_WEIGHTS")
    monkeypatch.delenv("FLEXIT_DATA", raising=False)
    assert load_profile("paper").folder.parts[-2:] == ("flexit", "weights")
    monkeypatch.setenv("FLEXIT_DATA", str(tmp_path / "other disk"))
    assert load_profile("paper").folder == tmp_path / "other disk/weights"


def test_installed_names_what_is_missing(tmp_path: Path) -> None:
    profile = Profile(name="x", title="x", resolution=96, files=(FILE,))
    assert missing_files(profile, tmp_path) == (FILE,)
    (tmp_path / "a.safetensors").touch()
    assert missing_files(profile, tmp_path) == ()


def test_converted_file_is_preferred(tmp_path: Path) -> None:
    assert FILE.path(tmp_path) == tmp_path / "a.ckpt"
    (tmp_path / "a.safetensors").touch()
    assert FILE.path(tmp_path) == tmp_path / "a.safetensors"
    FILE.check_contents(tmp_path)


def test_size_and_hash(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"'a\.ckpt' is missing"):
        FILE.check_size(tmp_path)
    path = tmp_path / "a.ckpt"
    path.write_bytes(b"abc")
    assert sha256(path) == FILE.sha256
    FILE.check_contents(tmp_path)
    path.write_bytes(b"abd")
    FILE.check_size(tmp_path)
    with pytest.raises(WeightsError, match="not the published one"):
        FILE.check_contents(tmp_path)
    path.write_bytes(b"ab")
    with pytest.raises(WeightsError, match="has 2 bytes instead of 3"):
        FILE.check_size(tmp_path)


def test_describing_profiles_imports_no_torch() -> None:
    code = (
        "import sys; from flexit_engine.networks.profiles import missing_files, load_profile;"
        "missing_files(load_profile('paper')); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_load_networks(reference_networks: Networks) -> None:
    assert [encoder.name for encoder in reference_networks.encoders] == [
        "rn-tiny", "rn-wide", "vit-tiny",
    ]  # fmt: skip
    assert reference_networks.autoencoder.stride == 16


def test_load_networks_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"'vqgan\.ckpt' is missing"):
        load_networks(profile_of(["rn-tiny"]), torch.device("cpu"), folder=tmp_path)


def test_load_networks_names_a_missing_role(tmp_path: Path) -> None:
    profile = Profile(name="x", title="x", resolution=96)
    with pytest.raises(ProfileError, match="needs one autoencoder file, not 0"):
        load_networks(profile, torch.device("cpu"), folder=tmp_path)
