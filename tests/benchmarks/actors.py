"""Two of Ray's actors against one, each on a thread and a core of its own."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from flexit_engine.benchmark.datasets import DataFolder
from flexit_engine.benchmark.on_ray import OnRay
from flexit_engine.benchmark.queries import choose, draw_queries
from flexit_engine.benchmark.run import Batch
from flexit_engine.benchmark.suites import MethodSpec
from flexit_engine.benchmark.worker import Place
from tests.engine.benchmark.tiny import write_minidata

BATCHES = 8
"""That each actor edits."""
EDIT = MethodSpec(name="FlexIT", settings={"steps": 16})
SIDE = 128


def actors() -> dict[str, float]:
    """Edits a minute of one and of two."""
    import ray

    with tempfile.TemporaryDirectory() as name:
        place = Place(DataFolder(write_minidata(Path(name)), SIDE), "cpu", threads=1)
        data = place.data.open()
        queries = choose(draw_queries(data.labels, data.sources, 0), "dev", 8, 0)
        batch = Batch(EDIT, tuple(queries))
        one, two = (_edits_a_minute(OnRay(place, "", count), batch) for count in (1, 2))
        ray.shutdown()
    return {"one actor, edits a minute": one, "two actors": two, "two over one": two / one}


def _edits_a_minute(workers: OnRay, batch: Batch) -> float:
    """From when each has edited a batch: before that, it opens the networks."""
    times = [time.perf_counter() for _ in workers.edit_all([batch] * (BATCHES * workers.count))]
    warm = times[workers.count - 1 :]
    return 60 * len(batch.queries) * (len(warm) - 1) / (warm[-1] - warm[0])
