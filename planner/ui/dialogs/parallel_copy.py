"""Where shall a copy of this probe lie? How far beside it, and toward which side of the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from planner.planning.probe_copies import Toward
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import ChoiceField, NumberField
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.probe import ProbePlacement

# What two probes are usually apart so that their ice joins (project default; the prediction shows whether it does).
_USUAL_SPACING_MM = 15.0
_WIDTH_PX = 380


class ParallelCopyDialog(QDialog):
    """Spacing and direction; ``spacing_mm`` and ``toward`` hold the answer after OK."""

    def __init__(self, parent: QWidget, probe: ProbePlacement) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Copy {probe.label} beside itself")
        self.setMinimumWidth(_WIDTH_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(label(f"Copy {probe.label} beside itself", "title"))
        said = (
            "Same model, angles and depth: the shafts run parallel. Where the entry then lies off the skin, the copy’s "
            "card says so."
        )
        column.addWidget(label(said, "hint", wrap=True))
        self.spacing = NumberField(unit="mm", low=1, high=100)
        self.spacing.setAccessibleName("Spacing")
        self.spacing.setValue(_USUAL_SPACING_MM)
        self.direction = ChoiceField()
        self.direction.setAccessibleName("Toward")
        for toward in Toward:
            self.direction.addItem(toward.words[:1].upper() + toward.words[1:], toward)
        self.direction.select_data(Toward.HEAD)
        column.addLayout(field_row("Spacing", self.spacing))
        column.addLayout(field_row("Toward", self.direction))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        buttons.addButton("Copy", QDialogButtonBox.ButtonRole.AcceptRole).setProperty("look", "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)

    @property
    def spacing_mm(self) -> float:
        """Distance of the two shafts."""
        return self.spacing.value()

    @property
    def toward(self) -> Toward:
        """Where the copy lies, seen from the probe it follows."""
        chosen: Toward = self.direction.currentData()
        return chosen
