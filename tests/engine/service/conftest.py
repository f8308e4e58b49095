from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from .running import Running, faulty, running

Start = Callable[..., Running]

QUICK: dict[str, Any] = {"augmentations": 1, "resolution": 32}
"""Settings of edits whose steps take a millisecond or two with the small networks."""


@pytest.fixture
def faults(tmp_path: Path) -> Path:
    """The folder whose files make the networks fail: see `faulty_worker`."""
    folder = tmp_path / "faults"
    folder.mkdir()
    return folder


@pytest.fixture
def start(tmp_path: Path, faults: Path) -> Iterator[Start]:
    """Starts a service on the test's data folder, with small networks unless told otherwise.

    All that is still running is killed afterwards.
    """
    with ExitStack() as services:

        def put_up(**config: Any) -> Running:  # noqa: ANN401
            config = {"worker": faulty(faults), **config}
            return services.enter_context(running(config.pop("data", tmp_path / "data"), **config))

        yield put_up


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service with small networks for the tests of a file that leave it as it was."""
    folder = tmp_path_factory.mktemp("shared")
    with running(folder / "data", worker=faulty(folder / "faults"), max_queued=1000) as service:
        yield service
