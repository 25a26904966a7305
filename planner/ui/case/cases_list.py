"""Which case to go on with? A table of cases, the last edited first; Enter or a double click opens one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.ui.case.cases_rows import TRAINING, CaseLine, spoken
from planner.ui.widgets.two_line_table import Cell, TableRow, TwoLineTable

if TYPE_CHECKING:
    from collections.abc import Sequence

HEADS = ("Case", "Target", "Intake", "Last procedure", "Next follow-up", "State")
CASE, TARGET, INTAKE, PROCEDURE, DUE, STATE = range(len(HEADS))
_WIDTHS = (430, 330, 100, 132, 190)
_NARROW = (290, 190, 76, 108, 162)
_HIDDEN = "Identity hidden"


class CasesList(TwoLineTable):
    """The table; see :class:`TwoLineTable` for its signals. Keys are ids of cases."""

    def __init__(self) -> None:
        super().__init__(HEADS, name="Cases", widths=_WIDTHS, narrow=_NARROW)
        self._lines: tuple[CaseLine, ...] = ()

    def show_lines(self, lines: Sequence[CaseLine], *, hides_identity: bool) -> None:
        """List cases; who the patients are stays out while names are hidden."""
        self._lines = tuple(lines)
        self.show_rows([_row(line, hides_identity=hides_identity) for line in self._lines])

    def line(self, key: str | None = None) -> CaseLine | None:
        """Return a case of the list, or the chosen one."""
        wanted = key if key is not None else self.current()
        return next((line for line in self._lines if line.case_id == wanted), None)

    def lines(self) -> tuple[CaseLine, ...]:
        """Return what is listed."""
        return self._lines


def _row(line: CaseLine, *, hides_identity: bool) -> TableRow:
    patient = _HIDDEN if line.patient and hides_identity else line.patient
    named = "  ·  ".join(part for part in (line.pseudonym, TRAINING if line.is_training else "", patient) if part)
    cells = (
        Cell(line.problem, named, is_strong=True, tip=line.problem),
        Cell(line.targets, line.plans, tip=line.targets),
        Cell(line.intake, "answered" if line.intake else ""),
        Cell(line.procedure, line.procedure_note),
        Cell(
            line.due,
            line.due_day,
            tone="check" if line.is_waiting else "text_3",
            icon="warning" if line.is_overdue else "",
            tip=line.due_words,
        ),
        Cell(second=line.reason, state=line.state, tip=f"{line.state.word}: {line.reason}"),
    )
    return TableRow(line.case_id, cells, spoken(line, patient=patient))
