from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from flexit.client import Engine

from .stand_in import Script, StandIn

Stand = Callable[..., StandIn]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, and no other that could be found."""
    place = tmp_path / "data"
    place.mkdir()
    monkeypatch.setenv("FLEXIT_DATA", str(place))
    return place


@pytest.fixture
def engine(folder: Path) -> Engine:
    """The client's side."""
    return Engine(folder)


@pytest.fixture
def stand(folder: Path) -> Iterator[Stand]:
    """Puts up an engine that follows a script."""
    with ExitStack() as engines:

        def put_up(script: Script, **facts: Any) -> StandIn:  # noqa: ANN401
            return engines.enter_context(StandIn(facts.pop("folder", folder), script, **facts))

        yield put_up
