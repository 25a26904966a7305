"""What does the atlas say of this nerve, and what does the plan use? Form of one target, each value with its status."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCompleter, QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.atlas import AtlasEntry, TargetForm
from planner.domain.geometry import Side
from planner.domain.target import Target, TargetBody
from planner.persistence.resources import atlas
from planner.report.numbers import number, patient_point
from planner.services.target_commands import PutTarget, RemoveTarget
from planner.ui.panels.panel import SentenceList, field_row
from planner.ui.widgets.fields import ChoiceField, NumberField, text_field
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.datum import Datum
    from planner.ui.desk import Desk


def datum_words(datum: Datum, unit: str) -> str:
    """Return a value with its unit, source and flag; a missing one says so."""
    if datum.value is None:
        return "—  missing in the atlas"
    value = number(datum.value, decimals=1)
    if datum.upper is not None:
        value = f"{value} to {number(datum.upper, decimals=1)}"
    flag = f", {datum.flag}" if datum.flag else ""
    source = datum.source or "no source"
    return f"{value} {unit}  ({source}{flag})"


def atlas_choice() -> ChoiceField:
    """Return a choice of atlas entries that can be searched by typing any part of the name."""
    field = ChoiceField()
    field.setEditable(True)
    field.setInsertPolicy(ChoiceField.InsertPolicy.NoInsert)
    for entry in sorted(atlas(), key=lambda entry: entry.name.lower()):
        field.addItem(entry.name, entry.id)
    completer = QCompleter(field.model(), field)
    completer.setFilterMode(Qt.MatchFlag.MatchContains)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
    popup = completer.popup()
    if popup is not None:
        popup.setObjectName("completions")
    field.setCompleter(completer)
    field.setAccessibleName("Nerve or ganglion")
    edit = field.lineEdit()
    if edit is not None:
        edit.setPlaceholderText("Type part of a nerve's name")
        edit.returnPressed.connect(lambda: _take_first_match(field, completer))
    return field


def _take_first_match(field: ChoiceField, completer: QCompleter) -> None:
    """Let Enter choose the first name that contains what was typed."""
    typed = field.currentText().strip()
    if typed and field.findText(typed) < 0:
        completer.setCompletionPrefix(typed)
        field.setCurrentIndex(field.findText(completer.currentCompletion()))


class TargetEditor(QFrame):
    """Fields of one target. Every change is one edit of the plan. ``redraw_asked(Target)`` to mark it anew."""

    redraw_asked = Signal(object)

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._target: Target | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._side = ChoiceField()
        for side in Side:
            self._side.addItem(side.value.capitalize(), side)
        self._side.activated.connect(self._commit)
        self._level = text_field(name="Level", hint="such as T8; may stay empty")
        self._level.editingFinished.connect(self._commit)
        self._diameter = NumberField(unit="mm", low=0, high=50)
        self._diameter.setSpecialValueText("—")
        self._diameter.editingFinished.connect(self._commit_diameter)
        self._source = text_field(name="Source of the diameter", hint="Where the diameter comes from")
        self._source.editingFinished.connect(self._commit_diameter)
        self._length = NumberField(unit="mm", low=0.5, high=200)
        self._width = NumberField(unit="mm", low=0.5, high=200)
        for field in (self._length, self._width):
            field.editingFinished.connect(self._commit_size)
        column.addLayout(field_row("Side", self._side))
        column.addLayout(field_row("Level", self._level))
        self._nerve_rows = _group(column, ("Diameter", self._diameter), ("Source", self._source))
        self._body_rows = _group(column, ("Length", self._length), ("Width", self._width))
        self._atlas_size = label("", "hint", wrap=True)
        self._state = label("", "secondary", wrap=True)
        column.addWidget(self._atlas_size)
        column.addWidget(self._state)
        column.addLayout(self._make_buttons())
        self._facts = SentenceList("Atlas notes")
        column.addWidget(self._facts)

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self._draw = QPushButton()
        self._draw.clicked.connect(self._place)
        self._show = QPushButton("Show")
        self._show.setToolTip("Move the crosshair to the target")
        self._show.clicked.connect(self._look)
        self._remove = QPushButton("Remove")
        self._remove.setProperty("look", "quiet")
        self._remove.clicked.connect(self._ask_remove)
        row.addWidget(self._draw, 1)
        row.addWidget(self._show)
        row.addWidget(self._remove)
        return row

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_target(self, target: Target) -> None:
        """Show a target's values beside what the atlas says."""
        self._target = target
        entry = next((entry for entry in atlas() if entry.id == target.atlas_id), None)
        self._side.select_data(target.side)
        if not self._level.hasFocus():
            self._level.setText(target.level)
        if entry is not None and self._level.completer() is None:
            self._level.setToolTip("\n".join(level.text for level in entry.levels))
        self._nerve_rows.setVisible(not target.is_body)
        self._body_rows.setVisible(target.is_body)
        self._diameter.show_value(target.diameter_mm or 0.0)
        if not self._source.hasFocus():
            self._source.setText(target.diameter_source)
        if isinstance(target.course, TargetBody):
            self._length.show_value(target.course.length_mm)
            self._width.show_value(target.course.width_mm)
        self._atlas_size.setText(atlas_sizes(entry))
        self._state.setText(_course_words(target))
        self._draw.setText("Move in slices" if target.is_body else "Draw anew")
        self._show.setEnabled(target.is_body or bool(_points(target)))
        self._facts.show_sentences(_atlas_sentences(entry))

    # --- acting ------------------------------------------------------------------------------------------------------

    def _commit(self) -> None:
        if self._target is not None:
            new = replace(self._target, side=Side(self._side.currentData()), level=self._level.text().strip())
            self._desk.apply(PutTarget(new))

    def _commit_diameter(self) -> None:
        if self._target is None:
            return
        diameter = self._diameter.value() or None
        source = self._source.text().strip()
        if diameter is not None and not source:
            self._desk.say("Say where the diameter comes from; then it is used.")
            self._source.setFocus()
            return
        self._desk.apply(PutTarget(replace(self._target, diameter_mm=diameter, diameter_source=source)))

    def _commit_size(self) -> None:
        if self._target is not None and isinstance(self._target.course, TargetBody):
            course = replace(self._target.course, length_mm=self._length.value(), width_mm=self._width.value())
            self._desk.apply(PutTarget(replace(self._target, course=course)))

    def _place(self) -> None:
        if self._target is not None:
            self._desk.view.select_target(self._target.id)
            self.redraw_asked.emit(self._target)

    def _look(self) -> None:
        if self._target is None:
            return
        if _points(self._target):
            self._desk.look_at(middle_of(self._target))

    def _ask_remove(self) -> None:
        if self._target is not None:
            self._desk.apply(RemoveTarget(self._target.id, self._target.words))


def _group(column: QVBoxLayout, *rows: tuple[str, QWidget]) -> QWidget:
    group = QWidget()
    inner = QVBoxLayout(group)
    inner.setContentsMargins(0, 0, 0, 0)
    inner.setSpacing(6)
    for name, field in rows:
        inner.addLayout(field_row(name, field))
    column.addWidget(group)
    return group


def _points(target: Target) -> tuple[tuple[float, float, float], ...]:
    if isinstance(target.course, TargetBody):
        return (target.course.centre_lps_mm,)
    return target.course.points_lps_mm


def middle_of(target: Target) -> tuple[float, float, float]:
    """Return the point to look at: the body's centre or the middle one of the nerve's points."""
    points = _points(target)
    return points[len(points) // 2] if points else (0.0, 0.0, 0.0)


def _course_words(target: Target) -> str:
    if isinstance(target.course, TargetBody):
        return f"Centre {patient_point(target.course.centre_lps_mm)}"
    count = len(target.course.points_lps_mm)
    if count < 2:
        return f"{count} of at least 2 points placed. Draw it anew."
    segment = target.course.segment_mm
    return f"{count} points; " + (
        "the whole curve is treated."
        if segment is None
        else f"treated from {number(segment[0], decimals=1)} to {number(segment[1], decimals=1)} mm."
    )


def atlas_sizes(entry: AtlasEntry | None) -> str:
    """Return what the atlas says of a target's size, each value with source and status."""
    if entry is None:
        return "This target is not in the atlas."
    if entry.form is TargetForm.NERVE:
        return f"Atlas diameter: {datum_words(entry.diameter_mm, 'mm')}"
    length, width = datum_words(entry.body_length_mm, "mm"), datum_words(entry.body_width_mm, "mm")
    return f"Atlas length: {length}\nAtlas width: {width}"


def _atlas_sentences(entry: AtlasEntry | None) -> list[str]:
    if entry is None:
        return []
    sentences = [f"Fibres: {entry.fibre_type}"]
    if entry.block_only:
        sentences.append("Block only so far: no cryoneurolysis of this target was found in the literature.")
    if entry.has_motor_fibres:
        sentences.append("Motor fibres: weakness is a risk.")
    for kind, statements in (("Level", entry.levels), ("Approach", entry.approaches), ("Risk", entry.risks)):
        for statement in statements:
            mark = (
                ""
                if statement.status.is_verified
                else f", {'unverified' if statement.status.value == 'recalled' else statement.status.value}"
            )
            sentences.append(f"{kind}: {statement.text} ({statement.source or 'no source'}{mark})")
    return sentences
