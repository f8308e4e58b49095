from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .scripted import Scripted


@pytest.fixture
def scripted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """An engine that makes edits as a test wants them, and the only one that can be found."""
    monkeypatch.setenv("FLEXIT_DATA", str(tmp_path))
    with Scripted(tmp_path) as engine:
        yield engine
