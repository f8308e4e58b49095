"""What the service hears of a running edit: often enough to be smooth, never enough to slow it."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from flexit_engine.editor import EditStep
from flexit_engine.worker.channel import Channel
from flexit_engine.worker.messages import (
    Box,
    EditOrder,
    PreviewReport,
    Progress,
    ProgressReport,
    Stage,
)
from flexit_engine.worker.pace import Pace
from flexit_engine.worker.pictures import write_whole

SECONDS_BETWEEN_REPORTS = 0.1
"""Reading the losses waits for the device, so it is not done at every step."""
SECONDS_BETWEEN_PREVIEWS = 0.3


class Reporter:
    """Reports one edit."""

    def __init__(self, channel: Channel, order: EditOrder, composing: float) -> None:
        self._channel = channel
        self._order = order
        self._composing = composing
        self._pace = Pace(order.settings.steps, composing)
        self._reported = self._previewed = -math.inf
        self._latest = Progress(stage="step", steps=order.settings.steps)
        self.seconds: dict[str, float] = {}
        """How long each stage took."""

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        """Announce a stage and time it."""
        steps = self._order.settings.steps
        if stage == "composing":
            # What readers get last of the steps: only the newest progress is kept for them.
            self._latest.stage, self._latest.seconds_left = stage, self._composing
            self._send(self._latest)
        elif stage != "step":
            self._send(Progress(stage=stage, steps=steps))
        started = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - started, 4)

    def step(self, step: EditStep, box: Box) -> None:
        """Report a step, and every now and then show it; the last one always."""
        self._pace.step_taken()
        now, last = time.monotonic(), step.index == self._order.settings.steps
        if last or now - self._reported >= SECONDS_BETWEEN_REPORTS:
            self._reported = now
            self._latest = self._progress(step)
            self._send(self._latest, kept=step.index, box=box)
        if last or now - self._previewed >= SECONDS_BETWEEN_PREVIEWS:
            self._previewed = now
            self._show(step, box)

    def _progress(self, step: EditStep) -> Progress:
        # JSON knows no NaN and no infinity.
        losses = {k: v if math.isfinite(v) else None for k, v in step.losses.items()}
        return Progress(
            stage="step",
            step=step.index,
            steps=self._order.settings.steps,
            seconds_left=self._pace.seconds_left(step.index),
            losses=losses,
            understood=list(step.understood),
        )

    def _show(self, step: EditStep, box: Box) -> None:
        pixels = step.preview
        write_whole(self._order.folder / "preview", pixels)
        height, width, _ = pixels.shape
        self._channel.report(
            PreviewReport(id=self._order.id, step=step.index, box=box, width=width, height=height)
        )

    def _send(self, progress: Progress, kept: int | None = None, box: Box | None = None) -> None:
        self._channel.report(
            ProgressReport(id=self._order.id, progress=progress, kept=kept, box=box)
        )
