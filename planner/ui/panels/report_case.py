"""Which pages of its case does a plan's report carry? Ticks, kept while the window is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from planner.domain.case_print import CasePages, CaseParts
from planner.ui.widgets.labels import ElidedLabel, label
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.case import Case
    from planner.ui.case.plan_link import PlanLink

_NONE = "This plan is in no case: the report has no page of one."
_NAMES = "They name who answered and recorded; the case travels in the PDF as a file."
_NO_PAGE = "No page is ticked: the report says nothing of the case."


class CasePagesSection(QWidget):
    """Ticks for intake, procedure, follow-up and an empty record; of the case that the plan is in."""

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Pages of the case in the report")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        self._name = ElidedLabel("name")
        self.intake = TickBox("Intake")
        self.procedure = TickBox("Procedure")
        self.follow_up = TickBox("Follow-up")
        self.form = TickBox("Empty procedure record, to fill by hand")
        column.addWidget(self._name)
        for tick in self._ticks:
            tick.setChecked(tick is not self.form)
            tick.toggled.connect(self._tell)
            column.addWidget(tick)
        self._words = label(_NONE, "hint", wrap=True)
        column.addWidget(self._words)
        self._find: Callable[[], Case | None] = lambda: None
        self.refresh()

    def follow(self, link: PlanLink) -> None:
        """Show the case that this link finds, from now on."""
        self._find = lambda: None if link.first is None else link.first.case
        link.changed.connect(self.refresh)
        self.refresh()

    def pages(self, today: str) -> CasePages | None:
        """Return what is printed of the case as ticked; None for a plan in no case, or without a tick."""
        case = self._find()
        return None if case is None or self._parts.is_nothing else CasePages(case, today, self._parts)

    def refresh(self) -> None:
        """Show the case as it stands."""
        case = self._find()
        self._name.setVisible(case is not None)
        if case is not None:
            self._name.show_text(f"{case.pseudonym} · {case.problem}")
        for tick in self._ticks:
            tick.setVisible(case is not None)
        self._tell()

    @property
    def _ticks(self) -> tuple[TickBox, ...]:
        return self.intake, self.procedure, self.follow_up, self.form

    @property
    def _parts(self) -> CaseParts:
        return CaseParts(*(tick.isChecked() for tick in self._ticks))

    def _tell(self) -> None:
        has_case = self._find() is not None
        self._words.setText(_NONE if not has_case else _NO_PAGE if self._parts.is_nothing else _NAMES)
