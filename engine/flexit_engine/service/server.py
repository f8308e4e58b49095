"""The service as a process: sockets, the discovery file, and its end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import secrets
import socket
import sys
import time
from functools import partial
from pathlib import Path
from types import FrameType

import uvicorn

from flexit_engine import __version__
from flexit_engine.errors import StorageError
from flexit_engine.service.app import create_app
from flexit_engine.service.archive import Archive
from flexit_engine.service.belongings import Belongings
from flexit_engine.service.config import Config
from flexit_engine.service.connection import Connection
from flexit_engine.service.core import Core
from flexit_engine.service.descriptors import connections_each, raise_limit
from flexit_engine.service.discovery import (
    LOCK,
    LOGS,
    SOCKET,
    Address,
    is_published,
    only_instance,
    publish,
    record_command,
    withdraw,
)
from flexit_engine.service.draining import Draining
from flexit_engine.service.guard import Guard
from flexit_engine.service.logs import configure
from flexit_engine.service.private import FILE_MODE
from flexit_engine.service.proof import proof_of
from flexit_engine.service.protocol import PROTOCOL
from flexit_engine.service.scheduler import Scheduler
from flexit_engine.service.store import Store

LOG = logging.getLogger(__name__)
LONGEST_SOCKET = 100
"""Bytes of a Unix socket's path: the system's limit is 104 or 108."""
SECONDS_TO_FINISH = 2
"""For answers that are on their way when the service stops."""
SECONDS_BETWEEN_PRUNINGS = 3600.0
SECONDS_BETWEEN_LOOKS = 1.0
"""At what may have become of the service's files, and of FlexIT itself."""


def serve(config: Config) -> None:
    """Serve until told to stop: by a call, a signal, or idleness.

    Raises:
        AlreadyRunning: there is an engine on this data folder.
        StorageError: the data folder cannot be used.
    """
    os.umask(0o077)
    files = raise_limit()
    with only_instance(config.data):
        log = str(configure(config.data / LOGS, stream=sys.stderr.isatty()))
        with contextlib.closing(Store(config.data)) as store, contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(each) for each in _listen(config)]
            address = _address(sockets, log)
            record_command(config.data)
            service = Service(config, store, address, connections_each(files, len(sockets)))
            LOG.info("serving", extra={"version": __version__, "pid": address.pid})
            try:
                asyncio.run(service.run(sockets))
            finally:
                withdraw(config.data, address)
                LOG.info("stopped")


class Service:
    """One run of the service.

    Args:
        config: workers and limits.
        store: the edits.
        address: where it is.
        connections: how many each of its sockets may have.
    """

    def __init__(self, config: Config, store: Store, address: Address, connections: int) -> None:
        log = str(address.log)
        self._config = config
        self._address = address
        mine = (config.data, config.data / LOCK, *store.files, *filter(None, [address.socket]))
        self._belongings = Belongings(*mine)
        self._archive = Archive(store, config.keep_seconds, config.keep_bytes)
        self._scheduler = Scheduler(config, self._archive, log)
        prove = partial(proof_of, address.token)
        core = Core(self._archive, self._scheduler, log, time.monotonic(), self._stop, prove)
        self._guard = Guard(create_app(core), address.token, log)
        self._server = Server(
            uvicorn.Config(
                Draining(self._guard),
                http=Connection,
                ws="none",
                backlog=connections,
                lifespan="off",
                log_config=None,
                log_level=logging.ERROR,  # else a stranger could wash all else out of the log
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=SECONDS_TO_FINISH,
            ),
            self._scheduler,
        )

    async def run(self, sockets: list[socket.socket]) -> None:
        """Serve on sockets that listen already."""
        self._scheduler.start()
        duties = (self._prune(), self._watch_idleness(), self._watch())
        chores = [asyncio.create_task(duty) for duty in duties]
        # Connections already queue up on the sockets: whoever finds the file will be answered.
        publish(self._config.data, self._address)
        try:
            await self._server.serve(sockets)
        finally:
            for chore in chores:
                chore.cancel()
            await self._scheduler.close()
            self._archive.settle()

    def _stop(self) -> None:
        self._scheduler.closing = True
        self._server.should_exit = True

    async def _prune(self) -> None:
        while True:
            await asyncio.sleep(SECONDS_BETWEEN_PRUNINGS)
            self._archive.prune()

    async def _watch(self) -> None:
        """See to it that others find this service, and stop when it can be of no more use."""
        while (reason := self._useless()) is None:
            self._stay_published()
            await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
        LOG.warning("the service ends: %s", reason)
        self._stop()

    def _useless(self) -> str | None:
        if self._scheduler.outdated:
            return "FlexIT was updated"
        lost = [path.name for path in self._belongings.lost()]
        return f"taken away or replaced: {', '.join(lost)}" if lost else None

    def _stay_published(self) -> None:
        if is_published(self._config.data, self._address):
            return
        with contextlib.suppress(StorageError):  # a disk that is full now
            publish(self._config.data, self._address)
            LOG.warning("the discovery file was not this service's, and was written again")

    async def _watch_idleness(self) -> None:
        """Stop when nobody has wanted anything for long."""
        limit = self._config.idle_exit
        if limit is None:
            return None
        self._guard.last_request = time.monotonic()
        while True:
            if self._scheduler.active:
                self._guard.last_request = time.monotonic()
            left = self._guard.last_request + limit - time.monotonic()
            if left <= 0:
                LOG.info("nobody has asked for anything for long")
                return self._stop()
            await asyncio.sleep(min(left, 1.0))


class Server(uvicorn.Server):
    """uvicorn's server, which tells the scheduler of a signal before streams are closed for it."""

    def __init__(self, config: uvicorn.Config, scheduler: Scheduler) -> None:
        super().__init__(config)
        self._scheduler = scheduler

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Note a signal to stop."""
        self._scheduler.closing = True
        super().handle_exit(sig, frame)


def _listen(config: Config) -> list[socket.socket]:
    """A Unix socket where there can be one, and a TCP port where there cannot or it is wanted."""
    path = config.data / SOCKET
    unix = hasattr(socket, "AF_UNIX") and len(os.fsencode(path)) <= LONGEST_SOCKET
    sockets: list[socket.socket] = []
    if unix:
        try:
            sockets.append(_bound(socket.AF_UNIX, str(path)))
            path.chmod(FILE_MODE)  # its folder is private already
        except OSError as error:
            if error.errno == errno.EADDRINUSE:  # something of that name is in its place
                raise _cannot_listen(str(path), error) from None
            LOG.warning("no Unix socket there: %s", error.strerror)
    if config.tcp or not sockets:
        try:
            sockets.append(_bound(socket.AF_INET, ("127.0.0.1", 0)))
        except OSError as error:
            for listener in sockets:
                listener.close()
            raise _cannot_listen("127.0.0.1", error) from None
    return sockets


def _bound(family: int, address: str | tuple[str, int]) -> socket.socket:
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.bind(address)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _cannot_listen(address: str, error: OSError) -> StorageError:
    return StorageError(
        f"The engine cannot listen on {address}: {error.strerror}.",
        "Name another folder with FLEXIT_DATA.",
    )


def _address(sockets: list[socket.socket], log: str) -> Address:
    names = [listener.getsockname() for listener in sockets]
    return Address(
        protocol=PROTOCOL,
        version=__version__,
        pid=os.getpid(),
        token=secrets.token_urlsafe(32),
        socket=next((Path(name) for name in names if isinstance(name, str)), None),
        port=next((name[1] for name in names if isinstance(name, tuple)), None),
        log=Path(log),
    )
