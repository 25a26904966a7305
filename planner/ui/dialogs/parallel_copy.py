"""Where shall a copy of this probe lie? How far beside it, and toward which side of the patient."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.planning.probe_copies import Toward
from planner.ui.dialogs.question import QuestionDialog
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import ChoiceField, NumberField

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from planner.domain.probe import ProbePlacement

# What two probes are usually apart so that their ice joins (project default; the prediction shows whether it does).
_USUAL_SPACING_MM = 15.0
_WIDTH_PX = 380


_SAID = (
    "Same model, angles and depth: the shafts run parallel. Where the entry then lies off the skin, the copy’s card "
    "says so."
)


class ParallelCopyDialog(QuestionDialog):
    """Spacing and direction: ``spacing_mm`` and ``toward``."""

    def __init__(self, parent: QWidget, probe: ProbePlacement) -> None:
        super().__init__(parent, f"Copy {probe.label} beside itself", _SAID, verb="Copy", width_px=_WIDTH_PX)
        self.spacing = NumberField(unit="mm", low=1, high=100)
        self.spacing.setAccessibleName("Spacing")
        self.spacing.setValue(_USUAL_SPACING_MM)
        self.direction = ChoiceField()
        self.direction.setAccessibleName("Toward")
        for toward in Toward:
            self.direction.addItem(toward.words[:1].upper() + toward.words[1:], toward)
        self.direction.select_data(Toward.HEAD)
        self.fields.addLayout(field_row("Spacing", self.spacing))
        self.fields.addLayout(field_row("Toward", self.direction))

    @property
    def spacing_mm(self) -> float:
        """Distance of the two shafts."""
        return self.spacing.value()

    @property
    def toward(self) -> Toward:
        """Where the copy lies, seen from the probe it follows."""
        chosen: Toward = self.direction.currentData()
        return chosen
