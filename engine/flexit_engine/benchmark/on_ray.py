"""The run on Ray: one actor for each GPU, or for each share of the CPUs.

An actor returns its pictures and writes nothing, so a batch counts only when it came back: when an
actor dies, its batch goes to another. Needs the extra `ray`.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from typing import Any

from flexit_engine.benchmark.methods import Edit
from flexit_engine.benchmark.run import Batch
from flexit_engine.benchmark.worker import Place, Worker
from flexit_engine.errors import UsageError, WorkerDied

MOST_DEATHS = 3
"""How many actors one batch may take with it."""


class OnRay:
    """Actors of one Ray cluster, started anew as often as they die.

    Args:
        place: the same for all; its device is chosen in each actor.
        address: of a running cluster; one is started on this machine when empty.
        count: actors; one for each GPU, or for each CPU, when 0.

    Raises:
        UsageError: Ray is not installed.
    """

    def __init__(self, place: Place, address: str, count: int) -> None:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        try:
            import ray  # type: ignore[import-not-found, unused-ignore]
        except ImportError:
            raise UsageError(
                "Ray is not installed.", "Install it: pip install 'flexit[ray]'"
            ) from (None)
        self.ray, self.place = ray, place
        if not ray.is_initialized():
            ray.init(
                address or None, include_dashboard=False, log_to_driver=False, logging_level="error"
            )
        there = ray.cluster_resources()
        gpus, cpus = int(there.get("GPU", 0)), int(there.get("CPU", 1))
        self.count = count or gpus or cpus
        share = {"num_gpus": gpus / self.count} if gpus else {"num_cpus": cpus / self.count}
        self.actor_class = ray.remote(**share)(Worker)

    def edit_all(self, batches: Sequence[Batch]) -> Iterator[tuple[Batch, list[Edit]]]:
        """Hand out batches as actors become free.

        Raises:
            WorkerDied: several actors died of one batch.
            FlexITError: what an actor raised.
        """
        waiting, deaths = deque(batches), Counter[tuple[str, int]]()
        idle = [self._start() for _ in range(min(self.count, len(batches)))]
        running: dict[Any, tuple[Any, Batch]] = {}
        while waiting or running:
            while waiting and idle:
                actor, batch = idle.pop(), waiting.popleft()
                running[actor.edit.remote(batch.spec, batch.queries)] = actor, batch
            (done, *_), _ = self.ray.wait(list(running), num_returns=1)
            actor, batch = running.pop(done)
            try:
                edits = self.ray.get(done)
            except self.ray.exceptions.RayTaskError as error:
                raise (error.cause or error) from None
            except self.ray.exceptions.RayError:  # the actor or its whole machine is gone
                key = batch.spec.folder, batch.queries[0].index
                deaths[key] += 1
                if deaths[key] == MOST_DEATHS:
                    raise WorkerDied(
                        f"{MOST_DEATHS} actors died while they worked on query "
                        f"{batch.queries[0].index}.",
                        "Try a smaller --batch-size.",
                    ) from None
                waiting.appendleft(batch)
                idle.append(self._start())
            else:
                idle.append(actor)
                yield batch, edits

    def _start(self) -> Any:  # noqa: ANN401 -- Ray's handles have no type of their own
        return self.actor_class.remote(self.place)
