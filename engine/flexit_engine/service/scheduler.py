"""Edits and workers: whose turn it is, who does it, and what becomes of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import Coroutine, Iterator
from functools import partial
from typing import Any

from flexit_engine.errors import Busy, FlexITError, NotFound, WorkerDied, WrongState, error_from
from flexit_engine.service.answers import failure
from flexit_engine.service.archive import Archive
from flexit_engine.service.bell import Bell
from flexit_engine.service.config import Config
from flexit_engine.service.job import Job, ResultFile
from flexit_engine.service.protocol import State
from flexit_engine.service.turns import Turns
from flexit_engine.service.worker_process import Outcome, WorkerProcess
from flexit_engine.worker.messages import (
    AdaptedReport,
    DoneReport,
    FailedReport,
    Failure,
    Form,
    Report,
)

LOG = logging.getLogger(__name__)
SECONDS_TO_FOLLOW = 10.0
"""Within which somebody must follow an edit that ends with its client."""
FOREVER = -1


class Scheduler:
    """Gives edits to workers in turn.

    Args:
        config: workers and limits.
        archive: the edits.
        log: path of the log, which errors name.
    """

    def __init__(self, config: Config, archive: Archive, log: str) -> None:
        self._config = config
        self._archive = archive
        self._log = log
        self.workers = [
            WorkerProcess(config.worker, device, config.data) for device in config.devices
        ]
        self.ended: Counter[State] = Counter()
        """How many edits ended in each state since the start."""
        self._turns = Turns()
        self._uploads = 0
        self._bell = Bell()
        self._keep_alive = dict.fromkeys(self.workers, config.keep_alive)
        self._running: dict[WorkerProcess, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.closing = False
        """The service stops: nobody who leaves now takes an edit along."""

    def start(self) -> None:
        """Go on with what is queued, and begin to work."""
        for job in self._archive.jobs.values():
            if not job.edit.ended:
                self.queue(job)
        for worker in self.workers:
            self._spawn(self._work(worker))

    async def close(self) -> None:
        """End all workers; what is queued or running goes on at the next start."""
        self.closing = True
        for job in self._archive.jobs.values():
            job.news.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self.workers))

    @property
    def queued(self) -> int:
        """Edits that wait."""
        return len(self._turns)

    @property
    def active(self) -> bool:
        """Whether an edit waits or runs, a picture comes in, or a worker holds memory."""
        return bool(self.queued or self._uploads or any(w.running for w in self.workers))

    @property
    def outdated(self) -> bool:
        """Whether FlexIT was updated meanwhile: no worker would understand this service."""
        return any(worker.outdated for worker in self.workers)

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """A place in the queue, for as long as a new edit comes in.

        Raises:
            Busy: all are taken.
        """
        waiting = self.queued + self._uploads
        if waiting >= self._config.max_queued:
            raise Busy(
                f"The engine has {waiting} edits waiting.", "Try again when some of them are done."
            )
        self._uploads += 1
        try:
            yield
        finally:
            self._uploads -= 1

    def queue(self, job: Job) -> None:
        """Let an edit wait for its turn."""
        self._turns.add(job)
        self._tell_positions()
        self._bell.ring()
        if job.edit.on_disconnect == "cancel":
            if job.deadline is not None:
                job.deadline.cancel()  # of the run that this one continues
            loop = asyncio.get_running_loop()
            job.deadline = loop.call_later(SECONDS_TO_FOLLOW, self.left, job)

    def left(self, job: Job) -> None:
        """Somebody stopped following an edit; the last one may take it along."""
        alone = job.edit.on_disconnect == "cancel" and not job.streams
        if alone and not job.edit.ended and not self.closing:
            LOG.info("the client is gone", extra={"edit": job.edit.id})
            self.cancel(job)

    def cancel(self, job: Job) -> None:
        """Stop an edit that has not ended."""
        if job.edit.ended:
            return
        if job in self._turns:
            self._turns.remove(job)
            self._tell_positions()
        for worker, running in self._running.items():
            if running is job:
                self._spawn(worker.cancel(job.edit.id, job.patience()))
        self._end(job, "cancelled")

    def go_on(self, job: Job, steps: int) -> None:
        """Take more steps from the last one kept.

        Raises:
            WrongState: the edit has not ended, or has no step to go on from.
            Busy: the queue is full.
            SettingsError: these would be too many.
        """
        edit = job.edit
        if not edit.ended or edit.kept is None:
            raise WrongState(
                f"An edit that is {edit.state} cannot go on.",
                "Wait for its end." if not edit.ended else "Start it again.",
            )
        if job in self._running.values():
            raise WrongState("The edit is just being stopped.", "Try again in a moment.")
        settings = edit.settings.replace(steps=edit.kept + steps)
        with self.place():
            edit.settings = settings
            job.enter("queued")
            self._archive.save(job)
        self.queue(job)

    async def render(self, job: Job, step: int, form: Form | None) -> ResultFile:
        """The picture as it was at a kept step.

        Raises:
            NotFound: that step was not kept.
            WorkerDied: the worker died meanwhile.
        """
        kept = job.edit.kept
        if kept is None or not 0 <= step <= kept:
            raise NotFound(
                f"The edit has no step {step}.",
                "No step was kept yet." if kept is None else f"There are steps 0 to {kept}.",
            )
        try:
            report = await self._worker_for(job).render(job.order(), step, form)
        finally:
            self._bell.ring()  # the worker, perhaps started for this, is idle from now on
        if report.error is not None:
            raise error_from(report.error.code, report.error.message, report.error.hint)
        if report.laid is None:
            raise FlexITError("Nothing came of the step.", "The log says why.")
        path = job.folder / f"render-{report.ticket}"
        return ResultFile(path, report.laid, temporary=True)

    async def unload(self) -> int:
        """End the workers that have nothing to do; how many those were."""
        return sum(await asyncio.gather(*(worker.unload() for worker in self.workers)))

    async def _work(self, worker: WorkerProcess) -> None:
        """Carry out one edit after the other; end the worker when none has come for long."""
        while not self.outdated:
            job = self._turns.take()
            if job is not None:
                self._tell_positions()
                await self._run(worker, job)
            elif not await self._bell.wait(self._idle_left(worker)):
                await worker.unload()

    def _idle_left(self, worker: WorkerProcess) -> float | None:
        """Seconds a worker may go on doing nothing; None for no limit."""
        keep_alive = self._keep_alive[worker]
        if not worker.running or worker.busy or keep_alive == FOREVER:
            return None
        return max(0.0, worker.last_used + keep_alive - time.monotonic())

    async def _run(self, worker: WorkerProcess, job: Job) -> None:
        keep_alive = job.request.keep_alive
        self._keep_alive[worker] = self._config.keep_alive if keep_alive is None else keep_alive
        self._running[worker] = job
        job.enter("running")
        if worker.profile != job.edit.profile:
            job.loading()
        self._archive.save(job)
        try:
            outcome = await worker.edit(job.order(), partial(self._hear, job))
        except WorkerDied as error:
            self._end(job, "failed", failure(error, self._log))
        except Exception as error:  # a fault of ours costs this edit, and no other its turn
            LOG.exception("an edit was given up", extra={"edit": job.edit.id})
            said = f"Something unexpected went wrong in the engine ({type(error).__name__})."
            self._end(job, "failed", failure(FlexITError(said, "The log says where."), self._log))
        else:
            self._settle(job, outcome)
        finally:
            del self._running[worker]

    def _hear(self, job: Job, report: Report) -> None:
        job.report(report)
        if isinstance(report, AdaptedReport):
            self._archive.save(job)  # with other settings it would not be resumed, but mixed up

    def _settle(self, job: Job, outcome: Outcome) -> None:
        """Note what became of an edit, unless it was cancelled a moment before."""
        if job.edit.ended:
            return
        if isinstance(outcome, DoneReport):
            job.edit.result, job.edit.kept = outcome.laid, outcome.laid.step
            job.edit.seconds = outcome.seconds
            self._end(job, "done")
        elif isinstance(outcome, FailedReport):
            self._end(job, "failed", outcome.error.model_copy(update={"log": self._log}))
        else:
            self._end(job, "cancelled")

    def _end(self, job: Job, state: State, error: Failure | None = None) -> None:
        if job.edit.ended:
            return
        job.enter(state, error)
        self.ended[state] += 1
        self._archive.save(job)
        self._archive.prune()
        code = error.code if error else None
        LOG.info("edit ended", extra={"edit": job.edit.id, "state": state, "code": code})

    def _tell_positions(self) -> None:
        for position, job in enumerate(self._turns.order()):
            job.move(position)

    def _worker_for(self, job: Job) -> WorkerProcess:
        """Who can show a step soonest: whoever runs the edit, else whoever has its networks."""

        def distance(worker: WorkerProcess) -> tuple[bool, bool, bool]:
            return (
                self._running.get(worker) is not job,
                worker.profile != job.edit.profile,
                worker.busy,
            )

        return min(self.workers, key=distance)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
