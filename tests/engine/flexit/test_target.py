from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from flexit_engine.errors import TextError
from flexit_engine.flexit.target import encode_texts, parse_query, parse_texts, target_point

from .tiny import tiny_networks


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", []),
        ("  , ,", []),
        ("cat", [("cat", 1.0)]),
        ("  a   red\tapple ", [("a red apple", 1.0)]),
        ("cat, animal", [("cat", 1.0), ("animal", 1.0)]),
        ("dog:0.7, wolf : .3", [("dog", 0.7), ("wolf", 0.3)]),
        ("ratio 3:1 cake", [("ratio 3:1 cake", 1.0)]),
        (":5", [(":5", 1.0)]),
    ],
)
def test_texts_and_weights_are_read(query: str, expected: list[tuple[str, float]]) -> None:
    assert parse_texts(query) == expected


@pytest.mark.parametrize("query", ["x" * 1001, "a\x00b", "a\x1b[31m", "cat:0"])
def test_texts_that_cannot_be_used_are_refused(query: str) -> None:
    with pytest.raises(TextError):
        parse_texts(query)


def test_a_query_needs_a_target_but_no_source() -> None:
    assert parse_query("", "dog").source == []
    with pytest.raises(TextError, match="become"):
        parse_query("cat", " ")


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
