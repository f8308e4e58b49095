"""Many short edits one after the other, and what the processes hold after each."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from typing import NamedTuple

import psutil

from .conftest import QUICK
from .running import Running, drawn, left_half


class Held(NamedTuple):
    """What a service and its worker hold at a moment."""

    service: int
    """Bytes in memory."""
    worker: int
    files: int
    """Open ones, of both, with pipes and sockets."""
    threads: int
    processes: int


def soak(service: Running, edits: int) -> list[Held]:
    """Make edits, each with all that a client asks for."""
    held = []
    for number in range(edits):
        edit = service.submit(
            drawn(number), left_half(), client=f"{number % 3}", settings={**QUICK, "steps": 3}
        )
        assert service.wait(edit)["state"] == "done"
        service.pixels(edit)
        service.pixels(edit, step=1)
        held.append(holding(service))
    return held


def holding(service: Running) -> Held:
    """What they hold now."""
    process = psutil.Process(service.process.pid)
    children = process.children(recursive=True)
    worker = psutil.Process(service.worker()["pid"])
    both = (process, worker)
    return Held(
        service=process.memory_info().rss,
        worker=worker.memory_info().rss,
        files=sum(each.num_fds() for each in both),
        threads=sum(each.num_threads() for each in both),
        processes=len(children),
    )


def growth(values: list[int]) -> float:
    """By how much the last third's mean is above that of the third before it."""
    third = len(values) // 3
    return mean(values[-third:]) / mean(values[-2 * third : -third]) - 1


def peak(process: psutil.Process) -> int:
    """The most bytes a process ever had in memory."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024
