"""An edit as the service knows it: what the worker says of it becomes what clients are shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from flexit_engine.service.job import SECONDS_TO_LOAD, SECONDS_TO_STOP, Job
from flexit_engine.service.protocol import Edit, EditRequest
from flexit_engine.settings import Settings
from flexit_engine.worker.messages import AdaptedReport, Box, Progress, ProgressReport

BOX = Box(left=1, top=2, width=3, height=4)


@pytest.fixture
def job() -> Job:
    edit = Edit(id="x", target="dog", profile="mini", settings=Settings(), created=1.0, version="0")
    started = Job(1, EditRequest(target="dog"), edit, Path(), has_mask=False)
    started.enter("running")
    return started


def at_step(step: int, seconds_left: float | None = None) -> ProgressReport:
    progress = Progress(stage="step", step=step, steps=160, seconds_left=seconds_left)
    return ProgressReport(id="x", progress=progress, kept=step, box=BOX)


def adapted(**settings: int) -> AdaptedReport:
    return AdaptedReport(id="x", settings=Settings().replace(**settings), note="Memory ran out.")


def test_progress_is_shown_until_the_end(job: Job) -> None:
    job.report(at_step(5, 3.0))
    assert (job.edit.kept, job.edit.box) == (5, BOX)
    assert job.edit.progress is not None
    job.enter("cancelled")
    assert job.edit.progress is None
    job.report(at_step(6))  # on its way when it was cancelled
    assert (job.edit.kept, job.edit.progress) == (5, None)


def test_another_resolution_has_no_steps_yet_fewer_views_keep_them(job: Job) -> None:
    job.report(at_step(5))
    job.report(adapted(augmentations=4))
    assert (job.edit.kept, job.edit.settings.augmentations) == (5, 4)
    job.report(adapted(resolution=72))
    assert (job.edit.kept, job.edit.settings.resolution) == (None, 72)
    assert job.edit.note == "Memory ran out."


def test_patience_lasts_some_steps_or_a_load(job: Job) -> None:
    assert job.patience() == SECONDS_TO_LOAD
    job.loading()
    assert job.patience() == SECONDS_TO_LOAD
    job.report(at_step(1))
    assert job.patience() == SECONDS_TO_LOAD
    job.report(at_step(60, 10.0))
    assert job.patience() == SECONDS_TO_STOP
    job.report(at_step(60, 1000.0))
    assert job.patience() == pytest.approx(50)


def test_times_are_noted_and_a_going_on_has_no_end(job: Job) -> None:
    assert job.edit.started is not None
    assert job.edit.finished is None
    job.enter("done")
    assert job.edit.finished is not None
    job.enter("queued")
    assert (job.edit.finished, job.edit.error) == (None, None)
