"""One worker process: started when there is work, watched, and ended to give its memory back."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from flexit_engine import __version__
from flexit_engine.errors import EngineOutdated, WorkerDied
from flexit_engine.service import protocol, worker_end
from flexit_engine.service.memory import resident
from flexit_engine.worker.messages import (
    REPORTS,
    BrokenReport,
    CancelledReport,
    CancelOrder,
    DoneReport,
    EditOrder,
    FailedReport,
    Form,
    LoadedReport,
    ReadyReport,
    RenderedReport,
    RenderOrder,
    Report,
)

LOG = logging.getLogger(__name__)
LONGEST_LINE = 1 << 20
"""Bytes of a report."""
SECONDS_TO_END = 2.0
"""Given to a process that was asked to end, before it is killed."""
SECONDS_OF_SILENCE = 600.0
"""Within which a process that works says something, or counts as hung. The longest work without a
word is a graphics card's first: its driver may have to compile everything for a new model."""

Outcome = DoneReport | CancelledReport | FailedReport


class WorkerProcess:
    """A worker on one device, running or not.

    Args:
        command: how to start it.
        device: torch's name of its device, added to the command.
        place: the folder it runs in.
    """

    def __init__(self, command: Sequence[str], device: str, place: Path) -> None:
        self.device = device
        self._found = device
        """The device it really has, once it has loaded networks."""
        self.profile: str | None = None
        """Whose networks it holds."""
        self.last_used = time.monotonic()
        self._command = (*command, device)
        self._place = place
        self._process: Process | None = None
        self._watch: asyncio.Task[None] | None = None
        self._tickets = itertools.count()
        self._renders: dict[int, asyncio.Future[RenderedReport]] = {}
        self._edit: tuple[str, Callable[[Report], None], asyncio.Future[Outcome]] | None = None
        self._last_words = worker_end.LastWords()
        self._heard = time.monotonic()
        """When it last said something, or was told to do something."""
        self._why: WorkerDied | None = None
        """Why it ends, where that is known better than by its exit code."""
        self._unloading = False
        self._lost = False
        """Its device failed: it is about to end, and takes no more orders."""
        self._wanted = 0
        """Edits and renders that it is doing, or that wait for it to be started."""
        self._lock = asyncio.Lock()
        """Held while the process is started, told something, or ended."""

    @property
    def running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    @property
    def busy(self) -> bool:
        """Whether somebody waits for what it does."""
        return self._wanted > 0

    @property
    def outdated(self) -> bool:
        """Whether its last process was of another version than this service."""
        return isinstance(self._why, EngineOutdated)

    def status(self) -> protocol.Worker:
        """What it does now."""
        process = self._process
        if process is None:
            return protocol.Worker(device=self.device, state="stopped")
        loaded = "busy" if self.busy else "idle"
        return protocol.Worker(
            device=self._found,
            state=loaded if self.profile else "loading",
            profile=self.profile,
            pid=process.pid,
            memory=resident(process.pid),
        )

    async def edit(self, order: EditOrder, report: Callable[[Report], None]) -> Outcome:
        """Carry out an edit.

        Args:
            order: what to do.
            report: told how it goes.

        Raises:
            WorkerDied: the process ended before the edit did.
        """
        ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        with self._in_use():
            try:
                async with self._lock:
                    process = await self._usable()
                    # Not before: the end of an earlier process is none of this edit's.
                    self._edit = (order.id, report, ended)
                    await self._tell(process, order)
                return await ended
            finally:
                self._edit = None

    async def render(self, edit: EditOrder, step: int, form: Form | None) -> RenderedReport:
        """Make the picture of a kept step, in the file `render-TICKET` of the edit's folder.

        Raises:
            WorkerDied: the process ended before.
        """
        ticket = next(self._tickets)
        file = f"render-{ticket}"
        order = RenderOrder(ticket=ticket, edit=edit, step=step, form=form, file=file)
        rendered: asyncio.Future[RenderedReport] = asyncio.get_running_loop().create_future()
        with self._in_use():
            try:
                async with self._lock:
                    process = await self._usable()
                    self._renders[ticket] = rendered
                    await self._tell(process, order)
                return await rendered
            finally:
                self._renders.pop(ticket, None)

    async def cancel(self, edit_id: str, patience: float) -> None:
        """Stop an edit; the process is killed if it does not within `patience` seconds."""
        async with self._lock:
            if self._process is None or self._edit is None or self._edit[0] != edit_id:
                return
            ended = self._edit[2]
            await self._tell(self._process, CancelOrder(id=edit_id))
        await asyncio.wait([ended], timeout=patience)
        if not ended.done():
            LOG.warning("the worker does not stop, and is killed", extra={"edit": edit_id})
            self.kill()

    async def unload(self) -> bool:
        """End the process unless it is busy: the only sure way to give all of its memory back.

        Returns:
            Whether one was ended.
        """
        async with self._lock:
            return not self.busy and await self._end()

    async def end(self) -> None:
        """End the process whatever it does."""
        async with self._lock:
            await self._end()

    def kill(self) -> None:
        """End the process without asking."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    @contextlib.contextmanager
    def _in_use(self) -> Iterator[None]:
        self._wanted += 1
        try:
            yield
        finally:
            self._wanted -= 1
            self.last_used = time.monotonic()

    async def _usable(self) -> Process:
        if self._lost:
            await self._end()
        return self._process or await self._start()

    async def _start(self) -> Process:
        self._last_words = worker_end.LastWords()
        self._why, self._unloading, self._lost = None, False, False
        try:
            self._process = process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                limit=LONGEST_LINE,
                cwd=self._place,
            )
        except OSError as error:
            raise WorkerDied(
                f"The process with the networks cannot be started: {error.strerror or error}.",
                "Install FlexIT again if its files are gone, or free some memory.",
            ) from None
        LOG.info("worker started", extra={"worker": process.pid, "device": self.device})
        self._watch = asyncio.create_task(self._follow(process))
        return process

    async def _end(self) -> bool:
        process, watch = self._process, self._watch
        if process is None or watch is None:
            return False
        self._unloading = True
        if process.stdin is not None:
            process.stdin.close()
        done, _ = await asyncio.wait([watch], timeout=SECONDS_TO_END)
        if not done:
            self.kill()
            await watch
        return True

    async def _follow(self, process: Process) -> None:
        """Take reports until the process ends, then fail what it leaves behind."""
        listening = asyncio.create_task(self._listen_for_silence())
        await asyncio.gather(self._take_reports(process), self._take_words(process))
        code = await process.wait()
        listening.cancel()
        self._process = self._watch = self.profile = None
        level = logging.INFO if self._unloading else logging.ERROR
        LOG.log(level, "worker ended", extra={"worker": process.pid, "code": code})
        self._why = why = self._why or self._last_words.died(code)
        for render in self._renders.values():
            if not render.done():
                render.set_exception(why)
        if self._edit is not None and not self._edit[2].done():
            self._edit[2].set_exception(why)

    async def _take_reports(self, process: Process) -> None:
        if process.stdout is None:
            return
        try:
            async for line in process.stdout:
                self._take(REPORTS.validate_json(line))
        except ValueError:  # a line that is no report, or far too long for one
            LOG.exception("the worker talks nonsense, and is killed")
            self._give_up(worker_end.incomprehensible())

    async def _listen_for_silence(self) -> None:
        """End a process that says nothing any more, though somebody waits for what it does."""
        while (left := self._heard + SECONDS_OF_SILENCE - time.monotonic()) > 0 or not self.busy:
            await asyncio.sleep(max(left, 1.0))
        LOG.error("the worker has hung, and is killed", extra={"device": self.device})
        self._give_up(worker_end.silent(SECONDS_OF_SILENCE))

    def _give_up(self, why: WorkerDied) -> None:
        self._why = self._why or why
        self.kill()

    def _take(self, report: Report) -> None:
        self._heard = time.monotonic()
        if isinstance(report, ReadyReport) and report.version != __version__:
            self._give_up(worker_end.outdated(report.version))
        if isinstance(report, BrokenReport):
            self._why = self._why or worker_end.broken(report.reason)
        if isinstance(report, FailedReport | RenderedReport) and report.fatal:
            self._lost = True
        if isinstance(report, LoadedReport):
            self.profile, self._found = report.profile, report.device
        elif isinstance(report, RenderedReport):
            waiting = self._renders.get(report.ticket)
            if waiting is not None and not waiting.done():
                waiting.set_result(report)
        elif self._edit is not None and getattr(report, "id", None) == self._edit[0]:
            _, tell, ended = self._edit
            if not isinstance(report, Outcome):
                tell(report)
            elif not ended.done():
                ended.set_result(report)

    async def _take_words(self, process: Process) -> None:
        """What the process says on stderr goes to the log."""
        if process.stderr is None:
            return
        while chunk := await process.stderr.read(1 << 16):
            for line in chunk.decode(errors="replace").splitlines():
                self._last_words.hear(line)
                LOG.warning("%s", line[:2000], extra={"worker": process.pid})

    async def _tell(self, process: Process, order: BaseModel) -> None:
        self._heard = time.monotonic()
        if process.stdin is not None:
            with contextlib.suppress(OSError):  # it has ended: `_follow` tells whom it concerns
                process.stdin.write(order.model_dump_json().encode() + b"\n")
                await process.stdin.drain()
