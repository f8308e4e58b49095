"""A process that tells in lines of JSON, for a window that must never wait."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from PyQt5.QtCore import QDir, QObject, QProcess, QTemporaryDir, QTimer, pyqtSignal

MILLISECONDS_TO_END = 5000


class JsonProcess(QObject):
    """Runs a command; each object on its stdout is a signal, and so is its end."""

    told = pyqtSignal(dict)
    """An object came."""
    logged = pyqtSignal(str)
    """A line came on stderr."""
    ended = pyqtSignal(bool)
    """It is over; whether it went well. Nothing comes afterwards."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process = QProcess(self)
        self._process.readyReadStandardOutput.connect(self._read)
        self._process.readyReadStandardError.connect(self._read_errors)
        self._process.finished.connect(self._end)
        self._process.errorOccurred.connect(self._fail)
        self._rest = b""
        self._place = QTemporaryDir(QDir.tempPath() + "/flexit-XXXXXX")
        """The folder it runs in: nothing is imported from where the wizard was started."""
        self._process.setWorkingDirectory(self._place.path())

    @property
    def is_running(self) -> bool:
        """Whether it runs."""
        return bool(self._process.state() != QProcess.ProcessState.NotRunning)

    def start(self, words: Sequence[str]) -> None:
        """Run a command; the one before has to be over."""
        self._rest = b""
        self._process.start(words[0], list(words[1:]))

    def cancel(self) -> None:
        """Have it end: gently at first."""
        self._process.terminate()
        QTimer.singleShot(MILLISECONDS_TO_END, self._process.kill)

    def wait(self) -> None:
        """Wait until it has ended; only for who closes the window."""
        self._process.waitForFinished(MILLISECONDS_TO_END)
        self._process.kill()

    def _read(self) -> None:
        *lines, self._rest = (self._rest + bytes(self._process.readAllStandardOutput())).split(
            b"\n"
        )
        for line in lines:
            if facts := _parsed(line):
                self.told.emit(facts)

    def _read_errors(self) -> None:
        text = bytes(self._process.readAllStandardError()).decode("utf-8", "replace").strip()
        if text:
            self.logged.emit(text)

    def _end(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        if facts := _parsed(self._rest):
            self.told.emit(facts)
        self.ended.emit(code == 0 and status == QProcess.ExitStatus.NormalExit)

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.logged.emit(self._process.errorString())
            self.ended.emit(False)


def _parsed(line: bytes) -> dict[str, Any] | None:
    try:
        facts = json.loads(line)
    except ValueError:
        return None
    return facts if isinstance(facts, dict) else None
