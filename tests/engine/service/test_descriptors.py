"""An engine that may open few files opens more where it may, and otherwise gets by with few."""

from __future__ import annotations

from contextlib import ExitStack

import psutil
import pytest

from flexit_engine.service.descriptors import connections_each

from .conftest import Start
from .places import wait_for
from .test_storage import finish
from .test_wire import heard
from .wire import connect


def test_a_limit_that_may_be_raised_is(start: Start) -> None:
    engine = start(files=[64, 3000])
    assert psutil.Process(engine.process.pid).rlimit(psutil.RLIMIT_NOFILE) == (3000, 3000)


def test_with_few_files_a_crowd_of_strangers_neither_shuts_it_nor_fills_its_log(
    start: Start,
) -> None:
    engine = start(files=[64, 64], tcp=True)
    with ExitStack() as wires:
        for _ in range(100):
            wires.enter_context(connect(engine.address, tcp=True))
        assert heard(engine, tcp=False)
        finish(engine)
    wait_for(lambda: heard(engine))
    assert [entry for entry in engine.log() if entry["level"] == "ERROR"] == []
    assert len(engine.log()) < 10


@pytest.mark.parametrize(("files", "each"), [(64, 6), (20, 4), (1024, 246), (4096, 256)])
def test_files_are_shared_out(files: int, each: int) -> None:
    assert connections_each(files, 2) == each
