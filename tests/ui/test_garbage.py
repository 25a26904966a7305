"""Objects in a ring are taken apart on the window's thread, and by nobody else while the collector is there."""

from __future__ import annotations

import gc
import threading
import weakref

from PySide6.QtCore import QCoreApplication

from planner.ui.garbage import WindowThreadCollector


class Ring:
    """Points at itself, and notes on which thread it died."""

    def __init__(self, died_on):
        self.itself = self
        weakref.finalize(self, lambda: died_on.append(threading.get_ident()))


def test_rings_die_on_the_windows_thread_alone(app):
    collector = WindowThreadCollector(app)
    try:
        died_on: list[int] = []

        def make_rings():
            for _ in range(3 * gc.get_threshold()[0]):
                Ring(died_on)

        other = threading.Thread(target=make_rings)
        other.start()
        other.join()
        assert died_on == []
        collector.collect()
        assert set(died_on) == {threading.get_ident()}
        QCoreApplication.processEvents()
    finally:
        collector.stop()
        assert gc.isenabled()
