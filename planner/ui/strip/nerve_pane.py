"""How are strip and temperature curve shown together? One above the other, on one axis of millimetres."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from planner.rendering.palette import levels_for
from planner.services.robustness_shelf import current_robustness
from planner.ui.strip.course import course_of, nerve_of, place_of, point_at, segment_of
from planner.ui.strip.nerve_choice import NerveChoice
from planner.ui.strip.nerve_plot import NervePlot
from planner.ui.strip.nerve_strip import NerveStrip
from planner.ui.strip.temperatures import nerve_temperatures, why_none

if TYPE_CHECKING:
    from PySide6.QtGui import QShowEvent

    from planner.domain.robustness import TargetCoverage
    from planner.services.session import Session
    from planner.ui.view_state import ViewState

_CURVE_CHANGES = ("", "time_s", "show_ice", "selected_target")
_SHARE_CHANGES = ("", "robustness", "show_shares", "selected_target")


class NervePane(QWidget):
    """The strip over the curve. The owner calls :meth:`refresh` when the session has changed, :meth:`release` last."""

    cursor_moved = Signal(object)
    maximise_asked = Signal(str)
    refused = Signal(object)

    def __init__(self, *, session: Session, view: ViewState) -> None:
        super().__init__()
        self.session = session
        self.view = view
        self._is_behind = True
        self.strip = NerveStrip(session=session, view=view)
        self.plot = NervePlot(self.strip.segment)
        split = QSplitter(Qt.Orientation.Vertical)
        split.setHandleWidth(2)
        split.setChildrenCollapsible(False)
        split.addWidget(self.strip)
        split.addWidget(self.plot)
        split.setSizes([5500, 4500])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.choice = NerveChoice(session, view)
        column.addWidget(self.choice)
        column.addWidget(split, 1)
        self.setFocusProxy(self.strip)
        self.strip.cursor_moved.connect(self.cursor_moved)
        self.strip.maximise_asked.connect(self.maximise_asked)
        self.strip.segment.refused.connect(self.refused)
        self.strip.plane_changed.connect(self._share_axis)
        self.plot.arc_chosen.connect(self._go_to)
        view.changed.connect(self._follow)

    def release(self) -> None:
        """Follow nothing any more: the session is about to close."""
        self.view.changed.disconnect(self._follow)
        self.strip.release()

    def refresh(self) -> None:
        """Show the session as it is now; out of sight, when it is next seen."""
        if not self.isVisible():
            self._is_behind = True
            return
        self._is_behind = False
        self.strip.refresh()
        self._share_axis()
        self._follow("")

    def showEvent(self, event: QShowEvent) -> None:
        """Catch up with what happened while nobody looked."""
        super().showEvent(event)
        if self._is_behind:
            self.refresh()

    def _share_axis(self) -> None:
        self.plot.show_plane(self.strip.plane)

    def _go_to(self, arc_mm: float) -> None:
        course = course_of(self.session, self.view)
        if course is not None:
            self.view.set_crosshair(point_at(course, arc_mm))

    def _follow(self, name: str) -> None:
        if not self.isVisible():
            self._is_behind = True
            return
        course = course_of(self.session, self.view)
        if name in ("", "levels_c"):
            self.plot.show_levels(levels_for(self.view.levels_c))
        if name in ("", "selected_target"):
            self.choice.refresh()
        if name in _CURVE_CHANGES:
            target = nerve_of(self.session, self.view)
            self.plot.show_curves(
                nerve_temperatures(self.session, self.view),
                segment_mm=segment_of(target) if target is not None else (0.0, 0.0),
                sentence=why_none(self.session, self.view),
            )
        if name in _SHARE_CHANGES:
            self.plot.show_shares(self._coverage())
        if name in ("crosshair_lps_mm", *_CURVE_CHANGES):
            self.plot.show_place(None if course is None else place_of(course, self.view)[0])

    def _coverage(self) -> TargetCoverage | None:
        """Return how often the nerve is treated over the draws of exactly this plan (H-13)."""
        target, told = nerve_of(self.session, self.view), current_robustness(self.session)
        if target is None or told is None or not self.view.flags["show_shares"]:
            return None
        return next((each for each in told.coverages if each.target_id == target.id), None)
