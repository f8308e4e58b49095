from __future__ import annotations

import torch
from torch.testing import assert_close

from flexit_engine.flexit.query import parse_texts
from flexit_engine.flexit.target import encode_texts, target_point

from .tiny import tiny_networks


def test_several_texts_are_their_weighted_mean_of_unit_length() -> None:
    encoder = tiny_networks().encoders[0]
    cat, dog = encoder.encode_text(["cat", "dog"])
    mixed = encode_texts(encoder, parse_texts("cat:3, dog:1"))
    assert_close(mixed, (3 * cat + dog) / (3 * cat + dog).norm())
    assert_close(encode_texts(encoder, parse_texts("cat")), cat)


def test_target_point_is_equation_1() -> None:
    target, source, image = torch.rand(3, 5)
    point = target_point(target, source, image, source_weight=0.4, image_weight=0.2)
    assert_close(point, target + 0.2 * image - 0.4 * source)
