import pickle
from pathlib import Path

import pytest
import safetensors.torch
import torch
from torch import Tensor, nn

from flexit_engine.errors import WeightsError
from flexit_engine.networks.checkpoints import load_into, read_tensors, write_safetensors

WEIGHTS = {"a.weight": torch.arange(6.0).view(2, 3), "a.bias": torch.ones(2).half()}


class Attack:
    """Creates a file when it is unpickled by anything that runs pickles."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return Path.touch, (self.marker,)


def same(found: dict[str, Tensor], expected: dict[str, Tensor] = WEIGHTS) -> bool:
    return found.keys() == expected.keys() and all(
        torch.equal(found[name], expected[name]) for name in expected
    )


@pytest.mark.parametrize("legacy", [False, True])
def test_reads_a_state_dict(tmp_path: Path, legacy: bool) -> None:
    path = tmp_path / "weights.pt"
    torch.save(WEIGHTS, path, _use_new_zipfile_serialization=not legacy)
    assert same(read_tensors(path))


def test_reads_safetensors(tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    write_safetensors(WEIGHTS, path)
    assert same(read_tensors(path))
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_reads_a_lightning_checkpoint_without_lightning(tmp_path: Path) -> None:
    lightning = type(
        "ModelCheckpoint", (), {"__module__": "pytorch_lightning.callbacks.model_checkpoint"}
    )
    path = tmp_path / "last.ckpt"
    save_with_class({"state_dict": WEIGHTS, "callbacks": {lightning: {"best": 1}}}, lightning, path)
    assert same(read_tensors(path))


def save_with_class(contents: object, cls: type, path: Path) -> None:
    """Pickle a class that lives in a package which is not there."""
    import sys
    from types import ModuleType

    names = cls.__module__.split(".")
    modules = {".".join(names[: i + 1]): ModuleType(name) for i, name in enumerate(names)}
    setattr(modules[cls.__module__], cls.__name__, cls)
    sys.modules.update(modules)
    try:
        torch.save(contents, path)
    finally:
        for name in modules:
            del sys.modules[name]


def torchscript(path: Path) -> dict[str, Tensor]:
    """Write a TorchScript archive such as OpenAI publishes."""

    class Inner(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 1).half()
            self.norm = nn.BatchNorm2d(4)
            self.scale = nn.Parameter(torch.tensor(2.5))
            self.register_buffer("transposed", torch.arange(6.0).view(2, 3).t())
            self.register_buffer("input_resolution", torch.tensor(64))

        def forward(self, x: Tensor) -> Tensor:
            return self.norm(x)

    module = nn.Sequential(Inner(), nn.Linear(2, 2))
    torch.jit.save(torch.jit.script(module), path)
    return module.state_dict()


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_reads_a_torchscript_archive(tmp_path: Path) -> None:
    path = tmp_path / "RN50.pt"
    expected = torchscript(path)
    assert same(read_tensors(path), expected)


@pytest.mark.filterwarnings("ignore:`torch.jit")
def test_a_torchscript_archive_runs_nothing(tmp_path: Path) -> None:
    import zipfile

    path, marker = tmp_path / "RN50.pt", tmp_path / "marker"
    torchscript(tmp_path / "good.pt")
    with zipfile.ZipFile(tmp_path / "good.pt") as good, zipfile.ZipFile(path, "w") as bad:
        for name in good.namelist():
            evil = name.endswith("/data.pkl")
            bad.writestr(name, pickle.dumps(Attack(marker)) if evil else good.read(name))
    with pytest.raises(WeightsError, match="asks to run"):
        read_tensors(path)
    assert not marker.exists()


@pytest.mark.parametrize("legacy", [False, True])
@pytest.mark.parametrize("name", ["weights.pt", "last.ckpt", "vgg.pth"])
def test_a_malicious_pickle_runs_nothing(tmp_path: Path, name: str, legacy: bool) -> None:
    path, marker = tmp_path / name, tmp_path / "marker"
    torch.save(
        {"state_dict": WEIGHTS, "more": Attack(marker)},
        path,
        _use_new_zipfile_serialization=not legacy,
    )
    with pytest.raises(WeightsError, match=r"asks to run 'getattr' .* nothing was run"):
        read_tensors(path)
    assert not marker.exists()
    # the attack is a real one
    torch.load(path, weights_only=False)
    assert marker.exists()


def test_a_bare_malicious_pickle_runs_nothing(tmp_path: Path) -> None:
    path, marker = tmp_path / "weights.pt", tmp_path / "marker"
    path.write_bytes(pickle.dumps(Attack(marker)))
    with pytest.raises(WeightsError):
        read_tensors(path)
    assert not marker.exists()


@pytest.mark.parametrize("suffix", [".pt", ".pth", ".ckpt", ".safetensors"])
@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        (b"", "is empty"),
        (b"\n<!DOCTYPE html><html>Link does not exist</html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "Git LFS"),
        (b"\x80\x02garbage", "is damaged"),
        (b"{}", "is damaged"),
    ],
)
def test_says_what_a_failed_download_left(
    tmp_path: Path, suffix: str, contents: bytes, reason: str
) -> None:
    path = tmp_path / f"weights{suffix}"
    path.write_bytes(contents)
    with pytest.raises(WeightsError, match=reason):
        read_tensors(path)


def test_says_that_a_file_is_missing(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"'weights\.pt' is missing"):
        read_tensors(tmp_path / "weights.pt")


def test_says_that_a_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        read_tensors(tmp_path)


@pytest.mark.parametrize("kind", ["zip", "legacy", "safetensors"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.99])
def test_says_that_a_file_is_truncated(tmp_path: Path, kind: str, share: float) -> None:
    path = tmp_path / ("w.safetensors" if kind == "safetensors" else "w.pt")
    big = {"weight": torch.randn(100, 100)}
    if kind == "safetensors":
        safetensors.torch.save_file(big, path)
    else:
        torch.save(big, path, _use_new_zipfile_serialization=kind == "zip")
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(WeightsError, match="is damaged"):
        read_tensors(path)


def test_a_file_without_tensors_is_not_weights(tmp_path: Path) -> None:
    path = tmp_path / "weights.pt"
    torch.save([1, 2, 3], path)
    with pytest.raises(WeightsError, match="holds no weights"):
        read_tensors(path)


def test_load_into_names_what_is_missing_or_unlike() -> None:
    path = Path("some.pt")
    with pytest.raises(WeightsError, match=r"'some\.pt' does not hold a line .*'weight' and 1"):
        load_into(nn.Linear(3, 2), {}, path, "a line")
    wrong = {"weight": torch.ones(2, 4), "bias": torch.ones(2)}
    with pytest.raises(WeightsError, match="'weight' is 2×4"):
        load_into(nn.Linear(3, 2), wrong, path, "a line")
    line = nn.Linear(3, 2)
    load_into(line, {**wrong, "weight": torch.ones(2, 3).half(), "other": torch.ones(1)}, path, "")
    assert line.weight.dtype == torch.float32
    assert torch.equal(line.weight, torch.ones(2, 3))
