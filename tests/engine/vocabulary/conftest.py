"""The vocabulary as it is shipped."""

from __future__ import annotations

import pytest

from flexit_engine.vocabulary import Vocabulary


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    return Vocabulary.load()
