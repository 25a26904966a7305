"""What is this structure, and who stands for it? Form of the chosen one; every change is one step of the plan."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.errors import PlannerError
from planner.domain.geometry import Side
from planner.domain.structure import USUAL_ROLE, StructureRole
from planner.persistence.resources import rule_set
from planner.services.session import utc_now
from planner.services.structure_commands import ConfirmStructure, EditStructure
from planner.ui.panels.panel import SIDE_PX, field_row
from planner.ui.panels.structure_distance import DistanceRow
from planner.ui.panels.structure_fields import ColourChoice, KindChoice, MarginFields
from planner.ui.panels.structure_words import ROLE_WORDS, hu_words, kind_words, size_words, source_words, volume_words
from planner.ui.widgets.fields import ChoiceField, text_field
from planner.ui.widgets.folded_text import FoldedText
from planner.ui.widgets.labels import IconLabel, label, rule_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QLabel

    from planner.domain.structure import Structure
    from planner.ui.desk import Desk
    from planner.ui.panels.structure_measures import StructureMeasures

_NO_SIDE = "none"
_SIDE_PX = 80


class StructureForm(QFrame):
    """Fields of one structure, what is measured of it, and its confirmation.

    ``confirmed`` after a name was put under it.
    """

    confirmed = Signal()

    def __init__(self, desk: Desk, measures: StructureMeasures) -> None:
        super().__init__()
        self.setObjectName("section")
        self.setAccessibleName("Chosen structure")
        self.setMinimumWidth(1)  # its height is told for the width it gets, not for the one its longest words want
        self._desk, self._measures = desk, measures
        self._structure: Structure | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE_PX, 8, SIDE_PX, 12)
        column.setSpacing(6)
        self._make_head(column)
        self._make_fields(column)
        column.addWidget(rule_line())
        self._make_facts(column)

    def _make_head(self, column: QVBoxLayout) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        self.name = text_field(name="Name of the structure")
        self.name.setProperty("look", "heading")
        self.name.editingFinished.connect(self._rename)
        self.confirm_button = QPushButton("Confirm")
        self.confirm_button.setToolTip("Put your name under this structure, Ctrl+Enter in the list")
        self.confirm_button.clicked.connect(self.confirm)
        head.addWidget(self.name, 1)
        head.addWidget(self.confirm_button)
        column.addLayout(head)
        self.who = text_field(name="Your name", hint="Name of who checked it")
        self.who.returnPressed.connect(self.confirm)
        self._who_row, row = QWidget(), field_row("Your name", self.who)
        row.setContentsMargins(0, 0, 0, 0)
        self._who_row.setLayout(row)
        column.addWidget(self._who_row)
        self._by = label("", "secondary", wrap=True)
        column.addWidget(self._by)
        self._remark_row = QWidget()
        remark = QHBoxLayout(self._remark_row)
        remark.setContentsMargins(0, 0, 0, 0)
        remark.setSpacing(8)
        self._remark = label("", "sentence", wrap=True)
        remark.addWidget(IconLabel("warning", "check"), 0, Qt.AlignmentFlag.AlignTop)
        remark.addWidget(self._remark, 1)
        column.addWidget(self._remark_row)

    def _make_fields(self, column: QVBoxLayout) -> None:
        self.kind = KindChoice()
        self.kind.activated.connect(self._change_kind)
        self.side = ChoiceField()
        self.side.setAccessibleName("Side")
        for words, value in (("—", _NO_SIDE), *((side.value.capitalize(), side.value) for side in Side)):
            self.side.addItem(words, value)
        self.side.activated.connect(self._change_side)
        self.role = ChoiceField()
        self.role.setAccessibleName("Role")
        for role in StructureRole:
            self.role.addItem(ROLE_WORDS[role], role.value)
        self.role.activated.connect(self._change_role)
        self.margin = MarginFields()
        self.margin.committed.connect(self._change_margin)
        self.margin.refused.connect(self._desk.say)
        self.colour = ColourChoice()
        self.colour.colour_chosen.connect(self._change_colour)
        self.colour.refused.connect(self._desk.say)
        column.addLayout(field_row("Kind", self.kind))
        column.addLayout(field_row("Role", self.role))
        looks = field_row("Side, colour", self.side)
        self.side.setFixedWidth(_SIDE_PX)  # both fit beside each other in the narrow panel
        self.colour.setMinimumWidth(_SIDE_PX)
        looks.addWidget(self.colour, 1)
        column.addLayout(looks)
        column.addWidget(self.margin)

    def _make_facts(self, column: QVBoxLayout) -> None:
        self._size = _fact(column, "Volume")
        self._hu = _fact(column, "HU")
        self.distance = DistanceRow(self._desk, self._measures)
        column.addWidget(self.distance)
        self._source = FoldedText("Source")
        column.addLayout(field_row("Source", self._source))

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_structure(self, structure: Structure) -> None:
        """Show a structure; what is being typed into a field of the same one stays."""
        session = self._desk.session
        if session is None:
            return
        if self._structure is None or structure.id != self._structure.id:
            for field in (self.name, self.margin.margin, self.margin.reason):
                field.setModified(False)
        self._structure = structure
        if not self.name.isModified():
            self.name.setText(structure.name)
            self.name.setCursorPosition(0)
        self.kind.show_kind(structure.kind)
        self.side.select_data(structure.side.value if structure.side is not None else _NO_SIDE)
        self.role.select_data(structure.effective_role.value)
        self.margin.show_structure(structure, rule_set(session.plan.rule_set_id))
        self.colour.show_colour(structure.kind, structure.colour)
        self._source.show_text(source_words(structure))
        self._show_confirmation(structure)
        self.show_measures()

    def _show_confirmation(self, structure: Structure) -> None:
        self.confirm_button.setText("Withdraw" if structure.is_confirmed else "Confirm")
        self._who_row.setVisible(not structure.is_confirmed)
        self._by.setVisible(structure.is_confirmed)
        at = structure.confirmed_at.replace("T", " ").removesuffix("Z")
        self._by.setText(f"Confirmed by {structure.confirmed_by}" + (f", {at} UTC" if at else ""))
        if self._desk.who and not self.who.text():
            self.who.setText(self._desk.who)

    def show_measures(self) -> None:
        """Show what is known of the mask by now."""
        structure = self._structure
        if structure is None:
            return
        place = self._measures.place_of(structure)
        is_empty = place is not None and not place.volume_ml
        numbers = None if is_empty else self._measures.numbers_of(structure)
        known = volume_words(None if place is None else place.volume_ml)
        self._size.setText("Empty: draw it with the tools at the left" if is_empty else known)
        if numbers is not None:
            self._size.setText(size_words(numbers))
        self._hu.setText("—" if numbers is None else hu_words(numbers))
        remark = self._measures.remark_of(structure)
        self._remark.setText(remark)
        self._remark_row.setVisible(bool(remark))
        self.distance.show_structure(structure, is_empty=is_empty)

    # --- confirming --------------------------------------------------------------------------------------------------

    def confirm(self) -> None:
        """Put the name under the structure, or take it away; say what is missing.

        A stroke on its way comes first: put into the plan after it, it would withdraw what stands under it (H-28).
        """
        self._desk.painting.when_settled(self._confirm)

    def _confirm(self) -> None:
        structure = self._structure
        if structure is None:
            return
        if structure.is_confirmed:
            self._desk.apply(ConfirmStructure(structure.id, structure.name, "", ""))
            return
        place = self._measures.place_of(structure)
        if place is not None and not place.volume_ml:
            self._desk.say(f"{structure.name} is empty. Draw it, or remove it: there is nothing to confirm.")
        elif self._has_name():
            at = utc_now()
            if self._desk.apply(ConfirmStructure(structure.id, structure.name, self._desk.who, at)):
                self.confirmed.emit()

    def _has_name(self) -> bool:
        self._desk.who = self.who.text().strip()
        if not self._desk.who:
            self.who.setFocus()
            self._desk.say("Write your name first: a confirmation carries a name.")
        return bool(self._desk.who)

    # --- editing -----------------------------------------------------------------------------------------------------

    def _edit(self, what: str, change: Callable[[Structure], Structure]) -> None:
        """Make one edit of the shown structure; a refusal is said, and the fields go back to what is in the plan."""
        shown, session = self._structure, self._desk.session
        if shown is None or session is None:
            return
        current = session.plan.find_structure(shown.id)
        if current is None:
            return
        try:
            changed = change(current)
        except PlannerError as error:
            self._desk.refuse(error)
        else:
            was = current.is_confirmed
            if changed != current and self._desk.apply(EditStructure(changed, what)) and was:
                self._say_if_withdrawn(changed)
        self.show_structure(next(s for s in session.plan.structures if s.id == shown.id))

    def _say_if_withdrawn(self, structure: Structure) -> None:
        session = self._desk.session
        if session is not None and not session.plan.structure(structure.id).is_confirmed:
            self._desk.say(f"{structure.name} is unconfirmed again: it was confirmed as something else.")

    def _rename(self) -> None:
        typed = self.name.text().strip()
        self.name.setModified(False)
        if not typed:
            self._desk.say("A structure needs a name.")
        self._edit("rename", lambda s: replace(s, name=typed or s.name))

    def _change_kind(self) -> None:
        kind = self.kind.kind

        def change(structure: Structure) -> Structure:
            named_by_kind = structure.name == kind_words(structure.kind)
            return replace(structure, kind=kind, name=kind_words(kind) if named_by_kind else structure.name)

        self._edit("change kind", change)

    def _change_side(self) -> None:
        chosen = self.side.currentData()
        self._edit("change side", lambda s: replace(s, side=None if chosen == _NO_SIDE else Side(chosen)))

    def _change_role(self) -> None:
        role = StructureRole(self.role.currentData())

        def change(structure: Structure) -> Structure:
            usual = USUAL_ROLE.get(structure.kind, StructureRole.CRITICAL)
            return replace(structure, role=None if role is usual else role)

        self._edit("change role", change)

    def _change_margin(self) -> None:
        def change(structure: Structure) -> Structure:
            margin_mm, reason = self.margin.value
            return replace(structure, margin_mm=margin_mm, margin_reason=reason)

        self._edit("change margin", change)

    def _change_colour(self, colour: str) -> None:
        self._edit("change colour", lambda s: replace(s, colour=colour))


def _fact(column: QVBoxLayout, name: str) -> QLabel:
    """Add a row of a name and a value that wraps, and return the value's label."""
    row = QHBoxLayout()
    row.setSpacing(8)
    key = label(name, "secondary")
    key.setFixedWidth(96)
    value = label("—", wrap=True)
    value.setAccessibleName(name)
    row.addWidget(key, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(value, 1)
    column.addLayout(row)
    return value
