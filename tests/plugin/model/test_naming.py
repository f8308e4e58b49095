"""Names of layers."""

from __future__ import annotations

import pytest

from flexit.model import layer_name
from flexit.model.naming import LONGEST


def test_a_layer_is_called_by_its_texts_and_seed() -> None:
    assert layer_name("cat", "dog", 7) == "cat → dog #7"
    assert layer_name("", "dog", 7) == "dog #7"


@pytest.mark.parametrize("source", ["", "cat", "long " * 50])
def test_a_name_is_one_short_line_that_ends_with_the_seed(source: str) -> None:
    name = layer_name(source, "a\nb\0\u202e" + "x" * 300, 99_999)
    assert len(name) <= LONGEST
    assert name.isprintable()
    assert name.endswith("… #99999")
