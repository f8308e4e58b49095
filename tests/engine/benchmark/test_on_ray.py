"""On Ray: the same bytes, and nothing lost when an actor dies."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flexit_engine.benchmark.datasets import DataFolder
from flexit_engine.benchmark.minidata import MiniData
from flexit_engine.benchmark.on_ray import OnRay
from flexit_engine.benchmark.queries import choose, draw_queries
from flexit_engine.benchmark.run import Here, Plan, Shard, work_through
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.benchmark.worker import Place, Worker
from flexit_engine.errors import UsageError, WorkerDied

ray = pytest.importorskip("ray", reason="the extra `ray` is not installed")
pytestmark = pytest.mark.filterwarnings("ignore")  # Ray's own

FAST = {"steps": 2, "augmentations": 1, "composition": "decoded"}
EDIT = MethodSpec(name="FlexIT", settings=FAST)


@pytest.fixture(scope="module")
def cluster() -> Iterator[None]:
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level="error")
    yield
    ray.shutdown()


@pytest.fixture
def place(minidata: Path) -> Place:
    return Place(DataFolder(minidata, 96), "cpu", threads=1)


def plan(folder: Path, minidata: Path, spec: MethodSpec) -> Plan:
    data = MiniData(minidata, 96)
    queries = choose(draw_queries(data.labels, data.sources, 0), "dev", 6, 0)
    return Plan(folder, [spec], queries, 2)


def pictures(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*/*.png")}


@pytest.mark.usefixtures("cluster")
def test_two_actors_make_the_same_bytes_as_this_process(
    place: Place, minidata: Path, tmp_path: Path
) -> None:
    alone = plan(tmp_path / "alone", minidata, EDIT)
    work_through(alone, Here(Worker(place)), Shard(), False)
    there = plan(tmp_path / "ray", minidata, EDIT)
    work_through(there, OnRay(place, "", 2), Shard(), False)
    assert len(pictures(there.folder)) == 6
    assert pictures(there.folder) == pictures(alone.folder)


class Once:
    """A user's method that ends its process the first time it is called."""

    def __init__(self, mark: str) -> None:
        self.mark = Path(mark)

    def __call__(self, picture: Any, source: str, target: str) -> Any:  # noqa: ANN401, ARG002
        if not self.mark.exists():
            self.mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return picture


class Always:
    """One that ends it every time."""

    def __call__(self, picture: Any, source: str, target: str) -> Any:  # noqa: ANN401, ARG002
        os.kill(os.getpid(), signal.SIGKILL)


class Fails:
    """One that is wrong in an ordinary way."""

    def __call__(self, picture: Any, source: str, target: str) -> None:  # noqa: ANN401
        pass


def own(name: str, **arguments: str) -> MethodSpec:
    path = f"tests.engine.benchmark.test_on_ray:{name}"
    return MethodSpec(name="own", kind="own", path=path, arguments=arguments)


@pytest.mark.usefixtures("cluster")
def test_a_killed_actor_loses_nothing(place: Place, minidata: Path, tmp_path: Path) -> None:
    killed = plan(tmp_path / "out", minidata, own("Once", mark=str(tmp_path / "mark")))
    assert work_through(killed, OnRay(place, "", 2), Shard(), False) == 6
    assert (tmp_path / "mark").exists()
    assert len(pictures(killed.folder)) == 6


@pytest.mark.usefixtures("cluster")
def test_queries_that_kill_every_actor_end_the_run_in_words(
    place: Place, minidata: Path, tmp_path: Path
) -> None:
    with pytest.raises(WorkerDied, match="3 actors died"):
        work_through(plan(tmp_path, minidata, own("Always")), OnRay(place, "", 1), Shard(), False)


@pytest.mark.usefixtures("cluster")
def test_an_error_in_an_actor_is_the_one_it_raised(
    place: Place, minidata: Path, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="returned a NoneType"):
        work_through(plan(tmp_path, minidata, own("Fails")), OnRay(place, "", 1), Shard(), False)
