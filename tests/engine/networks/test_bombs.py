"""Weight files that claim more than they hold are refused before they take memory or time."""

from __future__ import annotations

import io
import pickle
import struct
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest
import torch

from flexit_engine.errors import WeightsError
from flexit_engine.networks.checkpoints import read_tensors

LITTLE = 8 << 20
"""Bytes of memory that a file of a few kilobytes may take."""
HUGE = 512 << 20


class Node:
    """A module as TorchScript pickles it."""


Node.__module__, Node.__qualname__ = "__torch__", "Node"


class Leaf:
    """A tensor of one number as TorchScript pickles it."""

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return torch._utils._rebuild_tensor_v2, (Storage, 0, (1,), (1,), False, {})


class Storage:
    """Where its number is."""


class Pickler(pickle.Pickler):
    def persistent_id(self, value: object) -> object:
        return ("storage", torch.FloatStorage, "0", "cpu", 1) if value is Storage else None


def torchscript(path: Path, data: bytes, compression: int = zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("x/constants.pkl", b"")
        archive.writestr("x/data.pkl", data)
        archive.writestr("x/data/0", bytes(4))
    return path


def memo(_: Path) -> bytes:
    """The last thing it remembers has a huge number: a table of that length would be made."""
    return b"\x80\x02}" + b"r" + struct.pack("<I", HUGE // 8) + b"."


def length(_: Path) -> bytes:
    """A block of bytes of which it has none."""
    return b"\x80\x05" + b"\x96" + struct.pack("<Q", HUGE) + b"."


@pytest.mark.parametrize("pickled", [memo, length], ids=lambda each: each.__name__)
def test_a_pickle_that_claims_more_than_it_has(tmp_path: Path, pickled: object) -> None:
    assert callable(pickled)
    path = torchscript(tmp_path / "a.pt", pickled(tmp_path))
    assert path.stat().st_size < 500
    refused_at_little_cost(path)


@pytest.mark.parametrize("compression", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_that_unfolds(tmp_path: Path, compression: int) -> None:
    path = torchscript(tmp_path / "a.pt", pickle.dumps(bytes(64 << 20)), compression)
    assert path.stat().st_size < 1 << 20
    refused_at_little_cost(path)


def test_an_archive_of_torchs_that_unfolds(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1 << 24)}, tmp_path / "plain.pt")
    path = tmp_path / "a.pt"
    with (
        zipfile.ZipFile(tmp_path / "plain.pt") as plain,
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in plain.namelist():
            packed.writestr(name, plain.read(name))
    refused_at_little_cost(path)


def test_a_number_that_is_repeated_for_ever(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1).expand(1 << 40)}, tmp_path / "a.pt")
    refused_at_little_cost(tmp_path / "a.pt")


def test_modules_that_hold_each_other_twice_are_walked_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Forty of them have a million million names; it must not take longer than that of forty."""
    monkeypatch.setitem(sys.modules, "__torch__", sys.modules[__name__])
    root = node = Node()
    for _ in range(40):
        inner = Node()
        node.__dict__.update(a=inner, b=inner)
        node = inner
    path = torchscript(tmp_path / "a.pt", pickle.dumps(root, 2))
    assert read_tensors(path) == {}


def test_names_without_number_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__torch__", sys.modules[__name__])
    root: object = Leaf()
    for _ in range(40):
        outer = Node()
        outer.__dict__.update(a=root, b=root)
        root = outer
    data = io.BytesIO()
    Pickler(data, 2).dump(root)
    refused_at_little_cost(torchscript(tmp_path / "a.pt", data.getvalue()))


def test_modules_within_themselves_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "__torch__", sys.modules[__name__])
    node = Node()
    node.__dict__.update(a=node)
    assert read_tensors(torchscript(tmp_path / "a.pt", pickle.dumps(node, 2))) == {}


def refused_at_little_cost(path: Path) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(WeightsError, match="damaged or not a weight file"):
            read_tensors(path)
        assert tracemalloc.get_traced_memory()[1] < LITTLE
    finally:
        tracemalloc.stop()
