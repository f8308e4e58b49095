"""What a worker does: edits, looks back at kept steps, and stops when told to."""

from __future__ import annotations

import gc
import logging
from dataclasses import dataclass

import torch

from flexit_engine.editor import Editor, EditStep
from flexit_engine.errors import DeviceError, FlexITError, OutOfMemory
from flexit_engine.networks.profiles import load_profile
from flexit_engine.worker.channel import Channel
from flexit_engine.worker.messages import (
    AdaptedReport,
    CancelledReport,
    DoneReport,
    EditOrder,
    FailedReport,
    Failure,
    LoadedReport,
    RenderedReport,
    RenderOrder,
)
from flexit_engine.worker.pictures import write_result
from flexit_engine.worker.reasons import reason_of
from flexit_engine.worker.reporter import Reporter
from flexit_engine.worker.session import Session

LOG = logging.getLogger(__name__)
SMALLEST_RESOLUTION = 64
"""Below this an edit is not worth its memory."""


class Cancelled(Exception):
    """The edit is to be stopped."""


@dataclass
class Worker:
    """Carries out orders, one edit at a time; between its steps it looks back at kept ones."""

    channel: Channel
    device: str
    editor: Editor | None = None
    session: Session | None = None
    pixel_time: float = 1e-7
    """Seconds a pixel of a result takes to compose and write; measured at each result."""

    def serve(self) -> None:
        """Carry out orders until the device fails."""
        usable = True
        while usable:
            order = self.channel.next()
            if isinstance(order, RenderOrder):
                usable = self.render(order)
            elif isinstance(order, EditOrder):
                usable = self.edit(order)

    def edit(self, order: EditOrder) -> bool:
        """Carry out an edit and report what came of it; whether the device is still usable."""
        try:
            self.channel.report(self._edit_or_retry(order))
        except Cancelled:
            self.channel.report(CancelledReport(id=order.id))
        except Exception as error:
            fatal = _is_fatal(error)
            self.channel.report(FailedReport(id=order.id, error=_failure(error), fatal=fatal))
            return not fatal
        return True

    def render(self, order: RenderOrder) -> bool:
        """Make the picture of a kept step; whether the device is still usable."""
        try:
            picture = self._open(order.edit).at(order.step, order.edit)
            laid = write_result(picture, order.edit, order.form, order.step, order.file)
            report = RenderedReport(ticket=order.ticket, laid=laid)
        except Exception as error:
            fatal = _is_fatal(error)
            report = RenderedReport(ticket=order.ticket, error=_failure(error), fatal=fatal)
        self.channel.report(report)
        return not report.fatal

    def _edit_or_retry(self, order: EditOrder) -> DoneReport:
        try:
            return self._edit(order)
        except OutOfMemory as error:
            # Without its frames, which hold the very memory that is to be freed.
            full = OutOfMemory(error.message, error.hint)
        return self._edit(self._cheaper(order, full))

    def _edit(self, order: EditOrder) -> DoneReport:
        pixels = order.image.width * order.image.height if order.image else 1_000_000
        reporter = Reporter(self.channel, order, round(pixels * self.pixel_time, 2))
        with reporter.stage("loading"):
            self._load(order.profile)
            self._attend(order)
        with reporter.stage("encoding"):
            session = self._open(order)
            self._attend(order)
        with reporter.stage("step"):
            last = self._step(order, session, reporter)
        with reporter.stage("composing"):
            laid = write_result(last.picture, order, order.form, last.index, "result")
        self.pixel_time = reporter.seconds["composing"] / (laid.width * laid.height)
        return DoneReport(id=order.id, laid=laid, seconds=reporter.seconds)

    def _step(self, order: EditOrder, session: Session, reporter: Reporter) -> EditStep:
        last = None
        for last in session.steps(order):
            reporter.step(last, session.box)
            if last.index < order.settings.steps:
                self._attend(order)
        if last is None:
            raise DeviceError("The edit made no step.")
        return last

    def _attend(self, order: EditOrder) -> None:
        """Do what has been asked for meanwhile.

        Raises:
            Cancelled: the edit is to be stopped.
        """
        for other in self.channel.waiting():
            if isinstance(other, RenderOrder):
                self.render(other)
        if self.channel.is_cancelled(order.id):
            raise Cancelled

    def _load(self, name: str) -> Editor:
        """The networks of a profile, which replace those of another."""
        if self.editor is None or self.editor.profile.name != name:
            self.editor = self.session = None
            _free_memory()
            profile = load_profile(name)
            for file in profile.files:
                file.check_contents(profile.folder)
            self.editor = Editor.load(name, self.device)
            self.channel.report(LoadedReport(profile=name, device=str(self.editor.device)))
        return self.editor

    def _open(self, order: EditOrder) -> Session:
        editor = self._load(order.profile)
        if self.session is None or not self.session.fits(order, editor):
            self.session = None
            self.session = Session.open(order, editor)
        return self.session

    def _cheaper(self, order: EditOrder, full: OutOfMemory) -> EditOrder:
        """The same edit at a lower price: fewer views, or else fewer pixels.

        Raises:
            OutOfMemory: it is as cheap as can be.
        """
        editor = self._load(order.profile)
        settings = order.settings
        if settings.augmentations > 1:
            views = settings.augmentations // 2
            settings = settings.replace(augmentations=views)
            note = f"Memory ran out: made with {views} views a step."
        else:
            resolution = 3 * (settings.resolution or editor.profile.resolution) // 4
            if resolution < SMALLEST_RESOLUTION:
                raise full
            settings = settings.replace(resolution=resolution)
            note = f"Memory ran out: made at {resolution} pixels."
        self.session = None
        _free_memory()
        self.channel.report(AdaptedReport(id=order.id, settings=settings, note=note))
        return order.model_copy(update={"settings": settings})


def _free_memory() -> None:
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def _is_fatal(error: Exception) -> bool:
    """Whether the device's context is lost: CUDA says so in words alone before torch 2.8."""
    accelerator = getattr(torch, "AcceleratorError", ())
    words = ("CUDA error", "HIP error", "device-side assert")
    return isinstance(error, accelerator) or (
        isinstance(error, RuntimeError) and any(word in str(error) for word in words)
    )


def _failure(error: Exception) -> Failure:
    reported = _in_words(error)
    if reported is not error:
        LOG.error("%s", reported.message, exc_info=error)
    return Failure(code=reported.code, message=reported.message, hint=reported.hint)


def _in_words(error: Exception) -> FlexITError:
    if isinstance(error, FlexITError):
        return error
    reason = reason_of(error)
    if _is_fatal(error):
        return DeviceError(
            f"The device failed ({reason}).", "The next edit starts afresh; try again."
        )
    return FlexITError(f"Something unexpected went wrong ({reason}).", "The log says where.")
