"""What of a plan leaves for other tools, and with whose name on it? Forms to tick, and whether without an identity."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from planner.domain.exchange import PlanForm
from planner.ui.dialogs.question import SIDE_PX, QuestionDialog
from planner.ui.widgets.labels import label
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

_WIDTH_PX = 520
FORM_WORDS: dict[PlanForm, str] = {
    PlanForm.CSV: "Tables: every check, every exposure (CSV)",
    PlanForm.PNG: "Figures of the report (PNG)",
    PlanForm.STL: "Surfaces of the probes (STL)",
    PlanForm.PLY: "Surfaces of ice and probes (PLY)",
    PlanForm.MARKUPS: "Nerves and probes for 3D Slicer (markups)",
}
_NAMED = "The files name the patient as the report does."
_NOBODYS = (
    "The plan and the CT are written anew without names, dates and identifiers, then predicted and printed anew. "
    "Pixels stay as scanned: a face in them can still be seen."
)


@dataclass(frozen=True, slots=True)
class PlanExport:
    """What is to be written beside the report, whether without an identity, and then whether the CT goes along."""

    forms: tuple[PlanForm, ...]
    is_nobodys: bool
    with_ct: bool


class ExportPlanDialog(QuestionDialog):
    """Read ``asked`` when it is accepted: it is gone soon after."""

    def __init__(self, parent: QWidget) -> None:
        said = "The report, the plan and the verdicts as JSON and the ice as STL are always written."
        super().__init__(parent, "Export the plan", said, verb="Choose folder…", width_px=_WIDTH_PX)
        self.ticks = {form: TickBox(words) for form, words in FORM_WORDS.items()}
        for form, tick in self.ticks.items():
            tick.setChecked(form is PlanForm.CSV)
            self.fields.addWidget(tick)
        self.nobodys = TickBox("Without an identity (DICOM PS3.15 basic profile)")
        self.nobodys.toggled.connect(self._show)
        self.fields.addSpacing(8)
        self.fields.addWidget(self.nobodys)
        self.ct = TickBox("The CT without an identity, too")
        self.fields.addWidget(self.ct)
        self._words = label(_NOBODYS, "hint", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.fields.addWidget(self._words)
        self.ensurePolished()  # with the theme's font
        # The longer words have their room from the start: a dialog that is open does not grow.
        self._words.setMinimumHeight(self._words.heightForWidth(_WIDTH_PX - 2 * SIDE_PX))
        layout = self.layout()
        if layout is not None:  # on a small screen, too, where Qt opens it at its least height
            self.setMinimumHeight(layout.totalHeightForWidth(_WIDTH_PX))
        self._show()

    @property
    def asked(self) -> PlanExport:
        """What is asked for as the dialog stands."""
        forms = tuple(form for form, tick in self.ticks.items() if tick.isChecked())
        is_nobodys = self.nobodys.isChecked()
        return PlanExport(forms, is_nobodys=is_nobodys, with_ct=is_nobodys and self.ct.isChecked())

    def _show(self) -> None:
        is_nobodys = self.nobodys.isChecked()
        self.ct.setEnabled(is_nobodys)
        self._words.setText(_NOBODYS if is_nobodys else _NAMED)
