"""How the engine is, and what can be done to it."""

from __future__ import annotations

from flexit.model import _

from ..engine_watch import EngineFacts
from ..plain import Label, set_tip
from ..qt import QAction, QtWidgets, Signal


class EngineLine(QtWidgets.QWidget):
    """A line of text and a menu."""

    started = Signal()
    stopped = Signal()
    freed = Signal()
    log_wanted = Signal()
    diagnostics_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.label = Label(_("Looking for the engine"))
        policy = QtWidgets.QSizePolicy.Policy
        self.label.setSizePolicy(policy.Ignored, policy.Preferred)
        self._button = QtWidgets.QToolButton()
        self._button.setText(_("Engine"))
        self._button.setAccessibleName(_("Engine menu"))
        self._button.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QtWidgets.QMenu(self._button)
        self._start = self._item(menu, _("Start the engine"), self.started)
        self._stop = self._item(menu, _("Stop the engine"), self.stopped)
        self._free = self._item(menu, _("Free its memory"), self.freed)
        menu.addSeparator()
        self._log = self._item(menu, _("Show its log"), self.log_wanted)
        self._item(menu, _("Copy diagnostics"), self.diagnostics_wanted)
        self._button.setMenu(menu)
        layout = QtWidgets.QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.label, 1)
        layout.addWidget(self._button)

    def tell(self, facts: EngineFacts | None, changing: bool) -> None:
        """Show how it is."""
        running = facts is not None and facts.running
        self.label.setText(_words(facts, changing))
        set_tip(self.label, self.label.text())
        self._start.setEnabled(not running and not changing)
        self._stop.setEnabled(running and not changing)
        self._free.setEnabled(running and not changing)
        self._log.setEnabled(facts is not None and bool(facts.log))

    def _item(self, menu: QtWidgets.QMenu, text: str, signal: Signal) -> QAction:
        action = menu.addAction(text)
        action.triggered.connect(lambda: signal.emit())
        return action


def _words(facts: EngineFacts | None, changing: bool) -> str:
    if changing:
        return _("One moment …")
    if facts is None:
        return _("Looking for the engine")
    if not facts.running:
        code = facts.error.code if facts.error is not None else "not_running"
        return {
            "not_running": _("Off: starts by itself"),
            "died": _("Off: starts by itself"),
            "wrong_version": _("Of another version"),
        }.get(code, _("Does not answer"))
    worker = facts.workers[0] if facts.workers else None
    if worker is None or worker["state"] == "stopped":
        return _("Ready")
    state = {
        "loading": _("Loading the networks"),
        "idle": _("Ready"),
        "busy": _("Working"),
    }.get(worker["state"], _("Ready"))
    memory = f" · {facts.memory / 1e9:.1f} GB" if facts.memory else ""
    return f"{state} · {worker['device']}{memory}"
