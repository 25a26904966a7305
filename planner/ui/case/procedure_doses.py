"""How many scans, of what for, and with what dose? Four rows and their sum; what others used unfolds, as context."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.procedure import ScanPurpose
from planner.persistence.gradings import published_doses
from planner.report.numbers import number
from planner.ui.case.procedure_forms import PurposeRow, dose_form, published_words
from planner.ui.case.record_rows import RecordTable
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from planner.domain.procedure import Procedure
    from planner.ui.case.procedure_edits import ProcedureEdits

_UNFOLD, _FOLD = "Published doses of liver procedures", "Hide the published doses"


class Doses(QWidget):
    """The rows of scans; no figure is a limit."""

    def __init__(self, edits: ProcedureEdits) -> None:
        super().__init__()
        self._edits = edits
        self.table: RecordTable[PurposeRow] = RecordTable(
            dose_form(), keep=self._keep, remove=lambda _at: None, is_removable=False
        )
        self.total = label("", "name")
        self.unfold = QPushButton(_UNFOLD)
        self.unfold.setProperty("look", "link")
        self.unfold.setCheckable(True)
        self.unfold.toggled.connect(lambda shown: self._show_context(shown=shown))
        self.context = label(context_words(), "hint", wrap=True)
        self.context.hide()
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.total)
        row.addWidget(self.unfold)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.table)
        column.addLayout(row)
        column.addWidget(self.context)

    def _show_context(self, *, shown: bool) -> None:
        self.context.setVisible(shown)
        self.unfold.setText(_FOLD if shown else _UNFOLD)

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
    """Return the published means, one line for each purpose, and where they come from."""
    doses = published_doses()
    lines = [f"{purpose.value.capitalize()}: {published_words(purpose)}." for purpose in ScanPurpose]
    total = f"{number(doses.total_msv, decimals=0)} ± {number(doses.total_sd_msv, decimals=0)} mSv in all"
    factor = f"{doses.conversion_msv_per_mgy_cm:g} mSv per mGy cm"
    return "\n".join((f"{doses.about} {doses.source}: {total}, by {factor}.", *lines))


def total_words(procedure: Procedure) -> str:
    """Return the sum of scans and doses; of a purpose whose count or dose was not noted it says so."""
    if not procedure.scans:
        return "In all: nothing noted"
    counts = [dose.scans for dose in procedure.scans if dose.scans is not None]
    uncounted = [dose.purpose.value for dose in procedure.scans if dose.scans is None]
    scans = sum(counts)
    told = [f"{scans} scan{'' if scans == 1 else 's'}{_without(uncounted)}"] if counts else ["scans not counted"]
    known = [dose.dlp_mgy_cm for dose in procedure.scans if dose.dlp_mgy_cm is not None]
    missing = [dose.purpose.value for dose in procedure.scans if dose.dlp_mgy_cm is None and dose.scans]
    told.append(f"{sum(known):g} mGy cm{_without(missing)}" if known else "dose not noted")
    return f"In all: {', '.join(told)}"


def _without(purposes: list[str]) -> str:
    return f" without {', '.join(purposes)}" if purposes else ""
