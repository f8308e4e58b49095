"""Reading weight files: tensors out, or one sentence that says what is wrong. Nothing is executed.

Published weights come as pickles, and a pickle can run anything when it is opened. They are read
only through unpicklers that know tensors and plain containers: `torch.load(weights_only=True)` and,
for TorchScript archives, `read_torchscript`.
"""

from __future__ import annotations

import os
import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

from flexit_engine.errors import WeightsError
from flexit_engine.networks.bombs import check_archive, check_tensors
from flexit_engine.networks.profiles import FETCH_AGAIN
from flexit_engine.networks.torchscript import is_torchscript, read_torchscript

_FORBIDDEN_GLOBAL = re.compile(r"Unsupported (?:global|operand|class)\D*?: GLOBAL ([\w.]+)")

# Lightning 1.x wrote this class into its checkpoints, as the key under which its state lies. The
# unpickler is given an empty class of that name, so that Lightning need not be there.
_LIGHTNING_KEY = type(
    "ModelCheckpoint", (), {"__module__": "pytorch_lightning.callbacks.model_checkpoint"}
)


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Tensors of a `.safetensors`, `.pt`, `.pth` or `.ckpt` file, by name, on the CPU.

    Of a Lightning checkpoint the `state_dict`; of a TorchScript archive its module's.

    Raises:
        WeightsError: the file is missing, empty, damaged, not a weight file, or asks to run code.
    """
    refuse_other_files(path)
    try:
        contents = _read(path)
    except pickle.UnpicklingError as error:
        if found := _FORBIDDEN_GLOBAL.search(str(error)):
            raise WeightsError(
                f"The weight file {path.name!r} asks to run {found[1]!r} while being opened; "
                "nothing was run.",
                "Do not use it: get it from its publisher again.",
            ) from None
        raise _damaged(path) from error
    # A damaged pickle can raise anything: IndexError, KeyError, AttributeError, RuntimeError…
    except Exception as error:
        raise _damaged(path) from error
    if isinstance(contents, Mapping) and isinstance(contents.get("state_dict"), Mapping):
        contents = contents["state_dict"]
    if not isinstance(contents, Mapping):
        raise WeightsError(f"The file {path.name!r} holds no weights.", FETCH_AGAIN)
    tensors = {str(name): value for name, value in contents.items() if isinstance(value, Tensor)}
    try:
        check_tensors(tensors, path)
    except pickle.UnpicklingError as error:
        raise _damaged(path) from error
    return tensors


def _read(path: Path) -> object:
    if path.suffix == ".safetensors":
        return safetensors.torch.load_file(path)
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            check_archive(archive, path.stat().st_size)
    if is_torchscript(path):
        return read_torchscript(path)
    with torch.serialization.safe_globals([_LIGHTNING_KEY]):
        return torch.load(path, map_location="cpu", weights_only=True)


def refuse_other_files(path: Path) -> None:
    """Refuse what a failed download leaves behind.

    Raises:
        WeightsError: the file is missing, unreadable, empty, a web page or a Git LFS pointer.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(512).lstrip().lower()
    except FileNotFoundError:
        raise WeightsError(
            f"The weight file {path.name!r} is missing.",
            f"Fetch it into {str(path.parent)!r} from a source its profile names.",
        ) from None
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise WeightsError(f"The weight file {path.name!r} cannot be read: {reason}.") from error
    if not start:
        raise WeightsError(f"The weight file {path.name!r} is empty.", FETCH_AGAIN)
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        raise WeightsError(
            f"The file {path.name!r} is a web page, not weights: its download link is dead.",
            FETCH_AGAIN,
        )
    if start.startswith(b"version https://git-lfs"):
        raise WeightsError(f"The file {path.name!r} is only a Git LFS pointer.", FETCH_AGAIN)


def load_into(module: nn.Module, tensors: Mapping[str, Tensor], path: Path, kind: str) -> None:
    """Give a module its weights; tensors it does not have are left out.

    Args:
        module: may be on the meta device.
        tensors: float32 or float16, by the module's own names; become its parameters.
        path: where they come from, for the error.
        kind: what the file should hold, for the error.

    Raises:
        WeightsError: some are missing or of another shape; names the first.
    """
    wanted = module.state_dict()
    if missing := [name for name in wanted if name not in tensors]:
        raise wrong_network(path, kind, f"no {missing[0]!r}", len(missing) - 1)
    if unlike := [name for name in wanted if wanted[name].shape != tensors[name].shape]:
        shape = "×".join(map(str, tensors[unlike[0]].shape))
        raise wrong_network(path, kind, f"{unlike[0]!r} is {shape}", len(unlike) - 1)
    module.load_state_dict({name: tensors[name].float() for name in wanted}, assign=True)


def wrong_network(path: Path, kind: str, reason: str, others: int = 0) -> WeightsError:
    """The error of a file that holds another network."""
    more = f" and {others} more" if others else ""
    return WeightsError(f"The file {path.name!r} does not hold {kind} ({reason}{more}).")


def write_safetensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """Write tensors to a file that appears under its name only when it is complete."""
    partial = path.with_name(f"{path.name}.partial")
    safetensors.torch.save_file({k: v.contiguous() for k, v in tensors.items()}, partial)
    os.replace(partial, path)


def _damaged(path: Path) -> WeightsError:
    return WeightsError(
        f"The weight file {path.name!r} is damaged or not a weight file.", FETCH_AGAIN
    )
