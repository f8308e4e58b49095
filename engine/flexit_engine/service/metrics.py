"""Figures for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from flexit_engine.service.scheduler import Scheduler


class _Figures(Collector):
    """Reads the figures when they are asked for."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def collect(self) -> Iterator[Metric]:
        """The figures as they are now."""
        ended = CounterMetricFamily("flexit_edits", "Edits that ended.", labels=["state"])
        for state in ("done", "failed", "cancelled"):
            ended.add_metric([state], self._scheduler.ended[state])
        yield ended
        yield GaugeMetricFamily("flexit_queued", "Edits that wait.", self._scheduler.queued)
        memory = GaugeMetricFamily(
            "flexit_worker_memory_bytes", "Resident memory of a worker.", labels=["device"]
        )
        busy = GaugeMetricFamily("flexit_worker_busy", "Whether a worker edits.", labels=["device"])
        for worker in (each.status() for each in self._scheduler.workers):
            memory.add_metric([worker.device], worker.memory or 0)
            busy.add_metric([worker.device], worker.state == "busy")
        yield memory
        yield busy


def exposition(scheduler: Scheduler) -> bytes:
    """All figures as Prometheus text."""
    registry = CollectorRegistry()
    registry.register(_Figures(scheduler))
    return generate_latest(registry)
