"""By which way is the target marked? Buttons: point by point, by landmarks, along a structure chosen in place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.structure import StructureKind
from planner.planning.nerve_path import FARTHEST_CLICK_MM
from planner.ui.panels.panel import field_row
from planner.ui.panels.target_marking import Along
from planner.ui.widgets.fields import ChoiceField, NumberField
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.plan import Plan
    from planner.domain.structure import Structure

_NAME_PX = 68
# Beside a rib or a vessel a nerve runs close to its surface; shown in its field, and changed there (project default).
_OFFSET_MM = 2.0


class MarkWays(QWidget):
    """``draw_asked``, ``landmarks_asked``, ``along_asked(Along)``."""

    draw_asked = Signal()
    landmarks_asked = Signal()
    along_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        row = QHBoxLayout()
        row.setSpacing(6)
        self.draw = QPushButton("Draw nerve  N")
        self.landmarks = QPushButton("Landmarks")
        self.along = QPushButton("Along …")
        self.along.setAccessibleName("Along a structure")
        self.draw.clicked.connect(self.draw_asked)
        self.landmarks.clicked.connect(self.landmarks_asked)
        self.along.clicked.connect(self._turn)
        for button in (self.draw, self.landmarks, self.along):
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(self._make_along())
        self._structures: tuple[Structure, ...] = ()

    def _make_along(self) -> QWidget:
        self._box = QWidget()
        inner = QVBoxLayout(self._box)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(6)
        self.structure = ChoiceField()
        self.structure.setAccessibleName("Structure that the nerve follows")
        self.offset = NumberField(unit="mm", low=0, high=FARTHEST_CLICK_MM)
        self.offset.setValue(_OFFSET_MM)
        self.offset.setAccessibleName("Distance from the structure's surface")
        self.offset.setMaximumWidth(84)
        inner.addLayout(field_row("Along", self.structure, width_px=_NAME_PX))
        row = field_row("Distance", self.offset, width_px=_NAME_PX)
        row.addStretch(1)
        self.go = QPushButton("Click both ends")
        self.go.clicked.connect(self._go)
        row.addWidget(self.go)
        inner.addLayout(row)
        hint = (
            "The course keeps this distance from the structure's outline between your two clicks; then drag its points."
        )
        inner.addWidget(label(hint, "hint", wrap=True))
        self._box.hide()
        return self._box

    def show_ways(self, *, is_body: bool, landmarks: int, verb: str, missing: str) -> None:
        """Offer the ways that fit; ``missing`` says why none can be taken yet, ``verb`` is on the first button."""
        self.draw.setText(verb)
        self.landmarks.setVisible(landmarks > 0)
        self.along.setVisible(not is_body)
        if is_body:
            self._box.hide()
        has_none = "" if self._structures else "No structure to follow yet: find or draw one in the Structures step."
        tips = {
            self.draw: "Then click in a slice",
            self.landmarks: f"Click the {landmarks} places that the atlas names; a template appears, and you adjust it",
            self.along: has_none or "Two clicks, and the course follows a structure between them",
        }
        for button, tip in tips.items():
            button.setEnabled(not missing and not (button is self.along and has_none))
            button.setToolTip(missing or tip)
        self.go.setEnabled(not missing)

    def show_structures(self, plan: Plan) -> None:
        """Offer the plan's structures but the skin, whose surface no nerve follows."""
        structures = tuple(s for s in plan.structures if s.kind is not StructureKind.SKIN)
        if structures == self._structures:
            return
        before = self.structure.currentData()
        self._structures = structures
        self.structure.clear()
        for structure in structures:
            self.structure.addItem(structure.name, structure.id)
        self.structure.select_data(before if self.structure.findData(before) >= 0 else _likely(structures))

    def _turn(self) -> None:
        self._box.setVisible(not self._box.isVisibleTo(self))
        if self._box.isVisibleTo(self):
            self.structure.setFocus()

    def _go(self) -> None:
        chosen = self.structure.currentData()
        structure = next((s for s in self._structures if s.id == chosen), None)
        if structure is not None:
            self.offset.interpretText()
            self.along_asked.emit(Along(structure, self.offset.value()))


def _likely(structures: tuple[Structure, ...]) -> object:
    """Return the first bone, else the first vessel: what a nerve most often runs along."""
    for kind in (StructureKind.BONE, StructureKind.ARTERY, StructureKind.VEIN):
        found = next((s for s in structures if s.kind is kind), None)
        if found is not None:
            return found.id
    return structures[0].id if structures else None
