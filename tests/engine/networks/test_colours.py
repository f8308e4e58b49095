"""The encoder of colours."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from flexit_engine.errors import UnknownWords
from flexit_engine.networks.mini.colours import PROTOTYPES, ColourEncoder, cielab

NAMES = list(PROTOTYPES)


def plain(rgb: tuple[float, float, float]) -> Tensor:
    return torch.tensor(rgb).view(1, 3, 1, 1).expand(1, 3, 32, 32)


@pytest.mark.parametrize(
    ("rgb", "lab"),
    [
        ((1, 1, 1), (100, 0, 0)),
        ((0, 0, 0), (0, 0, 0)),
        ((1, 0, 0), (53.24, 80.09, 67.20)),
        ((0, 0, 1), (32.30, 79.19, -107.86)),
        ((0.2, 0.2, 0.2), (21.25, 0, 0)),
    ],
)
def test_cielab_has_the_published_values(
    rgb: tuple[float, float, float], lab: tuple[float, float, float]
) -> None:
    found = cielab(torch.tensor(rgb, dtype=torch.float32).view(1, 3, 1, 1)).flatten()
    torch.testing.assert_close(found, torch.tensor(lab, dtype=torch.float32), atol=0.1, rtol=0)


@pytest.mark.parametrize("name", NAMES)
def test_each_colour_is_nearest_to_its_own_word(name: str) -> None:
    encoder = ColourEncoder()
    red, green, blue = (value / 255 for value in PROTOTYPES[name])
    likeness = encoder.encode_image(plain((red, green, blue))) @ encoder.encode_text(NAMES).T
    assert NAMES[int(likeness.argmax())] == name


def test_only_the_region_counts() -> None:
    encoder = ColourEncoder()
    picture = torch.cat([plain((0.85, 0.1, 0.1)), plain((0.1, 0.6, 0.2))], dim=3)
    region = torch.zeros(1, 1, 32, 64)
    region[..., 40:60] = 0.5
    picture.requires_grad_()
    embedding = encoder.encode_region(picture, region)
    assert NAMES[int(embedding.argmax())] == "green"
    (slope,) = torch.autograd.grad(embedding[0, NAMES.index("blue")], picture)
    assert slope[..., 42:58].abs().max() > 0
    assert not slope[..., :36].any()


def test_a_black_picture_has_a_gradient() -> None:
    picture = torch.zeros(1, 3, 16, 16, requires_grad=True)
    embedding = ColourEncoder().encode_image(picture)
    (slope,) = torch.autograd.grad(embedding[0, NAMES.index("red")], picture)
    assert slope.isfinite().all()
    assert slope.any()


def test_only_basic_colour_words_are_known() -> None:
    encoder = ColourEncoder()
    torch.testing.assert_close(encoder.encode_text(["black white"]).norm(dim=1), torch.ones(1))
    with pytest.raises(UnknownWords, match="mauve"):
        encoder.encode_text(["mauve"])
