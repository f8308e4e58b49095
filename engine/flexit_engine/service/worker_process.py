"""One worker process: started when there is work, watched, and ended to give its memory back."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import time
from asyncio.subprocess import PIPE, Process
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from pydantic import BaseModel

from flexit_engine.errors import WorkerDied
from flexit_engine.service import protocol
from flexit_engine.worker.messages import (
    REPORTS,
    CancelledReport,
    CancelOrder,
    DoneReport,
    EditOrder,
    FailedReport,
    Form,
    LoadedReport,
    RenderedReport,
    RenderOrder,
    Report,
)

LOG = logging.getLogger(__name__)
LONGEST_LINE = 1 << 20
"""Bytes of a report."""
SECONDS_TO_END = 2.0
"""Given to a process that was asked to end, before it is killed."""

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
        self._last_words: deque[str] = deque(maxlen=20)
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
            memory=_resident(process.pid),
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
                    await _tell(process, order)
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
                    await _tell(process, order)
                return await rendered
            finally:
                self._renders.pop(ticket, None)

    async def cancel(self, edit_id: str, patience: float) -> None:
        """Stop an edit; the process is killed if it does not within `patience` seconds."""
        async with self._lock:
            if self._process is None or self._edit is None or self._edit[0] != edit_id:
                return
            ended = self._edit[2]
            await _tell(self._process, CancelOrder(id=edit_id))
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
        self._last_words.clear()
        self._unloading = self._lost = False
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
        await asyncio.gather(self._take_reports(process), self._take_words(process))
        code = await process.wait()
        self._process = self._watch = self.profile = None
        level = logging.INFO if self._unloading else logging.ERROR
        LOG.log(level, "worker ended", extra={"worker": process.pid, "code": code})
        for render in self._renders.values():
            if not render.done():
                render.set_exception(self._died(code))
        if self._edit is not None and not self._edit[2].done():
            self._edit[2].set_exception(self._died(code))

    async def _take_reports(self, process: Process) -> None:
        if process.stdout is None:
            return
        try:
            async for line in process.stdout:
                self._take(REPORTS.validate_json(line))
        except ValueError:  # a line that is no report, or far too long for one
            LOG.exception("the worker talks nonsense, and is killed")
            self.kill()

    def _take(self, report: Report) -> None:
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
                self._last_words.append(line[:500])
                LOG.warning("%s", line[:2000], extra={"worker": process.pid})

    def _died(self, code: int | None) -> WorkerDied:
        words = next((line for line in reversed(self._last_words) if line.strip()), "")
        said = f" Its last words: {words}" if words else ""
        return WorkerDied(
            f"The process with the networks {_how(code)}.{said}",
            "Run the edit again; if it happens twice, try a smaller resolution.",
        )


async def _tell(process: Process, order: BaseModel) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):  # it has ended, which `_follow` tells whom it concerns
            process.stdin.write(order.model_dump_json().encode() + b"\n")
            await process.stdin.drain()


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
        why = ", as it does when the machine's memory is full" if name == "SIGKILL" else ""
        return f"was ended by {name}{why}"
    return "ended" if code is None else f"ended with code {code}"


def _resident(pid: int) -> int | None:
    """Bytes a process has in memory, where /proc tells."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None
