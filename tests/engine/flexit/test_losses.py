from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from flexit_engine.flexit.losses import embedding_loss, latent_loss, perceptual_loss
from flexit_engine.settings import LatentNorm

from .tiny import TinyPerceptual


def random(*shape: int) -> Tensor:
    return torch.rand(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(3))


def test_embedding_loss_is_the_negative_mean_product_with_the_target() -> None:
    views, target = random(2, 3, 5), random(2, 5) * 7
    expected = [-sum(float(view @ t) for view in v) / 3 for v, t in zip(views, target, strict=True)]
    assert_close(embedding_loss(views, target), torch.tensor(expected, dtype=torch.float64))


@pytest.mark.parametrize(
    ("norm", "expected"),
    [
        ("l21", (5 + 13) / (1 + 2)),
        ("l1", (3 + 4 + 5 + 12) / (1 + 2)),
        ("l2", (25 + 169) ** 0.5 / 5**0.5),
    ],
)
def test_latent_loss_is_relative_to_the_first_latent(norm: LatentNorm, expected: float) -> None:
    """Two cells: z0 has lengths 1 and 2, and they move by (3, 4) and (5, 12)."""
    first = torch.tensor([[[[1.0, 0.0]], [[0.0, 2.0]]]], dtype=torch.float64)
    moved = torch.tensor([[[[3.0, 5.0]], [[4.0, 12.0]]]], dtype=torch.float64)
    assert latent_loss(first + moved, first, norm).item() == pytest.approx(expected, rel=1e-5)


def test_weighted_cells_cost_more() -> None:
    first, moved = random(1, 4, 1, 2), torch.zeros(1, 4, 1, 2, dtype=torch.float64)
    moved[..., 1] = 1
    weight = torch.tensor([[[[1.0, 11.0]]]], dtype=torch.float64)
    ratio = latent_loss(first + moved, first, weight=weight) / latent_loss(first + moved, first)
    assert ratio.item() == pytest.approx(11, rel=1e-4)


@pytest.mark.parametrize(
    "loss",
    [
        lambda z: embedding_loss(z.flatten(1).unflatten(1, (3, 8)), random(2, 8)),
        lambda z: perceptual_loss(TinyPerceptual().double(), z[:, :3], (random(2, 4, 2, 3),)),
        *(
            lambda z, norm=norm: latent_loss(z, random(2, 4, 2, 3) * 2, norm, random(2, 1, 2, 3))
            for norm in ("l21", "l1", "l2")
        ),
    ],
    ids=["embedding", "perceptual", "l21", "l1", "l2"],
)
def test_gradients_in_float64(loss: Callable[[Tensor], Tensor]) -> None:
    torch.manual_seed(0)
    latent = torch.randn(2, 4, 2, 3, dtype=torch.float64, requires_grad=True)
    state = torch.random.get_rng_state()

    def seeded(z: Tensor) -> Tensor:
        torch.random.set_rng_state(state)
        return loss(z)

    assert torch.autograd.gradcheck(seeded, (latent,))


@pytest.mark.parametrize("norm", ["l21", "l1", "l2"])
def test_the_gradient_is_finite_where_nothing_moved(norm: LatentNorm) -> None:
    first = random(1, 4, 2, 3)
    latent = first.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(latent_loss(latent, first, norm).sum(), latent)
    assert gradient.isfinite().all()
    assert gradient.abs().max() > 0
