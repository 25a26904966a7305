"""What is the next target? A nerve or ganglion of the atlas, its side and level, and the way it is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCompleter, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from planner.domain.atlas import TargetForm
from planner.domain.geometry import Side
from planner.domain.target import TargetBody
from planner.persistence.resources import atlas
from planner.planning.target_copies import level_suggestions
from planner.ui.panels.panel import field_row
from planner.ui.panels.target_card import AtlasCard
from planner.ui.panels.target_marking import Wanted
from planner.ui.panels.target_ways import MarkWays
from planner.ui.widgets.fields import ChoiceField, NumberField, text_field
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.atlas import AtlasEntry
    from planner.domain.target import Target

_NAME_PX = 60


class NewTarget(QWidget):
    """The form of a target that is not in the plan yet."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.atlas = atlas_choice()
        self.atlas.setCurrentIndex(-1)
        self.side = side_choice()
        self.side.setCurrentIndex(-1)
        self.side.setPlaceholderText("Side of the patient")
        self.level = text_field(name="Level", hint="optional")
        column.addLayout(field_row("Nerve", self.atlas, width_px=_NAME_PX))
        pair = QHBoxLayout()
        pair.setSpacing(8)
        pair.addLayout(field_row("Side", self.side, width_px=_NAME_PX), 3)
        pair.addLayout(field_row("Level", self.level, width_px=36), 2)
        column.addLayout(pair)
        column.addWidget(self._make_sizes())
        self.reason = label("", "secondary", wrap=True)
        column.addWidget(self.reason)
        self.ways = MarkWays()
        column.addWidget(self.ways)
        self.card = AtlasCard()
        column.addWidget(self.card)
        self.atlas.currentIndexChanged.connect(self._take_entry)
        self.side.currentIndexChanged.connect(self.show_form)
        self.show_form()

    def _make_sizes(self) -> QWidget:
        self._sizes = QWidget()
        row = QHBoxLayout(self._sizes)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self.length = NumberField(unit="mm", low=0, high=200)
        self.width_mm = NumberField(unit="mm", low=0, high=200)
        for name, field in (("Length", self.length), ("Width", self.width_mm)):
            field.setSpecialValueText("—")
            field.valueChanged.connect(self.show_form)
            row.addLayout(field_row(name, field, width_px=_NAME_PX))
        return self._sizes

    @property
    def entry(self) -> AtlasEntry | None:
        """The atlas entry chosen."""
        chosen = self.atlas.currentData()
        return next((entry for entry in atlas() if entry.id == chosen), None)

    def missing(self) -> str:
        """Return why the target cannot be marked yet; empty when it can."""
        entry = self.entry
        if entry is None:
            return "Choose the nerve or ganglion."
        if self.side.currentData() is None:
            return "Choose the side of the patient."
        if entry.form is TargetForm.BODY and not (self.length.value() and self.width_mm.value()):
            return "The atlas has no size for this target. Measure it and type length and width."
        return ""

    def wanted(self) -> Wanted | None:
        """Return what is to be marked; None while something is missing."""
        if self.missing():
            return None
        side = Side(self.side.currentData())  # Qt hands enum members back as plain text
        return Wanted(self.entry, side, self.level.text().strip(), self.length.value(), self.width_mm.value())

    def begin_typing(self) -> None:
        """Take the keyboard where something is missing."""
        if self.entry is None:
            self.atlas.setFocus()
        elif self.side.currentData() is None:
            self.side.setFocus()
        else:
            self.length.setFocus()

    def forget(self) -> None:
        """Be ready for another target: side and nerve stay for the next of several, the level does not."""
        self.level.clear()

    def resume(self, target: Target) -> None:
        """Begin with nerve, side and size of a target that is there."""
        self.atlas.setCurrentIndex(self.atlas.findData(target.atlas_id))
        self.side.setCurrentIndex(self.side.findData(target.side))
        if isinstance(target.course, TargetBody):
            self.length.setValue(target.course.length_mm)
            self.width_mm.setValue(target.course.width_mm)
        self.level.clear()

    def _take_entry(self) -> None:
        entry = self.entry
        if entry is not None:
            self.length.setValue(entry.body_length_mm.value or 0.0)
            self.width_mm.setValue(entry.body_width_mm.value or 0.0)
            suggest_levels(self.level, entry)
        self.show_form()

    def show_form(self) -> None:
        """Show what the chosen entry needs, and what is still missing."""
        entry, missing = self.entry, self.missing()
        is_body = entry is not None and entry.form is TargetForm.BODY
        self._sizes.setVisible(is_body)
        self.card.setVisible(entry is not None)
        if entry is not None:
            self.card.show_entry(entry)
        self.reason.setText(missing)
        self.reason.setVisible(bool(missing))
        marks = len(entry.landmarks) if entry is not None else 0
        verb = "Place target  B" if is_body else "Draw nerve  N"
        self.ways.show_ways(is_body=is_body, landmarks=marks, verb=verb, missing=missing)


def side_choice() -> ChoiceField:
    """Return a choice of the patient's sides."""
    field = ChoiceField()
    for side in Side:
        field.addItem(side.value.capitalize(), side)
    return field


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


def suggest_levels(field: QLineEdit, entry: AtlasEntry | None) -> None:
    """Offer the levels or branches that the atlas entry's name stands for; anything else can be typed."""
    offered = level_suggestions(entry) if entry is not None else ()
    field.setPlaceholderText(f"such as {offered[len(offered) // 2]}" if offered else "optional")
    if not offered:
        field.setCompleter(None)  # type: ignore[arg-type]  # Qt takes None to have none
        return
    completer = QCompleter(list(offered), field)
    completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
    popup = completer.popup()
    if popup is not None:
        popup.setObjectName("completions")
    field.setCompleter(completer)
