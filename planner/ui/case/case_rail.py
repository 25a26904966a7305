"""Which page of the case is on show? Intake, plans, procedure and follow-up, each with its state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from planner.ui.case.case_steps import CASE_ICONS, CaseStep
from planner.ui.theme.tokens import RAIL_FOLDED_PX, RAIL_PX
from planner.ui.widgets.labels import label
from planner.ui.widgets.rail import StepDelegate, StepModel, step_list

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.ui.case.case_steps import CaseState


class CaseRail(QFrame):
    """The rail of a case. ``step_chosen(CaseStep)`` when the user goes to another page."""

    step_chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("rail")
        self._model = StepModel()
        self._delegate = StepDelegate(CASE_ICONS)
        self.list = step_list(self._model, self._delegate, name="Pages of the case")
        self.list.selectionModel().currentChanged.connect(self._on_current)
        self._caption = label("CASE", "caption")
        self._caption.setContentsMargins(16, 14, 8, 8)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._caption)
        column.addWidget(self.list, 1)
        self.set_folded(folded=False)

    @property
    def current(self) -> CaseStep:
        """The page on show."""
        return list(CaseStep)[max(0, self.list.currentIndex().row())]

    @property
    def is_folded(self) -> bool:
        """Whether only icons are shown."""
        return self._delegate.folded

    def show_states(self, states: Sequence[CaseState]) -> None:
        """Refresh every row; the chosen page stays."""
        self._model.show_states(states)
        if not self.list.currentIndex().isValid():
            self.go_to(CaseStep.INTAKE)

    def go_to(self, step: CaseStep) -> None:
        """Choose a page."""
        self.list.setCurrentIndex(self._model.index(list(CaseStep).index(step)))

    def set_folded(self, *, folded: bool) -> None:
        """Show icons only, or icons and words."""
        self._delegate.folded = folded
        self.setFixedWidth(RAIL_FOLDED_PX if folded else RAIL_PX)
        self._caption.setVisible(not folded)
        self.list.doItemsLayout()

    def _on_current(self, current: QModelIndex) -> None:
        if current.isValid():
            self.step_chosen.emit(self.current)
