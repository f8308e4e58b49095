"""The latents of an edit, in a file that outlives everybody."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from flexit_engine.errors import StorageError
from flexit_engine.worker.trail import Trail
from tests.engine.service.places import full_disk

SHAPE = torch.Size((2, 3, 4))


def latent(step: int, shape: torch.Size = SHAPE) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(step))


def kept(folder: Path, steps: int) -> Trail:
    trail = Trail(folder, SHAPE)
    for step in range(steps):
        trail.keep(step, latent(step))
    return trail


def test_each_step_comes_back_to_the_bit(tmp_path: Path) -> None:
    trail = kept(tmp_path, 5)
    again = Trail(tmp_path, SHAPE)
    assert len(trail) == len(again) == 5
    for step in range(5):
        assert torch.equal(trail.read(step), latent(step))
        assert torch.equal(again.read(step), latent(step))


def test_nothing_is_there_at_first(tmp_path: Path) -> None:
    assert len(Trail(tmp_path, SHAPE)) == 0


def test_what_is_kept_is_not_overwritten(tmp_path: Path) -> None:
    trail = kept(tmp_path, 3)
    trail.keep(1, latent(99))
    assert torch.equal(trail.read(1), latent(1))
    assert len(trail) == 3


@pytest.mark.parametrize("steps", [0, 1, 3])
@pytest.mark.parametrize("torn", [1, 50, 95])
def test_a_step_half_written_does_not_count_and_is_written_anew(
    tmp_path: Path, steps: int, torn: int
) -> None:
    kept(tmp_path, steps + 1)
    (file,) = tmp_path.iterdir()
    with file.open("r+b") as half:
        half.truncate(96 * steps + torn)
    trail = Trail(tmp_path, SHAPE)
    assert len(trail) == steps
    trail.keep(steps, latent(7))
    assert torch.equal(Trail(tmp_path, SHAPE).read(steps), latent(7))


def test_one_resolution_is_never_taken_for_another(tmp_path: Path) -> None:
    kept(tmp_path, 4)
    other = Trail(tmp_path, torch.Size((2, 4, 3)))
    assert len(other) == 0
    other.keep(0, latent(5, torch.Size((2, 4, 3))))
    assert torch.equal(Trail(tmp_path, SHAPE).read(3), latent(3))


def test_a_full_disk_is_told_in_words_and_keeps_what_was_there(tmp_path: Path) -> None:
    trail = kept(tmp_path, 2)
    with full_disk(), pytest.raises(StorageError, match="cannot be kept") as caught:
        trail.keep(2, latent(2))
    assert caught.value.hint
    assert len(trail) == len(Trail(tmp_path, SHAPE)) == 2
    assert torch.equal(trail.read(1), latent(1))
    trail.keep(2, latent(2))
    assert torch.equal(trail.read(2), latent(2))
