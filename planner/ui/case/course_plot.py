"""How does the patient fare, at one look? The course of a case, painted from the same primitives as the report's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter
from PySide6.QtWidgets import QToolTip

from planner.casebook.course import course
from planner.casebook.course_chart import course_chart, course_words, point_words
from planner.rendering.course_scene import CourseFrame, CourseInk, course_marks
from planner.ui.slices.painter import paint_primitives
from planner.ui.theme.fonts import ui_font
from planner.ui.theme.theme import theme
from planner.ui.widgets.accessible import PaintedWidget
from planner.ui.widgets.labels import plain_tip

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent, QPaintEvent

    from planner.casebook.course import CoursePoint
    from planner.domain.case import Case
    from planner.domain.identity import FollowUpId
    from planner.rendering.course_scene import CourseChart

_REACH_PX = 14.0
_NOTHING = "No scores yet. They come from the intake and from each follow-up."


class CoursePlot(PaintedWidget):
    """The plot. ``point_chosen(FollowUpId)`` when a follow-up's point is pressed; the list is its keyboard way."""

    point_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._case: Case | None = None
        self._chosen: FollowUpId | None = None
        self.setAccessibleName("Course of the scores")
        self.setMouseTracking(True)

    def show_case(self, case: Case | None) -> None:
        """Show the scores of a case; what changes elsewhere in it paints nothing anew."""
        is_same = _drawn(case) == _drawn(self._case)
        self._case = case
        if not is_same:
            self.value_changed()

    def show_chosen(self, follow_up_id: FollowUpId | None) -> None:
        """Mark the day of one follow-up."""
        if follow_up_id != self._chosen:
            self._chosen = follow_up_id
            self.update()

    def spoken_value(self) -> str:
        """Return every score with its day, the procedures, the goal and the expected recovery."""
        return _NOTHING if self._case is None else course_words(self._case)

    def place_of(self, follow_up_id: FollowUpId) -> QPointF | None:
        """Return where the topmost point of a follow-up is drawn; None when it has no score."""
        frame = self._frame()
        point = next((one for one in self._points() if one.follow_up_id == follow_up_id), None)
        if frame is None or point is None:
            return None
        values = [value for value in (point.scores.average_nrs, point.scores.worst_nrs) if value is not None]
        return QPointF(frame.x(point.days), frame.y(max(values, default=0.0)))

    # --- painting ----------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the plot, or say why there is none."""
        del event
        painter = QPainter(self)
        tokens = theme().tokens
        chart = self._chart()
        if chart is None:
            painter.setFont(ui_font())
            painter.setPen(QColor(tokens.text_2))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, _NOTHING)
            return
        chosen = next((float(one.days) for one in self._points() if one.follow_up_id == self._chosen), None)
        selected_day = None if self._chosen is None else chosen
        paint_primitives(painter, course_marks(chart, _ink(), selected_day=selected_day))

    def _chart(self) -> CourseChart | None:
        if self._case is None:
            return None
        return course_chart(self._case, size_px=(self.width(), self.height()))

    def _frame(self) -> CourseFrame | None:
        chart = self._chart()
        return None if chart is None else CourseFrame(chart)

    def _points(self) -> list[CoursePoint]:
        """Return the baseline, where there is one, and the follow-ups with scores."""
        if self._case is None:
            return []
        shown = course(self._case)
        return [*([] if shown.baseline is None else [shown.baseline]), *shown.points]

    # --- hand --------------------------------------------------------------------------------------------------------

    def point_at(self, x: float) -> CoursePoint | None:
        """Return the point whose day is under the pointer; the nearest where several are."""
        frame = self._frame()
        if frame is None:
            return None
        near = [(abs(frame.x(one.days if one.follow_up_id else None) - x), one) for one in self._points()]
        distance, point = min(near, key=lambda pair: pair[0], default=(_REACH_PX + 1, None))
        return point if distance <= _REACH_PX else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the follow-up of the point."""
        point = self.point_at(event.position().x())
        if event.button() is Qt.MouseButton.LeftButton and point is not None and point.follow_up_id is not None:
            self.point_chosen.emit(point.follow_up_id)

    def event(self, event: QEvent) -> bool:
        """Tell a point's scores when the mouse rests on its day."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            point = self.point_at(event.pos().x())
            QToolTip.showText(event.globalPos(), plain_tip("" if point is None else point_words(point)), self)
            return True
        return super().event(event)


def _drawn(case: Case | None) -> CourseChart | None:
    """Return what is drawn of a case, whatever the size."""
    return None if case is None else course_chart(case, size_px=(0, 0))


def _ink() -> CourseInk:
    tokens = theme().tokens
    return CourseInk(
        paper=tokens.surface,
        text_1=tokens.text_1,
        text_2=tokens.text_2,
        text_3=tokens.text_3,
        line=tokens.line,
        line_strong=tokens.line_strong,
        band=tokens.not_assessed_tint,
        selected=tokens.accent,
    )
