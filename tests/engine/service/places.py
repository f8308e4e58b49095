"""Folders and files of others, and ways to wait, for the tests of the service."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

Value = TypeVar("Value")
NOBODY = 65534


def somebody_elses_folder(here: Path) -> Path:
    """A folder of another user: one made for the purpose where we may, the system's otherwise."""
    if os.geteuid() != 0:
        return Path("/usr")
    folder = here / "theirs"
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    return folder


def occupy(path: Path, with_what: str) -> None:
    """Put something foreign where a file of ours belongs."""
    if with_what == "folder":
        path.mkdir()
        (path / "holiday.txt").write_text("keep me")
    elif with_what == "pipe":
        os.mkfifo(path)
    elif with_what == "link":
        target = path.with_name("linked.txt")
        target.write_text("keep me")
        path.symlink_to(target)
    else:
        path.write_bytes(b"\0keep\xff me")


@contextmanager
def full_disk(room: int = 0) -> Iterator[None]:
    """No file can grow beyond so many bytes, as far as this process goes."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def wait_for(ask: Callable[[], Value], seconds: float = 60.0) -> Value:
    """The first true answer; the last one counts if there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert answer, f"waited {seconds} s in vain"
    return answer
