from __future__ import annotations

import pytest

from flexit_engine.errors import TextError
from flexit_engine.flexit.query import parse_query, parse_texts


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
