from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.testing import assert_close

from flexit_engine.flexit.augmentation import sample_views, warp, whole


def views(count: int = 4000, seed: int = 0) -> Tensor:
    return sample_views(count, torch.Generator().manual_seed(seed))


def test_views_keep_the_papers_ranges() -> None:
    linear = views()[:, :, :2]
    area = linear.det().abs()
    width, height = linear.norm(dim=1).unbind(dim=1)
    angle = torch.atan2(-linear[:, 0, 1], linear[:, 1, 1]).rad2deg()
    assert 0.8 - 1e-5 <= area.min() < 0.81
    assert 0.99 < area.max() <= 1 + 1e-5
    # A crop that would not fit is cut at the picture's side, so its ratio stays within the range.
    assert 0.9 - 1e-5 <= (width / height).min() < 0.92
    assert 1.08 < (width / height).max() <= 1.1 + 1e-5
    assert -10 <= angle.min() < -9.9
    assert 9.9 < angle.max() <= 10
    assert math.isclose((linear.det() < 0).double().mean().item(), 0.5, abs_tol=0.03)


def test_an_unrotated_crop_stays_inside_the_picture() -> None:
    matrix = views()
    rotation = torch.atan2(-matrix[:, 0, 1], matrix[:, 1, 1])
    cosine, sine = rotation.cos(), rotation.sin()
    turn_back = torch.stack([cosine, sine, -sine, cosine], dim=-1).view(-1, 2, 2)
    centre = (turn_back @ matrix[:, :, 2:]).squeeze(-1).abs()
    half = matrix[:, :, :2].norm(dim=1)
    assert (centre + half).max() <= 1 + 1e-5


def test_the_same_seed_draws_the_same_views() -> None:
    assert torch.equal(views(5, seed=7), views(5, seed=7))
    assert not torch.equal(views(5, seed=7), views(5, seed=8))


IDENTITY = torch.tensor([[1.0, 0, 0], [0, 1, 0]])
FLIP = torch.tensor([[-1.0, 0, 0], [0, 1, 0]])


def test_the_identity_view_is_the_picture_and_the_flip_its_mirror() -> None:
    image = torch.rand(2, 3, 16, 16)
    seen = warp(image, torch.stack([IDENTITY, FLIP]).expand(2, 2, 2, 3), 16)
    assert_close(seen[0::2], image, atol=1e-5, rtol=0)
    assert_close(seen[1::2], image.flip(-1), atol=1e-5, rtol=0)


def test_a_rotated_view_is_black_outside_the_picture() -> None:
    angle = math.radians(10)
    turn = torch.tensor(
        [[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0]]
    )
    seen = warp(torch.ones(1, 3, 32, 32), turn.expand(1, 1, 2, 3), 32)
    assert seen[0, 0, 0, 0] == 0
    assert_close(seen[0, :, 16, 16], torch.ones(3))


def test_shrinking_does_not_alias() -> None:
    """A checkerboard finer than the view's pixels is grey, not a pattern."""
    board = (torch.arange(96)[:, None] + torch.arange(96)) % 2
    image = board.float().expand(1, 3, 96, 96)
    for seen in (warp(image, IDENTITY.expand(1, 1, 2, 3), 40), whole(image, 40)):
        assert (seen - 0.5).abs().max() < 0.05
