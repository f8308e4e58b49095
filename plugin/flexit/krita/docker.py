"""The docker: shows the session, and passes on what the user does."""

from __future__ import annotations

from krita import DockWidget, Krita

from flexit.client import FlexITError
from flexit.model import RunProgress, _, diagnostics
from flexit.model.words import size_words

from .engine_watch import EngineFacts, EngineWatch
from .form import Form
from .guard import slot
from .outcome import Outcome
from .plain import set_tip
from .qt import Qt, QtCore, QtGui, QtWidgets
from .session import Session
from .source import choose_source
from .widgets.amount_row import AmountRow
from .widgets.engine_line import EngineLine
from .widgets.message import MessageBox
from .widgets.preview_box import PreviewBox
from .widgets.results import ResultList
from .widgets.run_row import RunRow

LOOK = 700
"""Milliseconds between looks at what would be edited."""


class Docker(DockWidget):
    """One a window, all on the same session.

    Args:
        session: what goes on.
        watch: how the engine is.
    """

    def __init__(self, session: Session, watch: EngineWatch) -> None:
        super().__init__()
        self.setWindowTitle("FlexIT")
        self._session = session
        self._watch = watch
        self._outcome: Outcome | None = None
        """The result that is shown; None: the edit that is going on."""
        self.form = Form()
        self.run_row = RunRow()
        self.preview = PreviewBox(_("Preview"), _("Press to see it as it was before."))
        self.amount = AmountRow()
        self.message = MessageBox()
        self.results = ResultList()
        self.engine = EngineLine()
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK)
        self._lay_out()
        self._connect()
        self._show_session()
        if session.history.entries:
            self.form.fill(session.history.entries[0])
        self._show_engine()

    def _lay_out(self) -> None:
        inside = QtWidgets.QWidget()
        layout = QtWidgets.QVBoxLayout(inside)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(6)
        for part in (
            self.form,
            self.run_row,
            self.message,
            self.preview,
            self.amount,
            self.results,
        ):
            layout.addWidget(part)
        layout.addStretch(1)
        layout.addWidget(self.engine)
        area = QtWidgets.QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QtWidgets.QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(area)

    def _connect(self) -> None:
        session, watch = self._session, self._watch
        session.changed.connect(self._show_session)
        session.progressed.connect(self._show_progress)
        session.began.connect(self._show_before)
        session.previewed.connect(self._show_preview)
        session.stepped.connect(self.preview.show_image)
        watch.changed.connect(self._show_engine)
        watch.failed.connect(session.report)
        self.form.run.connect(self.run)
        self.form.cancelled.connect(self._cancel)
        self.form.changed.connect(self._look)
        self.run_row.run.connect(self.run)
        self.run_row.cancelled.connect(self._cancel)
        self.message.resumed.connect(session.resume)
        self.message.restarted.connect(watch.start)
        self.amount.moved.connect(self._show_step)
        self.amount.more.connect(self._take_more)
        self.results.chosen.connect(self._choose)
        self.results.toggled.connect(self._toggle)
        self.results.added.connect(self._add)
        self.results.reused.connect(self._reuse)
        self.results.removed.connect(self._remove)
        self.engine.started.connect(watch.start)
        self.engine.stopped.connect(watch.stop)
        self.engine.freed.connect(watch.free_memory)
        self.engine.log_wanted.connect(self._show_log)
        self.engine.diagnostics_wanted.connect(self._copy_diagnostics)
        self.visibilityChanged.connect(self._mind)
        self._timer.timeout.connect(self._look)

    def canvasChanged(self, canvas: object) -> None:  # noqa: ARG002, N802
        """Krita calls this, also while it closes a picture: asked about that now, it crashes."""
        QtCore.QTimer.singleShot(0, self._look)

    @slot
    def focus(self) -> None:
        """Come to the front, ready for typing."""
        self.show()
        self.raise_()
        self.form.focus()

    @slot
    def run(self, *_: object) -> None:
        """Edit, as chosen here."""
        self._session.start(self.form.choices())

    @slot
    def _cancel(self, *_: object) -> None:
        self._session.cancel()

    @slot
    def _show_session(self, *_: object) -> None:
        session = self._session
        self.run_row.tell(session.progress)
        self.message.tell(session.error, session.resumable)
        self.results.fill(session.outcomes)
        self.form.source.offer(session.history.sources())
        self.form.target.offer(session.history.targets())
        if self._outcome is not None:
            self._show_range(self._outcome)

    @slot
    def _show_progress(self, progress: RunProgress) -> None:
        self.run_row.tell(progress)
        if progress.stage == "step" and self._outcome is None:
            self.amount.set_range(progress.step, finished=False)

    @slot
    def _show_before(self, image: QtGui.QImage) -> None:
        self._outcome = None
        self.amount.set_range(0, finished=False)
        self.preview.show_change(image, image)

    @slot
    def _show_preview(self, image: QtGui.QImage) -> None:
        if self._outcome is None and self.amount.at_end:
            self.preview.show_image(image)

    @slot
    def _show_step(self, step: int) -> None:
        self._session.show_step(self._outcome, step)

    @slot
    def _take_more(self, steps: int) -> None:
        if self._outcome is not None:
            self._session.go_on(self._outcome, steps)
            self._outcome = None

    @slot
    def _choose(self, outcome: Outcome) -> None:
        self._outcome = outcome
        self.preview.show_change(outcome.before, outcome.image)
        self._show_range(outcome)
        self.amount.to_end()

    def _show_range(self, outcome: Outcome) -> None:
        self.amount.set_range(outcome.steps, finished=not self._session.busy)

    @slot
    def _toggle(self, outcome: Outcome) -> None:
        self._session.toggle(outcome)

    @slot
    def _add(self, outcome: Outcome) -> None:
        self._session.add(outcome, self.amount.slider.value())

    @slot
    def _reuse(self, outcome: Outcome) -> None:
        self.form.fill(outcome.choices)

    @slot
    def _remove(self, outcome: Outcome) -> None:
        self._session.remove(outcome)

    @slot
    def _show_engine(self, *_: object) -> None:
        facts = self._watch.facts
        self.engine.tell(facts, self._watch.changing)
        if facts is not None and facts.profiles:
            self.form.details.offer_profiles(
                [
                    (each["name"], each.get("title", ""), bool(each["installed"]))
                    for each in facts.profiles
                ]
            )

    @slot
    def _mind(self, visible: bool) -> None:
        """Look about only while somebody sees it."""
        if visible != self._timer.isActive():
            self._watch.watch(visible)
            (self._timer.start if visible else self._timer.stop)()

    @slot
    def _look(self, *_: object) -> None:
        """Say what would be edited, or why nothing can be."""
        if self._session.busy:
            return
        choices = self.form.choices()
        try:
            region = choose_source(choices, glance=True).region
        except FlexITError as error:
            self.form.size.setText("")
            set_tip(self.run_row.button, str(error))
            return
        facts = self._watch.facts
        resolution = None if facts is None else facts.resolution(choices.profile)
        self.form.size.setText(size_words(region, resolution))
        self.run_row.tell(None)

    @slot
    def _show_log(self, *_: object) -> None:
        facts = self._watch.facts
        if facts is not None:
            QtGui.QDesktopServices.openUrl(QtCore.QUrl.fromLocalFile(facts.log))

    @slot
    def _copy_diagnostics(self, *_: object) -> None:
        facts = self._watch.facts or EngineFacts()
        known = {
            "Krita": Krita.instance().version(),
            "Qt": QtCore.qVersion(),
            "Engine": facts.version or "off",
            "Devices": ", ".join(str(worker["device"]) for worker in facts.workers),
        }
        text = diagnostics(known, self._session.error)
        QtGui.QGuiApplication.clipboard().setText(text)
