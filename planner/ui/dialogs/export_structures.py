"""Which structures leave the program, and in which form? Two choices and what the form keeps of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from planner.domain.exchange import ExportForm
from planner.ui.panels.panel import field_row
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.identity import StructureId
    from planner.domain.structure import Structure

_WIDTH_PX = 480
FORM_WORDS: dict[ExportForm, str] = {
    ExportForm.DICOM_SEG: "Voxels with coded names, beside the CT in any DICOM archive. Needs the CT's own files.",
    ExportForm.RTSTRUCT: "Outlines on the CT's slices, for radiotherapy systems. Needs the CT's own files.",
    ExportForm.SEG_NRRD: "Voxels with names and colours, for 3D Slicer.",
    ExportForm.NIFTI: "Voxels as numbers; the names stand in a table beside the file.",
    ExportForm.STL: "Surfaces, one file per structure, patient millimetres (LPS).",
    ExportForm.PLY: "Surfaces, one file per structure, patient millimetres (LPS).",
    ExportForm.OBJ: "Surfaces, one file per structure, patient millimetres (LPS).",
}


class ExportDialog(QDialog):
    """Which structures (all, confirmed, the chosen one) and which form. Read ``structures`` and ``form`` after OK."""

    def __init__(self, parent: QWidget, structures: Sequence[Structure], *, chosen: StructureId | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Export structures")
        self.setMinimumWidth(_WIDTH_PX)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addWidget(label("Export structures", "title"))
        confirmed = [s for s in structures if s.is_confirmed]
        picked = [s for s in structures if s.id == chosen]
        self._sets: list[tuple[str, list[Structure]]] = [
            (f"All {len(structures)}", list(structures)),
            (f"Confirmed only, {len(confirmed)}", confirmed),
            (f"Only {picked[0].name}" if picked else "Only the chosen one", picked),
        ]
        self.which = ChoiceField()
        for at, (words, held) in enumerate(self._sets):
            if held:
                self.which.addItem(words, at)
        self.which.currentIndexChanged.connect(self._show_words)
        column.addLayout(field_row("Structures", self.which))
        self.form_choice = ChoiceField()
        for form in ExportForm:
            self.form_choice.addItem(form.value, form.value)
        self.form_choice.currentIndexChanged.connect(self._show_words)
        column.addLayout(field_row("Form", self.form_choice))
        self._words = label("", "hint", wrap=True)
        column.addWidget(self._words)
        self._unconfirmed = label("", "secondary", wrap=True)
        column.addWidget(self._unconfirmed)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        go = buttons.addButton("Choose place…", QDialogButtonBox.ButtonRole.AcceptRole)
        go.setProperty("look", "primary")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self._show_words()

    @property
    def structures(self) -> list[Structure]:
        """The structures to write."""
        return self._sets[int(self.which.currentData())][1]

    @property
    def form(self) -> ExportForm:
        """The form to write."""
        return ExportForm(self.form_choice.currentData())

    def _show_words(self) -> None:
        self._words.setText(FORM_WORDS[self.form])
        unconfirmed = sum(not s.is_confirmed for s in self.structures)
        verb = "is" if unconfirmed == 1 else "are"
        self._unconfirmed.setText(f"{unconfirmed} of them {verb} unconfirmed." if unconfirmed else "")
        self._unconfirmed.setVisible(bool(unconfirmed))
