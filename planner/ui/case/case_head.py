"""Whose case is it, is it ready, and who is recording? The bar over the pages of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QVBoxLayout

from planner.domain.errors import PlannerError
from planner.domain.identity import PatientIdentity
from planner.ui.case.case_stage import stage_style
from planner.ui.case.two_lines import TwoLines
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import ElidedLabel, StateBadge, label, set_tone, upright_line

if TYPE_CHECKING:
    from planner.casebook.next_step import NextStep
    from planner.domain.case import Case
    from planner.ui.case.case_desk import CaseDesk

_HEAD_PX = 64
_NAME_PX = 180
HIDDEN = "Identity hidden"
_WHO_TIP = "Every answer and record made from now on carries this name. This computer remembers it; empty it to forget."


class CaseHead(QFrame):
    """64 px over a case. ``cases_asked`` by its way back to the list; ``menu`` is filled by the page."""

    cases_asked = Signal()

    def __init__(self, case_desk: CaseDesk) -> None:
        super().__init__()
        self._desk = case_desk
        self.setObjectName("panelHead")
        self.setAccessibleName("Case")
        self.setFixedHeight(_HEAD_PX)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 0, 16, 0)
        row.setSpacing(12)
        self._back = QPushButton("Cases")
        self._back.setProperty("look", "quiet")
        self._back.setToolTip("All cases, Ctrl+Shift+C")
        set_icon(self._back, "arrow-u-up-left")
        self._back.clicked.connect(self.cases_asked)
        row.addWidget(self._back)
        row.addWidget(upright_line(32))
        row.addLayout(self._make_names(), 1)
        row.addLayout(self._make_state(), 1)
        row.addWidget(label("Recorded by", "secondary"))
        self.who = text_field(name="Recorded by", hint="Your name")
        self.who.setToolTip(_WHO_TIP)
        self.who.setFixedWidth(_NAME_PX)
        self.who.textEdited.connect(lambda text: case_desk.set_who(text.strip()))
        self.who.editingFinished.connect(lambda: None if self.who.text().strip() else case_desk.forget_who())
        row.addWidget(self.who)
        self.menu = QMenu(self)
        self.more = self._make_more()
        row.addWidget(self.more)
        case_desk.named.connect(self._show_who)

    def _make_names(self) -> QVBoxLayout:
        names = QVBoxLayout()
        names.setSpacing(0)
        self.problem = ElidedLabel("title")
        self.patient = ElidedLabel("secondary")
        self._training = label("TRAINING", "tag")
        self._training.setFixedHeight(18)
        self._training.setToolTip("A plan of it is of a synthetic patient: no registry takes it")
        set_tone(self._training, "check")
        below = QHBoxLayout()
        below.setSpacing(8)
        below.addWidget(self._training)
        below.addWidget(self.patient, 1)
        names.addStretch(1)
        names.addWidget(self.problem)
        names.addLayout(below)
        names.addStretch(1)
        return names

    def _make_state(self) -> QVBoxLayout:
        state = QVBoxLayout()
        state.setSpacing(1)
        self.badge = StateBadge()
        self.reason = TwoLines("secondary")
        badge = QHBoxLayout()
        badge.addWidget(self.badge)
        badge.addStretch(1)
        state.addStretch(1)
        state.addLayout(badge)
        state.addWidget(self.reason)
        state.addStretch(1)
        return state

    def _make_more(self) -> QPushButton:
        more = QPushButton()
        set_icon(more, "dots-three")
        more.setProperty("look", "iconMenu")
        more.setMenu(self.menu)
        more.setAccessibleName("More for the case")
        more.setToolTip("More for the case")
        return more

    def show_case(self, case: Case, step: NextStep) -> None:
        """Show whose case it is and what it waits for; the patient only where an identity is kept and not hidden."""
        self.problem.show_text(case.problem)
        archived = "Archived" if case.is_archived else ""
        self.patient.show_text(" · ".join(part for part in (case.pseudonym, self._patient(case), archived) if part))
        self._training.setVisible(not case.is_of_a_patient)  # H-20
        self.badge.show_state(stage_style(step))
        self.reason.show_text(step.reason)
        self._show_who()

    def _patient(self, case: Case) -> str:
        """Return the patient's label where an identity is kept; hidden with X (H-43)."""
        try:
            identity = self._desk.library.identities.get(case.id)
        except PlannerError:
            return "Identity cannot be read"
        if identity == PatientIdentity():
            return ""
        return HIDDEN if self._desk.desk.view.hide_identity else identity.label

    def _show_who(self) -> None:
        if self.who.text().strip() != self._desk.desk.who:
            with QSignalBlocker(self.who):
                self.who.setText(self._desk.desk.who)
