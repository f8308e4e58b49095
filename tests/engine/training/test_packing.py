"""What is sent to another machine: small, and enough to go on there."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from flexit_engine.errors import UsageError
from flexit_engine.training.corpus import Corpus
from flexit_engine.training.gallery import Gallery
from flexit_engine.training.packing import QUALITIES, pack, unpack
from flexit_engine.training.teacher import teacher_files


def test_a_package_has_all_that_stages_go_on_from(
    out: Path, corpus: Corpus, teacher: Path, tmp_path: Path
) -> None:
    package = tmp_path / "package.zip"
    assert pack(out, teacher, package, 10**9) == QUALITIES[0]
    there = unpack(package, tmp_path / "there")
    assert [path.read_bytes() for path in teacher_files(there)] == [
        path.read_bytes() for path in teacher_files(teacher)
    ]
    again = Corpus.load(tmp_path / "there" / "corpus")
    assert again.pictures == corpus.pictures
    for before, after in ((corpus.sprites, again.sprites), (corpus.photos, again.photos)):
        assert (before.float() - after.float()).abs().mean() < 3
    assert (again.sprites[:, :3] <= again.sprites[:, 3:]).all()
    pools = [Gallery.load(f / "corpus", corpus).pools for f in (out, tmp_path / "there")]
    assert [[len(pool) for pool in each.values()] for each in pools] == [[2, 5, 8]] * 2
    first, second = (torch.stack(each["photographs"]).float() for each in pools)
    assert (first - second).abs().mean() < 3


def test_pictures_are_as_good_as_the_package_allows(
    out: Path, teacher: Path, tmp_path: Path
) -> None:
    package = tmp_path / "package.zip"
    pack(out, teacher, package, 10**9)
    smaller = package.stat().st_size - 1000
    assert pack(out, teacher, package, smaller) < QUALITIES[0]
    assert package.stat().st_size <= smaller
    with pytest.raises(UsageError, match="do not fit"):
        pack(out, teacher, package, 1000)
