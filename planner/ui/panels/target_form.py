"""What does the plan use of this target? Side, level, sizes, course, treated part, block; and the atlas beside it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from planner.domain.geometry import Side
from planner.domain.target import Target, TargetBody
from planner.persistence.resources import rule_set
from planner.planning.recovery import recovery
from planner.planning.target_copies import OTHER_SIDE, level_suggestions, levels_beside
from planner.services.target_commands import PutTarget
from planner.ui.panels.panel import SIDE_PX, field_row
from planner.ui.panels.target_block import BlockSection
from planner.ui.panels.target_card import AtlasCard
from planner.ui.panels.target_measures import NAME_PX, SourcedLength, atlas_note, kept_digits
from planner.ui.panels.target_new import side_choice, suggest_levels
from planner.ui.panels.target_segment import SegmentFields
from planner.ui.panels.target_ways import MarkWays
from planner.ui.panels.target_words import course_words, entry_of, has_course
from planner.ui.widgets.fields import NumberField, text_field
from planner.ui.widgets.labels import ElidedLabel, label, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.ui.desk import Desk
    from planner.ui.panels.target_side import SideWords

_NOT_DIAMETER = "No figure in the atlas and none typed: coverage is NOT ASSESSED."
_HAND_HINT = "Drag a point; double click the curve to add one; Delete removes the one held."


class TargetEditor(QFrame):
    """Fields of one target; every change is one edit of the plan.

    ``remove_asked``, ``show_asked``, ``mirror_asked``, ``level_asked(str)`` (a copy at that level; empty: to be typed).
    """

    remove_asked = Signal()
    show_asked = Signal()
    mirror_asked = Signal()
    level_asked = Signal(str)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._target: Target | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._make_head()
        self.block = BlockSection(desk)
        self._section().addWidget(self.block)
        self._make_fields()
        self._make_course()
        section = self._section()
        section.addWidget(label("Atlas", "heading"))
        self.card = AtlasCard()
        section.addWidget(self.card)

    def _section(self) -> QVBoxLayout:
        frame = QFrame()
        frame.setObjectName("section")
        column = QVBoxLayout(frame)
        column.setContentsMargins(SIDE_PX, 8, SIDE_PX, 10)
        column.setSpacing(6)
        self._column.addWidget(frame)
        return column

    def _make_head(self) -> None:
        column = self._section()
        row = QHBoxLayout()
        row.setSpacing(4)
        self._name = ElidedLabel("heading", mode=Qt.TextElideMode.ElideMiddle)
        row.addWidget(self._name, 1)
        self.show_button = _link("Show", "Move the crosshair to the target, Enter in the list")
        self.show_button.clicked.connect(self.show_asked)
        self.copy_button = _link("Copy", "To the other side, or to another level")
        self._copies = QMenu(self.copy_button)
        self._copies.aboutToShow.connect(self._fill_copies)
        self.copy_button.clicked.connect(self._open_copies)
        self.remove_button = _link("Remove", "Take the target out of the plan, Delete in the list")
        self.remove_button.clicked.connect(self.remove_asked)
        for button in (self.show_button, self.copy_button, self.remove_button):
            row.addWidget(button)
        column.addLayout(row)
        self._side_says = label("", "secondary", wrap=True)
        column.addWidget(self._side_says)
        self._place_says = label("", "secondary", wrap=True)
        set_tone(self._place_says, "check")
        column.addWidget(self._place_says)

    def _make_fields(self) -> None:
        column = self._section()
        self.side = side_choice()
        self.side.setAccessibleName("Side")
        self.side.activated.connect(self._commit_side)
        self.level = text_field(name="Level", hint="such as T8; may stay empty")
        self.level.editingFinished.connect(self._commit_level)
        pair = QHBoxLayout()
        pair.setSpacing(8)
        pair.addLayout(field_row("Side", self.side, width_px=NAME_PX), 1)
        pair.addLayout(field_row("Level", self.level, width_px=32), 1)
        self.side.setMinimumContentsLength(4)
        column.addLayout(pair)
        self.diameter = SourcedLength("Diameter", low=0, high=50, hint="where it comes from")
        self.diameter.committed.connect(self._commit_diameter)
        column.addWidget(self.diameter)
        self._sizes = QWidget()
        sizes = QHBoxLayout(self._sizes)
        sizes.setContentsMargins(0, 0, 0, 0)
        sizes.setSpacing(8)
        self.length = NumberField(unit="mm", low=0.5, high=200)
        self.width_mm = NumberField(unit="mm", low=0.5, high=200)
        for name, field in (("Length", self.length), ("Width", self.width_mm)):
            field.editingFinished.connect(self._commit_size)
            sizes.addLayout(field_row(name, field, width_px=NAME_PX if name == "Length" else 40), 1)
        column.addWidget(self._sizes)
        self.organ = SourcedLength("End organ", low=0, high=1500, hint="how it was measured")
        self.organ.length.setToolTip("Length of nerve from the frozen part to what it supplies: axons regrow along it")
        self.organ.committed.connect(self._commit_organ)
        column.addWidget(self.organ)
        for sourced in (self.diameter, self.organ):
            sourced.lacking.connect(self._desk.say)

    def _make_course(self) -> None:
        column = self._section()
        self._course = label("", "name", wrap=True)
        column.addWidget(self._course)
        self.ways = MarkWays()
        self.segment = SegmentFields(self._desk)
        column.addWidget(self.segment)
        column.addWidget(self.ways)
        self._hand = label(_HAND_HINT, "hint", wrap=True)
        column.addWidget(self._hand)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_target(self, target: Target, side: SideWords | None) -> None:
        """Show a target's values beside what the atlas says; ``side`` None while the anatomy is being asked."""
        is_other = self._target is None or self._target.id != target.id
        if is_other:
            self._forget_typed()
        self._target = target
        entry, session = entry_of(target), self._desk.session
        self._name.show_text(target.words)
        self.show_side(side)
        if session is not None:
            self.block.show_target(target, session.plan)
            self.ways.show_structures(session.plan)
        self.side.select_data(target.side)
        if is_other or not self.level.hasFocus():
            self.level.setText(target.level)
            self.level.setCursorPosition(0)
        if is_other:
            suggest_levels(self.level, entry)
        self._show_lengths(target)
        self._course.setText(course_words(target))
        self.segment.show_target(target)
        self._hand.setVisible(not target.is_body and has_course(target))
        self.show_button.setEnabled(has_course(target))
        marks = len(entry.landmarks) if entry is not None else 0
        verb = "Move in slices" if target.is_body else "Draw anew"
        self.ways.show_ways(is_body=target.is_body, landmarks=marks, verb=verb, missing="")
        self.card.show_entry(entry)

    def _forget_typed(self) -> None:
        """Drop what is typed and not committed: it was meant for the target shown before."""
        for sourced in (self.diameter, self.organ):
            sourced.forget()
        for field in (self.length, self.width_mm, self.segment.begin, self.segment.end):
            field.lineEdit().setModified(False)

    def show_side(self, side: SideWords | None) -> None:
        """Show what the anatomy says of the typed side (H-16)."""
        self._side_says.setText("Asking the anatomy for the side …" if side is None else side.sentence)
        tone = "" if side is None else "fail" if side.is_wrong else "check" if side.is_open else ""
        set_tone(self._side_says, tone)
        target = self._target
        self._side_says.setVisible(target is not None and has_course(target))
        self._place_says.setText("" if side is None else side.place_sentence)
        self._place_says.setVisible(side is not None and bool(side.misplaced))

    def _show_lengths(self, target: Target) -> None:
        entry = entry_of(target)
        self.diameter.setVisible(not target.is_body)
        self._sizes.setVisible(target.is_body)
        if isinstance(target.course, TargetBody):
            self.length.show_value(target.course.length_mm)
            self.width_mm.show_value(target.course.width_mm)
        has_none = target.diameter_mm is None
        datum = None if entry is None else entry.diameter_mm
        says = _NOT_DIAMETER if datum is None or datum.value is None else atlas_note(datum)
        if not has_none and (datum is None or datum.value is None):
            says = "The atlas has no figure; this one is yours."
        self.diameter.show_value(target.diameter_mm, target.diameter_source, note=says, is_open=has_none)
        self.diameter.offer(datum)
        self.organ.setVisible(not target.is_body)
        without = target.end_organ_mm is None
        note = self._recovery_words(target)
        self.organ.show_value(target.end_organ_mm, target.end_organ_source, note=note, is_open=without)

    def _recovery_words(self, target: Target) -> str:
        """Return how long recovery may take at the rules' rates, or that it cannot be told without the distance."""
        session = self._desk.session
        if session is None:
            return ""
        rates = rule_set(session.plan.rule_set_id).regrowth_mm_per_day
        told = recovery(target, rates=rates, entry=entry_of(target))
        if told.fastest_days is None:
            return f"Optional. Recovery is NOT ASSESSED: {told.sentence[:1].lower()}{told.sentence[1:]}"
        return f"Recovery {told.words}, an estimate: {told.sentence}"

    # --- acting ------------------------------------------------------------------------------------------------------

    def _put(self, target: Target, what: str) -> None:
        self._desk.apply(PutTarget(target, what=what))

    def _commit_side(self) -> None:
        if self._target is not None:
            self._put(replace(self._target, side=Side(self.side.currentData())), "set the side of")

    def _commit_level(self) -> None:
        level = self.level.text().strip()
        if self._target is not None and level != self._target.level:
            self._put(replace(self._target, level=level), "set the level of")

    def _commit_diameter(self, value_mm: float | None, source: str) -> None:
        if self._target is not None:
            new = replace(self._target, diameter_mm=value_mm, diameter_source=source)
            self._put(new, "set the diameter of")

    def _commit_organ(self, value_mm: float | None, source: str) -> None:
        if self._target is not None:
            new = replace(self._target, end_organ_mm=value_mm, end_organ_source=source)
            self._put(new, "set the end organ of")

    def _commit_size(self) -> None:
        if self._target is not None and isinstance(self._target.course, TargetBody):
            there = self._target.course
            length_mm = kept_digits(self.length, there.length_mm)
            width_mm = kept_digits(self.width_mm, there.width_mm)
            course = replace(there, length_mm=length_mm, width_mm=width_mm)
            self._put(replace(self._target, course=course), "set the size of")

    # --- copies ------------------------------------------------------------------------------------------------------

    def _open_copies(self) -> None:
        self._copies.popup(self.copy_button.mapToGlobal(self.copy_button.rect().bottomLeft()))

    def _fill_copies(self) -> None:
        self._copies.clear()
        target = self._target
        if target is not None:
            fill_copies(self._copies, target, mirror=self.mirror_asked.emit, to_level=self.level_asked.emit)


def fill_copies(
    menu: QMenu, target: Target, *, mirror: Callable[[], object], to_level: Callable[[str], object]
) -> None:
    """Fill a menu with where a copy can go: the other side, the levels beside, the other branches, or one typed."""
    other = OTHER_SIDE.get(target.side)
    if other is not None:
        menu.addAction(f"Copy to the {other.value}", mirror)
    entry = entry_of(target)
    beside = levels_beside(target.level)
    named = level_suggestions(entry) if entry is not None and not beside else ()
    for level in (*beside, *(name for name in named if name.lower() != target.level.lower())):
        menu.addAction(f"Copy to {level}", partial(to_level, level))
    menu.addAction("Copy to another level …", partial(to_level, ""))


def _link(text: str, tip: str) -> QPushButton:
    made = QPushButton(text)
    made.setProperty("look", "link")
    made.setToolTip(tip)
    return made
