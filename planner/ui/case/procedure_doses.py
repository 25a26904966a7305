"""How many scans, of what for, and with what dose? Four rows, their sum, and what others used, as context."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner.domain.procedure import ScanPurpose
from planner.persistence.gradings import published_doses
from planner.report.numbers import number
from planner.ui.case.procedure_forms import PurposeRow, dose_form
from planner.ui.case.record_rows import RecordTable
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.procedure import Procedure
    from planner.ui.case.procedure_edits import ProcedureEdits


class Doses(QWidget):
    """The rows of scans; no figure is a limit."""

    def __init__(self, edits: ProcedureEdits) -> None:
        super().__init__()
        self._edits = edits
        self.table: RecordTable[PurposeRow] = RecordTable(
            dose_form(), keep=self._keep, remove=lambda _at: None, is_removable=False
        )
        self.total = label("", "name")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (self.table, self.total, label(context_words(), "hint", wrap=True)):
            column.addWidget(widget)

    def show_procedure(self, procedure: Procedure) -> None:
        """Show the scans of a record."""
        noted = {dose.purpose: dose for dose in procedure.scans}
        self.table.show_items(tuple(PurposeRow(purpose, noted.get(purpose)) for purpose in ScanPurpose))
        self.total.setText(total_words(procedure))

    def _keep(self, _at: int, row: PurposeRow) -> str:
        def make(record: Procedure) -> Procedure:
            noted = {dose.purpose: dose for dose in record.scans if dose.purpose is not row.purpose}
            if row.dose is not None:
                noted[row.purpose] = row.dose
            return replace(record, scans=tuple(noted[purpose] for purpose in ScanPurpose if purpose in noted))

        return self._edits.edit(make, f"note the {row.purpose.value} scans")


def context_words() -> str:
    """Return where the published means come from."""
    doses = published_doses()
    total = f"{number(doses.total_msv, decimals=0)} ± {number(doses.total_sd_msv, decimals=0)} mSv in all"
    factor = f"{doses.conversion_msv_per_mgy_cm:g} mSv per mGy cm"
    return f"{doses.about} {doses.source}: {total}, by {factor}."


def total_words(procedure: Procedure) -> str:
    """Return the sum of scans and doses; of a purpose whose dose was not noted it says so."""
    if not procedure.scans:
        return "In all: nothing noted"
    scans = sum(dose.scans for dose in procedure.scans)
    known = [dose.dlp_mgy_cm for dose in procedure.scans if dose.dlp_mgy_cm is not None]
    counted = f"In all: {scans} scan{'' if scans == 1 else 's'}"
    if not known:
        return f"{counted}, dose not noted"
    missing = [dose.purpose.value for dose in procedure.scans if dose.dlp_mgy_cm is None and dose.scans]
    return f"{counted}, {sum(known):g} mGy cm" + (f" without {', '.join(missing)}" if missing else "")
