"""The progress bar of a terminal: bytes, speed, time left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flexit_engine.commands.interruption import Interrupted
from flexit_installer.progress import Progress, Tell, tell_nobody


@contextmanager
def bar(shown: bool) -> Iterator[Tell]:
    """Something to tell progress to: a bar on stderr for each task, or nothing."""
    if not shown:
        yield tell_nobody
        return
    from tqdm import tqdm

    current: list[Any] = []

    def tell(progress: Progress) -> None:
        if current and current[-1].desc.rstrip(": ") != progress.task:
            current.pop().close()
        if not current:
            current.append(tqdm(desc=progress.task, unit="B", unit_scale=True, dynamic_ncols=True))
        current[-1].total = progress.total
        current[-1].update(progress.done - current[-1].n)

    try:
        yield tell
    finally:
        for each in current:
            each.close()


@contextmanager
def resumable() -> Iterator[None]:
    """Have an interruption in the block say what stays."""
    try:
        yield
    except Interrupted as stop:
        stop.message = "Stopped; what has come stays, and the same command goes on from there."
        raise
