"""May the 3-D view be drawn here? Asked once per start, in another process; the window never waits for the answer."""

from __future__ import annotations

import sys

from PySide6.QtCore import QCoreApplication, QObject, QProcess, QProcessEnvironment, QTimer, Signal

_PATIENCE_MS = 20_000
_END_WITHIN_MS = 2_000
NO_OPENGL = "3-D is off: this machine has no usable OpenGL. The slices work as always."


class OpenGlCheck(QObject):
    """Starts the trial on first use. ``answered`` when ``works`` has become True or False."""

    answered = Signal()

    def __init__(self, parent: QObject | None, *, module: str = "planner.rendering.opengl") -> None:
        super().__init__(parent)
        self.works: bool | None = None
        self._process = QProcess(self)
        self._process.setProcessEnvironment(QProcessEnvironment.systemEnvironment())
        self._process.setStandardOutputFile(QProcess.nullDevice())
        self._process.setStandardErrorFile(QProcess.nullDevice())
        self._process.finished.connect(self._finish)
        self._process.errorOccurred.connect(self._fail)
        self._clock = QTimer(self)
        self._clock.setSingleShot(True)
        self._clock.timeout.connect(self._process.kill)
        self._clock.start(_PATIENCE_MS)
        self._process.start(sys.executable, ["-m", module])

    def stop(self) -> None:
        """End a trial that still runs and forget it; the next window begins another."""
        if self.works is not None:
            return
        self._clock.stop()
        self._process.blockSignals(True)
        self._process.kill()
        self._process.waitForFinished(_END_WITHIN_MS)
        self.setParent(None)
        self.deleteLater()

    def _finish(self, code: int, status: QProcess.ExitStatus) -> None:
        self._answer(works=code == 0 and status is QProcess.ExitStatus.NormalExit)

    def _fail(self, error: QProcess.ProcessError) -> None:
        if error is QProcess.ProcessError.FailedToStart:
            self._answer(works=False)

    def _answer(self, *, works: bool) -> None:
        self._clock.stop()
        if self.works is None:
            self.works = works
            self.answered.emit()


def opengl_check() -> OpenGlCheck:
    """Return the one check of this program, begun when it is first asked for."""
    return _begun() or OpenGlCheck(QCoreApplication.instance())


def stop_opengl_check() -> None:
    """End the check when the window closes before its answer."""
    check = _begun()
    if check is not None:
        check.stop()


def _begun() -> OpenGlCheck | None:
    app = QCoreApplication.instance()
    found = app.findChild(OpenGlCheck) if app is not None else None
    return found if isinstance(found, OpenGlCheck) else None
