"""How far is this structure from a target or another structure? One choice, one figure, and a jump to the place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from planner.domain.structure import StructureKind
from planner.report.numbers import mm
from planner.ui.panels.panel import field_row
from planner.ui.steps import target_words
from planner.ui.widgets.fields import ChoiceField

if TYPE_CHECKING:
    from planner.domain.plan import Plan
    from planner.domain.structure import Structure
    from planner.domain.structure_numbers import StructuresApart
    from planner.ui.desk import Desk
    from planner.ui.panels.structure_measures import StructureMeasures

_CHOICE_PX = 64


class DistanceRow(QWidget):
    """A choice of what to measure to, the first target to begin with; the figure is pressed to go there."""

    def __init__(self, desk: Desk, measures: StructureMeasures) -> None:
        super().__init__()
        self._desk, self._measures = desk, measures
        self._structure: Structure | None = None
        self._found: StructuresApart | None = None
        self.choice = ChoiceField()
        self.choice.setAccessibleName("Distance to")
        self.choice.setPlaceholderText("Choose")
        self.choice.setMinimumWidth(_CHOICE_PX)
        self.choice.activated.connect(lambda _row: self._show_figure())
        self.figure = QPushButton("—")
        self.figure.setProperty("look", "link")
        self.figure.clicked.connect(self._go)
        row = field_row("Distance to", self.choice)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.figure)
        self.setLayout(row)
        assert isinstance(row, QHBoxLayout)  # noqa: S101 - what field_row makes

    def show_structure(self, structure: Structure, *, is_empty: bool) -> None:
        """Show the distance of a structure to what is chosen; without anything to measure to, nothing is shown."""
        session = self._desk.session
        self._structure = None if is_empty else structure
        if session is None:
            return
        self._fill(session.plan, structure)
        self.setVisible(bool(self.choice.count()) and not is_empty)
        self._show_figure()

    def _fill(self, plan: Plan, structure: Structure) -> None:
        entries = [(target_words(target), f"target {target.id}") for target in plan.targets]
        if structure.kind is not StructureKind.SKIN:  # its mask is the whole body: everything lies inside
            others = (s for s in plan.structures if s.id != structure.id and s.kind is not StructureKind.SKIN)
            entries += [(other.name, f"structure {other.id}") for other in others]
        if entries == [(self.choice.itemText(n), self.choice.itemData(n)) for n in range(self.choice.count())]:
            return
        before = self.choice.currentData()
        self.choice.blockSignals(True)
        self.choice.clear()
        for words, data in entries:
            self.choice.addItem(words, data)
        self.choice.setCurrentIndex(self.choice.findData(before) if before else -1)
        if self.choice.currentIndex() < 0 and plan.targets:
            self.choice.setCurrentIndex(0)
        self.choice.blockSignals(False)

    def _show_figure(self) -> None:
        self._found = self._measured()
        found = self._found
        if found is None:
            text = "—"
        elif found.distance_mm < 0:
            text = f"{mm(-found.distance_mm)} inside"
        else:
            text = mm(found.distance_mm)
        self.figure.setText(text)
        self.figure.setEnabled(found is not None)
        self.figure.setAccessibleName(f"Distance {text}: go there")

    def _measured(self) -> StructuresApart | None:
        session, structure, chosen = self._desk.session, self._structure, self.choice.currentData()
        if session is None or structure is None or not chosen:
            return None
        what, _, item_id = str(chosen).partition(" ")
        if what == "target":
            target = next((t for t in session.plan.targets if t.id == item_id), None)
            return None if target is None else self._measures.to_target(structure, target)
        other = next((s for s in session.plan.structures if s.id == item_id), None)
        return None if other is None else self._measures.apart(structure, other)

    def _go(self) -> None:
        if self._found is not None:
            self._desk.look_at(self._found.at_a_lps_mm)
