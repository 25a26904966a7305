"""Which part of the nerve is treated? Two fields in mm along the curve, and the same as brackets under the hand."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.assessment import NerveProfile
from planner.domain.target import NerveCurve
from planner.planning.nerve import segment_set, shown_segment_mm, smooth_curve
from planner.report.numbers import mm, number
from planner.ui.models.treated_part import segment_edit
from planner.ui.panels.target_measures import NAME_PX
from planner.ui.panels.target_words import has_course
from planner.ui.widgets.fields import NumberField
from planner.ui.widgets.labels import label, set_tone
from planner.ui.widgets.nerve_bar import NerveBar

if TYPE_CHECKING:
    from planner.domain.identity import TargetId
    from planner.domain.target import Target
    from planner.ui.desk import Desk

_DIGIT_MM = 0.01
_FIELD_PX = 74


def choose_segment(desk: Desk, target_id: TargetId, segment_mm: tuple[float, float]) -> bool:
    """Treat a nerve from one arc length to another, mm; False when the plan refuses, and says why."""
    session = desk.session
    target = None if session is None else next((t for t in session.plan.targets if t.id == target_id), None)
    if session is None or target is None or not isinstance(target.course, NerveCurve):
        return False
    course = target.course

    def act() -> None:
        session.apply(segment_edit(target, segment_set(course, segment_mm)), initiator="user")

    return desk.attempt(act)


class SegmentFields(QWidget):
    """From and to along the selected nerve, the whole of it, and the bar with the brackets."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._target: Target | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self.begin = NumberField(unit="mm", low=0, high=2000)
        self.end = NumberField(unit="mm", low=0, high=2000)
        self.begin.setAccessibleName("Treated from")
        self.end.setAccessibleName("Treated to")
        row = QHBoxLayout()
        row.setSpacing(6)
        caption = label("Treated", "secondary")
        caption.setFixedWidth(NAME_PX - 12)
        row.addWidget(caption)
        for field in (self.begin, self.end):
            field.setFixedWidth(_FIELD_PX)
            field.setToolTip("mm along the curve from its first point")
            field.editingFinished.connect(self._commit)
        row.addWidget(self.begin)
        row.addWidget(label("–", "secondary"))
        row.addWidget(self.end)
        row.addStretch(1)
        self.whole = QPushButton("Whole")
        self.whole.setToolTip("Treat the whole curve")
        self.whole.setProperty("look", "link")
        self.whole.clicked.connect(self._take_whole)
        row.addWidget(self.whole)
        column.addLayout(row)
        self._holder = QVBoxLayout()
        column.addLayout(self._holder)
        self.bar: NerveBar | None = None
        self._words = label("", "hint", wrap=True)
        column.addWidget(self._words)

    def show_target(self, target: Target) -> None:
        """Show the treated part of a nerve; nothing for a body, or before there is a course."""
        self._target = target
        self.setVisible(isinstance(target.course, NerveCurve) and has_course(target))
        if not isinstance(target.course, NerveCurve) or not has_course(target):
            return
        length = smooth_curve(target.course).length_mm
        begin, end = shown_segment_mm(target.course)
        self.begin.show_value(begin)
        self.end.show_value(end)
        self.whole.setEnabled(target.course.segment_mm is not None)
        self._show_bar(target, length, (begin, end))
        self._say((begin, end), length)

    def _show_bar(self, target: Target, length_mm: float, segment_mm: tuple[float, float]) -> None:
        profile = self._profile(target) or NerveProfile(target.id, (0.0, length_mm), (), (), segment_mm)
        if self.bar is None:
            self.bar = NerveBar(profile, target.words)
            self.bar.segment_dragged.connect(self._follow_hand)
            self.bar.segment_chosen.connect(self._choose)
            self._holder.addWidget(self.bar)
        self.bar.setAccessibleName(f"Treated part of {target.words}")
        self.bar.show_profile(replace(profile, segment_mm=segment_mm))

    def _profile(self, target: Target) -> NerveProfile | None:
        """Return the nerve's temperatures as judged, while they fit the plan."""
        session = self._desk.session
        if session is None or session.assessment is None or not session.result_is_current:
            return None
        return next((p for p in session.assessment.profiles if p.target_id == target.id and p.arc_mm), None)

    def _say(self, segment_mm: tuple[float, float], length_mm: float) -> None:
        begin, end = segment_mm
        is_whole = begin <= 0 and end >= length_mm
        treated = "The whole curve is treated" if is_whole else f"{mm(end - begin)} treated"
        if begin >= length_mm:
            treated = "The treated part starts beyond the curve, which was shortened: choose it anew"
        set_tone(self._words, "check" if begin >= length_mm else "")
        self._words.setText(f"{treated}; the curve is {number(length_mm, decimals=1)} mm long.")

    def _follow_hand(self, segment_mm: tuple[float, float]) -> None:
        self.begin.show_value(segment_mm[0])
        self.end.show_value(segment_mm[1])
        if self._target is not None and isinstance(self._target.course, NerveCurve):
            self._say(segment_mm, smooth_curve(self._target.course).length_mm)

    def _commit(self) -> None:
        target = self._target
        if target is None or not isinstance(target.course, NerveCurve):
            return
        shown = shown_segment_mm(target.course)
        # What was not typed anew stays to the last digit.
        typed = tuple(
            there if abs(field.value() - round(there, 1)) < _DIGIT_MM else field.value()
            for field, there in zip((self.begin, self.end), shown, strict=True)
        )
        if typed != shown:
            self._choose((typed[0], typed[1]))

    def _take_whole(self) -> None:
        if self._target is not None and isinstance(self._target.course, NerveCurve):
            self._choose((0.0, smooth_curve(self._target.course).length_mm))

    def _choose(self, segment_mm: tuple[float, float]) -> None:
        target = self._target
        if target is not None and not choose_segment(self._desk, target.id, segment_mm):
            self.show_target(target)
