"""Disks that are full or read-only."""

from __future__ import annotations

import itertools
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from .running import Running


@contextmanager
def mounted(folder: Path, options: str) -> Iterator[bool]:
    """A disk of its own in a folder; false where we may not mount one."""
    folder.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    may = os.geteuid() == 0 and subprocess.run(command, capture_output=True).returncode == 0
    try:
        yield may
    finally:
        if may:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S607


class Disk:
    """A service's disk, which can be made full: a real one, or else a quota on its processes.

    Args:
        folder: where the data folder is.
        real: whether that is a small disk of its own.
    """

    def __init__(self, folder: Path, real: bool) -> None:
        self.real = real
        self._filler = folder / "filler"

    def fill(self, engine: Running) -> None:
        """Let nothing more be written."""
        if not self.real:
            return _limit(engine, 0)
        with self._filler.open("ab", buffering=0) as file:
            for size in (1 << 16, 1):
                with pytest.raises(OSError, match="No space left"):
                    file.writelines(itertools.repeat(bytes(size)))
        return None

    def free(self, engine: Running) -> None:
        """Make room again."""
        if not self.real:
            return _limit(engine, resource.RLIM_INFINITY)
        return self._filler.unlink()


def _limit(engine: Running, size: int) -> None:
    service = psutil.Process(engine.process.pid)
    for process in (service, *service.children()):
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
