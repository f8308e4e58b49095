import pytest
import torch

from flexit_engine.errors import DeviceError
from flexit_engine.networks.device import choose_device, choose_dtype

CPU, CUDA = torch.device("cpu"), torch.device("cuda:0")


def pretend(
    monkeypatch: pytest.MonkeyPatch, cuda: int = 0, xpu: int = 0, mps: bool = False
) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
    monkeypatch.setattr(torch.xpu, "device_count", lambda: xpu)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)


@pytest.mark.parametrize(
    ("there", "chosen"),
    [
        ({}, "cpu"),
        ({"mps": True}, "mps"),
        ({"xpu": 1, "mps": True}, "xpu"),
        ({"cuda": 2, "xpu": 1}, "cuda"),
    ],
)
def test_auto(monkeypatch: pytest.MonkeyPatch, there: dict[str, int], chosen: str) -> None:
    pretend(monkeypatch, **there)
    assert choose_device("auto") == torch.device(chosen)


def test_one_of_several(monkeypatch: pytest.MonkeyPatch) -> None:
    pretend(monkeypatch, cuda=2)
    assert choose_device("cuda:1") == torch.device("cuda:1")
    with pytest.raises(DeviceError, match=r"'cuda:2' is not there.*cuda:0, cuda:1, cpu"):
        choose_device("cuda:2")


@pytest.mark.parametrize("name", ["cuda", "cuda:1", "xpu", "mps", "meta", "cpu:1"])
def test_not_there(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    pretend(monkeypatch)
    with pytest.raises(DeviceError, match=f"'{name}' is not there. This machine has: cpu"):
        choose_device(name)


@pytest.mark.parametrize("name", ["", "gpu", "cuda:x", "cuda:-1", "cpu\n"])
def test_not_a_device(name: str) -> None:
    with pytest.raises(DeviceError, match="no kind of device"):
        choose_device(name)


@pytest.mark.parametrize(
    ("amx", "avx512", "convolutional", "transformer"),
    [
        (True, True, torch.bfloat16, torch.bfloat16),
        (False, True, torch.bfloat16, torch.float32),
        (False, False, torch.float32, torch.float32),
    ],
)
def test_dtype_on_cpu(
    monkeypatch: pytest.MonkeyPatch,
    amx: bool,
    avx512: bool,
    convolutional: torch.dtype,
    transformer: torch.dtype,
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx512)
    assert choose_dtype(CPU, "convolutional") == convolutional
    assert choose_dtype(CPU, "transformer") == transformer
    assert choose_dtype(CPU, "convolutional", "float32") == torch.float32


@pytest.mark.parametrize(
    ("capability", "dtype"), [((9, 0), torch.bfloat16), ((7, 5), torch.float32)]
)
def test_dtype_on_cuda(
    monkeypatch: pytest.MonkeyPatch, capability: tuple[int, int], dtype: torch.dtype
) -> None:
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    assert choose_dtype(CUDA, "convolutional") == choose_dtype(CUDA, "transformer") == dtype
    assert choose_dtype(CUDA, "transformer", "float32") == torch.float32
