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
        ("猫，狗", [("猫", 1.0), ("狗", 1.0)]),
        ("ねこ、いぬ：0.5", [("ねこ", 1.0), ("いぬ", 0.5)]),
        ("red\u00a0apple\u3000pie", [("red apple pie", 1.0)]),
        ("le\u00admon", [("lemon", 1.0)]),
        ("👩\u200d🚀", [("👩\u200d🚀", 1.0)]),
        ("\ufeffcat\u200b\u200e, ", [("cat", 1.0)]),
    ],
)
def test_texts_and_weights_are_read(query: str, expected: list[tuple[str, float]]) -> None:
    assert parse_texts(query) == expected


@pytest.mark.parametrize(
    "query", ["x" * 1001, "a\x00b", "a\x1b[31m", "a\ud800b", "a\ue000", "cat:0"]
)
def test_texts_that_cannot_be_used_are_refused(query: str) -> None:
    with pytest.raises(TextError):
        parse_texts(query)


def test_a_query_needs_a_target_but_no_source() -> None:
    assert parse_query("", "dog").source == []
    with pytest.raises(TextError, match="become"):
        parse_query("cat", " ")
