"""An edit in the service: what was asked, how it stands, what is new of it."""

from __future__ import annotations

import asyncio
import math
import time
from dataclasses import dataclass, field
from pathlib import Path

from flexit_engine.service.news import News
from flexit_engine.service.protocol import Edit, EditRequest, Preview, State
from flexit_engine.worker.messages import (
    AdaptedReport,
    EditOrder,
    Failure,
    Laid,
    PreviewReport,
    Progress,
    ProgressReport,
    Report,
)

SECONDS_TO_STOP = 5.0
SECONDS_TO_LOAD = 60.0


@dataclass(eq=False)
class Job:
    """One edit.

    `edit` is what clients are shown; every change of its state is also kept in the store.
    """

    number: int
    """Order of arrival."""
    request: EditRequest
    edit: Edit
    folder: Path
    has_mask: bool
    news: News = field(default_factory=News)
    preview: PreviewReport | None = None
    streams: int = 0
    """Readers of its events."""
    ended_at: float = -math.inf
    """When it ended in this run of the service; monotonic, whatever the clock is set to."""
    deadline: asyncio.TimerHandle | None = None
    """Until which somebody must follow it, if it ends with its client."""

    def __post_init__(self) -> None:
        self.announce()

    def enter(self, state: State, error: Failure | None = None) -> None:
        """Change the state, and tell readers."""
        edit = self.edit
        edit.state, edit.position, edit.error = state, None, error
        if state == "running":
            edit.started = time.time()
        edit.finished = time.time() if edit.ended else None
        self.ended_at = time.monotonic() if edit.ended else -math.inf
        if state != "running":
            edit.progress = None
        self.announce()

    def announce(self) -> None:
        """Tell readers how it stands now."""
        self.news.forget("done", "failed", "cancelled")
        self.news.publish("state", self.edit)
        if self.edit.state in ("done", "failed", "cancelled"):
            self.news.publish(self.edit.state, self.edit)

    def move(self, position: int) -> None:
        """Say how many are before it in the queue."""
        if self.edit.position != position:
            self.edit.position = position
            self.announce()

    def loading(self) -> None:
        """Say that it waits for the networks."""
        self._progress(Progress(stage="loading", steps=self.edit.settings.steps))

    def report(self, report: Report) -> None:
        """Take what the worker says of it."""
        if self.edit.state != "running":
            return  # cancelled a moment ago
        if isinstance(report, ProgressReport):
            self.edit.kept = self.edit.kept if report.kept is None else report.kept
            self.edit.box = report.box or self.edit.box
            self._progress(report.progress)
        elif isinstance(report, PreviewReport):
            self.preview = report
            self.news.publish("preview", Preview(step=report.step, box=report.box))
        elif isinstance(report, AdaptedReport):
            if report.settings.resolution != self.edit.settings.resolution:
                self.edit.kept = None  # it starts anew
            self.edit.settings, self.edit.note = report.settings, report.note

    def patience(self) -> float:
        """Seconds it may take to stop: some steps, or a load that the next edit will want too."""
        progress = self.edit.progress
        if progress is None or progress.stage != "step" or progress.seconds_left is None:
            return SECONDS_TO_LOAD
        step_time = progress.seconds_left / max(1, progress.steps - progress.step)
        return max(SECONDS_TO_STOP, 5 * step_time)

    def order(self) -> EditOrder:
        """What the worker is told."""
        return EditOrder(
            id=self.edit.id,
            folder=self.folder,
            profile=self.edit.profile,
            source=self.edit.source,
            target=self.edit.target,
            settings=self.edit.settings,
            image=self.request.image,
            mask=self.request.mask,
            has_mask=self.has_mask,
            form=self.request.result,
            names=self.request.names,
        )

    def _progress(self, progress: Progress) -> None:
        self.edit.progress = progress
        self.news.publish("progress", progress)


@dataclass(frozen=True)
class ResultFile:
    """A file with a picture, ready to be sent."""

    path: Path
    laid: Laid
    temporary: bool
    """Made for this one answer, to be deleted after it."""
