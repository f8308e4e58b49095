"""The engine as a process of its own, which outlives whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import psutil

from flexit_engine import ownership
from flexit_engine.commands.serve import TAKEN, serve_words
from flexit_engine.errors import (
    AlreadyRunning,
    EngineUnreachable,
    ServiceError,
    StorageError,
    Unauthorised,
)
from flexit_engine.isolation import python_words, safe_environment
from flexit_engine.service.caller import Caller
from flexit_engine.service.config import Config
from flexit_engine.service.discovery import (
    DATA_VARIABLE,
    LOCK,
    LOGS,
    Address,
    discover,
    is_alive,
    only_instance,
)
from flexit_engine.service.private import (
    make_data_folder,
    make_private_folder,
    open_private,
    storage_error,
)
from flexit_engine.service.startup import STARTUP_LOG, last_words

SECONDS_TO_START = 30.0
SECONDS_TO_END = 15.0
"""After the engine was asked to end; the edit it is at stops before."""
SECONDS_TO_DIE = 5.0
"""After a signal."""
SECONDS_BETWEEN_LOOKS = 0.05

if sys.platform == "win32":
    CREATION_FLAGS = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
else:
    CREATION_FLAGS = 0


class Started(NamedTuple):
    """A running engine, and whether it had to be started."""

    address: Address
    is_new: bool


def start(config: Config, seconds: float = SECONDS_TO_START) -> Started:
    """Start an engine that outlives this process, unless one answers already.

    Of several that start at the same moment one stays, and all callers get its address.

    Args:
        config: how to start one; one that runs is taken as it is.
        seconds: how long to wait for it.

    Raises:
        StorageError: the data folder cannot be used.
        EngineUnreachable: it did not start in time.
        FlexITError: what the engine said when it ended at once.
    """
    make_data_folder(config.data)
    if (address := answering(config.data)) is not None:
        return Started(address, is_new=False)
    make_private_folder(config.data / LOGS, ownership.LOGS)
    deadline = time.monotonic() + seconds
    child: subprocess.Popen[bytes] | None = _spawn(config)
    while time.monotonic() < deadline:
        if (address := answering(config.data)) is not None:
            is_new = child is not None and _became(child, address)
            if not is_new:
                _end(child)  # or it would take the other one's place as soon as that ends
            _let_go(child)
            return Started(address, is_new)
        if child is None and _none_runs(config.data):
            child = _spawn(config)  # the other one was about to end
        elif child is not None and (code := child.poll()) is not None:
            if code != TAKEN:
                raise last_words(config.data / LOGS / STARTUP_LOG, code)
            child = None  # the other one may be about to answer
        time.sleep(SECONDS_BETWEEN_LOOKS)
    _end(child)
    raise EngineUnreachable(
        f"The engine did not answer within {seconds:.0f} seconds.",
        f"End it with `flexit stop`, and see {str(config.data / LOGS)!r}.",
    )


def stop(data: Path) -> bool:
    """End the engine of a data folder, by force if need be, and remove what a killed one left.

    Returns:
        Whether there was one.

    Raises:
        EngineUnreachable: it cannot be found or does not end.
        StorageError: the data folder cannot be used.
    """
    if (address := _living(data)) is None:
        return False
    ways: list[tuple[Callable[[Address], None], float]] = [
        (_ask_to_end, SECONDS_TO_END),
        (_terminate, SECONDS_TO_DIE),
        (_kill, SECONDS_TO_DIE),
    ]
    for end, seconds in ways:
        with suppress(ServiceError, psutil.NoSuchProcess):
            end(address)
            if _wait(lambda: not is_alive(address.pid), seconds):
                break
    if is_alive(address.pid):
        raise EngineUnreachable(
            f"The engine, process {address.pid}, does not end.", "End it yourself."
        )
    _none_runs(data)
    return True


def find(data: Path) -> Address | None:
    """The address of the engine of a data folder, whether it answers or not.

    Raises:
        EngineUnreachable: one runs, but cannot be found.
    """
    if (address := discover(data)) is not None:
        return address
    with suppress(StorageError):  # whoever may not write there runs none
        return _holder(data)
    return None


def answering(data: Path) -> Address | None:
    """The address of the engine of a data folder, if it answers.

    Raises:
        ServiceError: one answers, but is of a version that cannot be talked to.
    """
    address = discover(data)
    if address is None:
        return None
    try:
        with Caller(address) as caller:
            caller.health()
    except (EngineUnreachable, Unauthorised):
        return None
    return address


def _spawn(config: Config) -> subprocess.Popen[bytes]:
    path = config.data / LOGS / STARTUP_LOG
    try:
        with open(path, "w", opener=open_private) as log:
            return subprocess.Popen(  # noqa: S603 -- words of our own
                [
                    *python_words(sys.executable, "flexit_engine"),
                    *serve_words(config),
                    "--json",
                ],
                cwd=config.data,
                env={**safe_environment(os.environ), DATA_VARIABLE: str(config.data)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                creationflags=CREATION_FLAGS,
            )
    except OSError as error:
        if os.fspath(error.filename or "") == os.fspath(path):
            raise storage_error(path, error) from None
        raise EngineUnreachable(
            f"The engine cannot be run by {sys.executable!r}: {error.strerror}.",
            "Install FlexIT again if that file is gone; otherwise close other programs.",
        ) from None


def _became(child: subprocess.Popen[bytes], address: Address) -> bool:
    """Whether a child is the engine of an address; on Windows a venv's Python is its parent."""
    if child.pid == address.pid:
        return True
    with suppress(psutil.Error):
        return psutil.Process(address.pid).ppid() == child.pid
    return False


def _end(child: subprocess.Popen[bytes] | None) -> None:
    if child is not None:
        child.kill()
        child.wait()


def _let_go(child: subprocess.Popen[bytes] | None) -> None:
    """Keep Python from warning of a child that outlives it, as this one shall."""
    if child is not None and child.poll() is None:
        child.returncode = 0


def _living(data: Path) -> Address | None:
    """The engine that answers, or does not answer but holds the lock; None if there is none."""
    with suppress(ServiceError):
        if (address := answering(data)) is not None:
            return address
    return _holder(data)


def _none_runs(data: Path) -> bool:
    """Whether no engine runs; if so, what a killed one left has been removed.

    A folder in which none ever ran is none of ours, and left as it is.
    """
    if not os.path.lexists(data / LOCK):
        return True
    try:
        with only_instance(data):
            return True
    except AlreadyRunning:
        return False


def _holder(data: Path) -> Address | None:
    """The engine that holds the lock, and may be about to say where it is, or to end."""
    deadline = time.monotonic() + SECONDS_TO_DIE
    while not _none_runs(data):
        if (address := discover(data)) is not None:
            return address
        if time.monotonic() > deadline:
            raise EngineUnreachable(
                "An engine runs, but its discovery file is gone.",
                "End the process `flexit_engine serve` yourself.",
            )
    return None


def _ask_to_end(address: Address) -> None:
    with Caller(address) as caller:
        caller.shutdown()


def _terminate(address: Address) -> None:
    psutil.Process(address.pid).terminate()


def _kill(address: Address) -> None:
    psutil.Process(address.pid).kill()


def _wait(is_true: Callable[[], bool], seconds: float) -> bool:
    """Wait for something; false if it was in vain."""
    deadline = time.monotonic() + seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(SECONDS_BETWEEN_LOOKS)
    return True
