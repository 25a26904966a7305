"""Where are objects taken apart that only point at one another? On the window's thread alone.

Python's collector runs in whichever thread happens to allocate next. Widgets and timers that die on another thread than
their own bring the program down, so automatic collection is off while there is a window, and a timer collects instead:
by Python's own thresholds, and never while the hand holds something.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication

_EVERY_MS = 500
_FULL_EVERY_S = 60.0


class WindowThreadCollector(QObject):
    """Collects in place of Python from its making until :meth:`stop`; make it on the window's thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self._last_full_s = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """Collect what Python would have collected by now; the oldest objects once a minute, for they take longest."""
        young, middle, old = (count > limit for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True))
        if not young or QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            return
        is_full = old and time.monotonic() - self._last_full_s >= _FULL_EVERY_S
        gc.collect(2 if is_full else int(middle))
        if is_full:
            self._last_full_s = time.monotonic()

    def stop(self) -> None:
        """Leave collecting to Python again."""
        self._timer.stop()
        gc.enable()
