from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close
from torch.utils._python_dispatch import TorchDispatchMode

from flexit_engine.flexit.augmentation import warp
from flexit_engine.flexit.losses import embedding_loss, latent_loss, perceptual_loss, total_loss
from flexit_engine.flexit.objective import Target, aim, evaluate, open_source, read
from flexit_engine.flexit.optimise import Step, draw_views, optimise
from flexit_engine.flexit.query import Query, parse_query
from flexit_engine.networks.interfaces import Networks
from flexit_engine.settings import Settings

QUERIES = [parse_query("cat", "dog"), parse_query("", "fox:2, wolf")]
SETTINGS = Settings(steps=3, augmentations=2)


def run(
    networks: Networks,
    image: Tensor,
    settings: Settings = SETTINGS,
    queries: list[Query] = QUERIES,
    seeds: tuple[int, ...] = (5, 6),
    mask: Tensor | None = None,
) -> list[Step]:
    source = open_source(image, networks, settings)
    target = aim(source, read(queries, source, networks), networks.encoders, settings, mask)
    return list(optimise(source, target, networks, settings, seeds))


def test_gradient_is_that_of_equation_5(networks: Networks, image: Tensor) -> None:
    """Term by term through the pixels gives the same as one backward pass through everything."""
    source = open_source(image, networks, SETTINGS)
    target = aim(source, read(QUERIES, source, networks), networks.encoders, SETTINGS)
    generators = [torch.Generator().manual_seed(seed) for seed in (1, 2)]
    views = draw_views(networks, 2, generators, image.device)
    assert all(view is not None for view in views)
    latent = source.latent + 0.1
    _, losses, gradient = evaluate(latent, views, source, target, networks, SETTINGS)

    latent.requires_grad_()
    decoded = networks.autoencoder.decode(latent)
    embedding = torch.stack(
        [
            embedding_loss(
                encoder.encode_image(warp(decoded, view, encoder.resolution)).view(2, 2, -1), point
            )
            for encoder, view, point in zip(networks.encoders, views, target.points, strict=True)
        ]
    ).mean(dim=0)
    perceptual = perceptual_loss(networks.perceptual, decoded, source.features)
    total = total_loss(
        embedding, perceptual, latent_loss(latent, source.latent, "l21", target.cost), 0.15, 0.05
    )
    (expected,) = torch.autograd.grad(total.sum(), latent)
    assert_close(losses.total, total.detach())
    assert_close(gradient, expected)


def test_each_step_has_the_same_length(networks: Networks, image: Tensor) -> None:
    steps = run(networks, image)
    z0 = steps[0].latent
    assert [step.index for step in steps] == [0, 1, 2, 3]
    for before, after in pairwise(steps):
        length = (after.latent - before.latent).flatten(1).norm(dim=1)
        assert_close(length, 0.05 * z0.flatten(1).norm(dim=1))


def test_steps_lower_the_loss(networks: Networks, image: Tensor) -> None:
    steps = run(networks, image, Settings(steps=20, augmentations=0, latent_weight=0))
    assert (steps[-1].losses.total < steps[0].losses.total).all()


def test_a_picture_does_not_know_its_neighbours(networks: Networks, image: Tensor) -> None:
    together = run(networks, image)[-1].latent
    alone = run(networks, image[1:], queries=QUERIES[1:], seeds=(6,))[-1].latent
    assert_close(together[1:], alone)


def test_the_same_seed_gives_the_same_bytes(networks: Networks, image: Tensor) -> None:
    first, again, other = (
        run(networks, image, seeds=seeds)[-1].latent for seeds in ((5, 6), (5, 6), (7, 6))
    )
    assert torch.equal(first, again)
    assert not torch.equal(first[0], other[0])


@pytest.mark.parametrize("name", ["perceptual_weight", "latent_weight", "image_weight"])
def test_each_weight_matters_and_can_be_switched_off(
    networks: Networks, image: Tensor, name: str
) -> None:
    with_it = run(networks, image, SETTINGS.replace(steps=2, **{name: 1.0}))
    without = run(networks, image, SETTINGS.replace(steps=2, **{name: 0}))
    assert not torch.equal(with_it[-1].latent, without[-1].latent)


def test_outside_the_selection_the_latent_does_not_move(networks: Networks, image: Tensor) -> None:
    mask = torch.zeros(2, 1, 32, 48, dtype=torch.float64)
    mask[:, :, 4, 4] = 1
    steps = run(networks, image, mask=mask)
    moved = (steps[-1].latent - steps[0].latent).abs().sum(dim=1)
    assert (moved[:, :2, :2] > 0).all(), "the selected cell and its neighbours move"
    assert moved[:, 2:].max() == 0
    assert moved[:, :, 2:].max() == 0


def test_without_the_gradient_mask_outside_costs_more(networks: Networks, image: Tensor) -> None:
    mask = torch.zeros(2, 1, 32, 48, dtype=torch.float64)
    mask[:, :, :8, :8] = 1

    def moved_outside(mask_latent: bool) -> Tensor:
        settings = Settings(
            steps=10, augmentations=0, mask_gradient=False, mask_latent=mask_latent, latent_weight=1
        )
        steps = run(networks, image, settings, mask=mask)
        return (steps[-1].latent - steps[0].latent)[:, :, 2:, 2:].norm()

    assert 0 < moved_outside(mask_latent=True) < 0.8 * moved_outside(mask_latent=False)


def test_pixels_can_be_optimised_and_stay_in_range(networks: Networks, image: Tensor) -> None:
    steps = run(networks, image, SETTINGS.replace(space="pixels", learning_rate=0.5))
    assert torch.equal(steps[0].image, image)
    assert steps[-1].image.min() >= 0
    assert steps[-1].image.max() <= 1
    assert not torch.equal(steps[-1].image, image)


def test_an_edit_goes_on_where_it_stopped(networks: Networks, image: Tensor) -> None:
    settings = SETTINGS.replace(steps=4, augmentations=2)
    whole = run(networks, image, settings)
    source = open_source(image, networks, settings)
    target = aim(source, read(QUERIES, source, networks), networks.encoders, settings)
    rest = list(optimise(source, target, networks, settings, (5, 6), whole[2].latent, first=2))
    assert [step.index for step in rest] == [2, 3, 4]
    assert torch.equal(rest[-1].latent, whole[4].latent)


def test_a_side_without_texts_leaves_its_term_out(networks: Networks, image: Tensor) -> None:
    source = open_source(image, networks, SETTINGS)
    target: Target = aim(source, read(QUERIES, source, networks), networks.encoders, SETTINGS)
    encoder, embeddings, points = networks.encoders[0], source.embeddings[0], target.points[0]
    fox, wolf, cat, dog = encoder.encode_text(["fox", "wolf", "cat", "dog"])
    mixed = (2 * fox + wolf) / (2 * fox + wolf).norm()
    assert_close(points[0], dog + 0.2 * embeddings[0] - 0.4 * cat)
    assert_close(points[1], mixed + 0.2 * embeddings[1])


class NoWaiting(TorchDispatchMode):
    """Fails on what would make the host wait for a GPU, or cannot be captured in a CUDA graph."""

    WAITING = ("aten._local_scalar_dense", "aten.item", "aten.nonzero", "aten.equal")

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:  # noqa: ANN401
        assert not str(func).startswith(self.WAITING), f"{func} waits for the device"
        return func(*args, **(kwargs or {}))


def test_nothing_inside_a_step_waits_for_the_device(networks: Networks, image: Tensor) -> None:
    source = open_source(image, networks, SETTINGS)
    mask = torch.ones_like(image[:, :1])
    target = aim(source, read(QUERIES, source, networks), networks.encoders, SETTINGS, mask)
    with NoWaiting():
        assert len(list(optimise(source, target, networks, SETTINGS, (1, 2)))) == 4
    with pytest.raises(AssertionError, match="waits"), NoWaiting():
        source.latent.sum().item()
