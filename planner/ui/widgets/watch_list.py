"""Which points are watched? One small button each in the timeline's head: press to go there, × to take it off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from planner.report.numbers import patient_point
from planner.ui.panels.panel import clear_layout
from planner.ui.theme.icons import set_icon

if TYPE_CHECKING:
    from planner.ui.desk import Desk


class WatchList(QWidget):
    """The watched points of the view, W1 to W4."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self.setAccessibleName("Watched points")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(6)
        desk.view.changed.connect(self._on_view)
        self._show()

    def _on_view(self, name: str) -> None:
        if name == "watched":
            self._show()

    def _show(self) -> None:
        clear_layout(self._row)
        points = self._desk.view.watched_lps_mm
        for at, point in enumerate(points):
            chip = QFrame()
            chip.setObjectName("chip")
            inner = QHBoxLayout(chip)
            inner.setContentsMargins(0, 0, 0, 0)
            inner.setSpacing(0)
            go = QToolButton()
            go.setText(f"W{at + 1}")
            go.setToolTip(f"Go to W{at + 1}: {patient_point(point)}")
            go.setAccessibleName(f"Go to watched point {at + 1}")
            go.clicked.connect(partial(self._desk.look_at, point))
            remove = QToolButton()
            set_icon(remove, "x", "text_3")
            remove.setToolTip(f"Watch W{at + 1} no more")
            remove.setAccessibleName(f"Remove watched point {at + 1}")
            remove.clicked.connect(partial(self._remove, at))
            inner.addWidget(go)
            inner.addWidget(remove)
            self._row.addWidget(chip)
        self.setVisible(bool(points))

    def _remove(self, at: int) -> None:
        points = self._desk.view.watched_lps_mm
        self._desk.view.set_watched((*points[:at], *points[at + 1 :]))
