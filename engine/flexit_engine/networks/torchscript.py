"""Tensors of a TorchScript archive, read without running anything in it.

OpenAI publishes CLIP as TorchScript archives. `torch.load(weights_only=True)` refuses those, and
`torch.jit.load` compiles the archive's code and may run its `__setstate__` methods (it is also
deprecated). So the archive's `data.pkl` is read here with an unpickler that knows nothing but
tensors, plain containers and empty objects; the archive's code is never looked at.

The format: https://docs.pytorch.org/docs/stable/jit.html and torch/csrc/jit/serialization.
"""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from flexit_engine.networks.bombs import check_pickle

MOST_TENSORS = 10_000
"""Of a module; the largest that is published has some hundreds."""
_TYPED_LISTS = {"build_boollist", "build_doublelist", "build_intlist", "build_tensorlist"}
_DTYPES = {
    "HalfStorage": torch.float16,
    "BFloat16Storage": torch.bfloat16,
    "FloatStorage": torch.float32,
    "DoubleStorage": torch.float64,
    "IntStorage": torch.int32,
    "LongStorage": torch.int64,
    "BoolStorage": torch.bool,
}


def is_torchscript(path: Path) -> bool:
    """Whether a file is a TorchScript archive (a zip with `constants.pkl`)."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())


def read_torchscript(path: Path) -> dict[str, Tensor]:
    """State dict of the module in a TorchScript archive.

    Raises:
        pickle.UnpicklingError: the archive asks for anything but tensors.
        zipfile.BadZipFile: it is damaged.
        Exception: whatever a damaged pickle makes of itself.
    """
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/data.pkl"))
        module = _TensorUnpickler(archive, name.removesuffix("data.pkl")).load()
    return _named_tensors(module, {})


def _named_tensors(module: Any, known: dict[int, dict[str, Tensor]]) -> dict[str, Tensor]:  # noqa: ANN401
    """The tensors below a module; each module is walked once, however many hold it."""
    if id(module) not in known:
        found = known[id(module)] = {}  # where it holds itself, there is nothing more
        for name, value in vars(module).items():
            if isinstance(value, Tensor):
                found[name] = value
            elif hasattr(value, "__dict__"):
                inner = _named_tensors(value, known)
                found.update({f"{name}.{each}": tensor for each, tensor in inner.items()})
            if len(found) > MOST_TENSORS:
                raise pickle.UnpicklingError("its modules have too many names")
    return known[id(module)]


class _TensorUnpickler(pickle.Unpickler):
    """Finds tensors, dicts and empty objects; anything else a pickle may ask for is refused."""

    def __init__(self, archive: zipfile.ZipFile, root: str) -> None:
        data = archive.read(f"{root}data.pkl")
        check_pickle(data)
        super().__init__(io.BytesIO(data))
        self._archive = archive
        self._root = root
        self._storages: dict[tuple[str, str], Tensor] = {}

    def find_class(self, module: str, name: str) -> type | Callable[..., Any] | str:
        if module == "__torch__" or module.startswith("__torch__."):
            return type("Module", (), {})
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda storage, offset, size, stride, *_: torch.as_strided(
                storage, size, stride, offset
            )
        if (module, name) == ("collections", "OrderedDict"):
            return dict
        if module == "torch.jit._pickle" and name in _TYPED_LISTS:
            return list
        if module == "torch" and name in _DTYPES:
            return name
        raise pickle.UnpicklingError(f"Unsupported global: GLOBAL {module}.{name}")

    def persistent_load(self, pid: tuple[str, str, str, str, int]) -> Tensor:
        _, kind, key, _, _ = pid
        if (kind, key) not in self._storages:
            raw = bytearray(self._archive.read(f"{self._root}data/{key}"))
            self._storages[kind, key] = torch.frombuffer(raw, dtype=_DTYPES[kind])
        return self._storages[kind, key]
