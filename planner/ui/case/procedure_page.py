"""What was done, beside what was planned? The page of a case's procedure records."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner.casebook.planned_and_done import compared
from planner.casebook.record_gaps import not_recorded
from planner.services.case_commands import RemoveProcedure
from planner.ui.case.empty_page import EmptyPage
from planner.ui.case.planned_done_table import PlannedDoneTable
from planner.ui.case.procedure_edits import ProcedureEdits
from planner.ui.case.procedure_form import ProcedureForm
from planner.ui.case.procedure_head import ProcedureHead
from planner.ui.case.procedure_start import ProcedureStart
from planner.ui.case.record_days import day_doubt
from planner.ui.case.record_finish import FinishStrip
from planner.ui.theme.tokens import NARROW_WINDOW_PX
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from planner.domain.identity import ProcedureId
    from planner.domain.procedure import Procedure
    from planner.ui.case.case_desk import CaseDesk

_TABLE_PX = 500
_RAIL_PX = 208
_EMPTY = "No procedure is recorded. A record takes what was planned and lays what was done beside it."
_BEGIN = "Record a procedure"


def open_points(procedure: Procedure) -> tuple[str, ...]:
    """Return what a record does not say, and whether its day is in doubt."""
    told, _day = day_doubt(procedure)
    return (*not_recorded(procedure), *((told.removesuffix("."),) if told else ()))


class ProcedurePage(QStackedWidget):
    """Records of the open case. ``timer_asked(procedure_id)`` for the full-page timer."""

    timer_asked = Signal(object)

    def __init__(self, case_desk: CaseDesk) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAccessibleName("Procedure")
        self._case_desk = case_desk
        self._current: ProcedureId | None = None
        self._is_late = False
        self._asked_of: Procedure | None = None
        self.forms: dict[ProcedureId, ProcedureForm] = {}
        self.start = ProcedureStart(case_desk, self)
        self.start.begun.connect(self.show_procedure)
        self.empty = EmptyPage(_EMPTY, _BEGIN)
        self.empty.asked.connect(lambda: self.start.ask(self.empty.button, always=False))
        self.addWidget(self.empty)
        self.head = ProcedureHead()
        self.addWidget(self._make_body())
        self._connect()
        # Together: an edit with several consequences is shown once.
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(0)
        self._late.timeout.connect(self._show_table)
        case_desk.opened.connect(self._on_opened)
        case_desk.changed.connect(self._on_changed)
        self.show_case()

    def _make_body(self) -> QWidget:
        body = QWidget()
        self.finish = FinishStrip()  # before the record, in the order of the Tab key
        column, row = QVBoxLayout(body), QHBoxLayout()
        for box in (column, row):
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(0)
        self._stack = QStackedWidget()
        self._stack.setObjectName("panelPage")
        row.addWidget(self._stack, 1)
        row.addWidget(self._make_side())
        column.addWidget(self.head)
        column.addWidget(self.finish)
        column.addLayout(row, 1)
        return body

    def _make_side(self) -> QFrame:
        """Return the table of planned and done, why a line has nothing, and what is not recorded yet."""
        self._side = QFrame()
        self._side.setObjectName("panel")
        column = QVBoxLayout(self._side)
        column.setContentsMargins(1, 12, 0, 12)
        column.setSpacing(8)
        title = label("Planned and done", "heading")
        title.setContentsMargins(12, 0, 12, 0)
        self.table = PlannedDoneTable()
        self.reason = label("", "secondary", wrap=True)
        self.gaps = label("", "secondary", wrap=True)
        for each in (self.reason, self.gaps):
            each.setContentsMargins(12, 0, 12, 0)
            each.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addWidget(title)
        column.addWidget(self.table, 1)
        column.addWidget(self.reason)
        column.addWidget(self.gaps)
        self.table.selectionModel().currentRowChanged.connect(lambda now, _before: self._show_reason(now.row()))
        return self._side

    def _connect(self) -> None:
        self.head.chosen.connect(self.show_procedure)
        self.head.new_asked.connect(lambda: self.start.ask(self.head.new, always=True))
        self.head.timer_asked.connect(self._ask_timer)
        self.head.finish_asked.connect(self._ask_finish)
        self.finish.accepted.connect(self._finish)
        self.finish.shown_asked.connect(self._show_refused)
        self._case_desk.named.connect(self.finish.hide)
        self.head.remove_asked.connect(self._remove)
        self.head.table_asked.connect(lambda _on: self._lay_out())

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_procedure(self, procedure_id: ProcedureId) -> None:
        """Show one record of the open case."""
        self._current = procedure_id
        self.show_case()

    def show_case(self) -> None:
        """Show the record looked at as the case has it now; the last one where that is gone."""
        procedure = self.procedure
        if procedure is None:
            self.setCurrentWidget(self.empty)
            return
        self._current = procedure.id
        case = self._case_desk.case
        self.head.show_records(() if case is None else case.procedures, procedure)
        form = self._form(procedure.id)
        form.show_procedure(procedure, plan_remark=self._plan_remark(procedure))
        self._stack.setCurrentWidget(form)
        self.setCurrentIndex(1)
        self._follow_finish(procedure)
        self._late.start()

    def _follow_finish(self, procedure: Procedure) -> None:
        """Take away what was said of finishing once the record is another one than it was said of."""
        if self._asked_of is not None and self._asked_of != procedure:
            self.finish.hide()
        self._asked_of = procedure

    @property
    def procedure(self) -> Procedure | None:
        """The record looked at: the one chosen, else the last of the case; None without any."""
        case = self._case_desk.case
        if case is None or not case.procedures:
            return None
        return next((one for one in case.procedures if one.id == self._current), case.procedures[-1])

    @property
    def form(self) -> ProcedureForm | None:
        """The sections of the record looked at."""
        return None if self._current is None else self.forms.get(self._current)

    def _form(self, procedure_id: ProcedureId) -> ProcedureForm:
        if procedure_id not in self.forms:
            self.forms[procedure_id] = ProcedureForm(ProcedureEdits(self._case_desk, procedure_id))
            self._stack.addWidget(self.forms[procedure_id])
        return self.forms[procedure_id]

    def _on_changed(self) -> None:
        """Follow an edit; out of sight, once the page is seen again."""
        if self.isVisible():
            self.show_case()
        else:
            self._is_late = True

    def showEvent(self, event: QShowEvent) -> None:
        """Show what was edited while the page was out of sight."""
        super().showEvent(event)
        if self._is_late:
            self._is_late = False
            self.show_case()

    def _on_opened(self) -> None:
        """Start anew with another case."""
        for form in self.forms.values():
            self._stack.removeWidget(form)
            form.deleteLater()
        self.forms.clear()
        self._current = None
        self.show_case()

    def _show_table(self) -> None:
        procedure = self.procedure
        if procedure is None:
            return
        self.table.show_rows(compared(procedure))
        self._show_reason(self.table.currentIndex().row())
        gaps = open_points(procedure)
        told = "Not recorded" if procedure.is_finished else "Not recorded yet"
        self.gaps.setText(f"{told}: {'; '.join(gaps)}." if gaps else "Nothing is missing in the record.")

    def _show_reason(self, row: int) -> None:
        reason = self.table.reason_at(row)
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))

    def _plan_remark(self, procedure: Procedure) -> str:
        """Say when the plan is not what it was when the record began."""
        planned, case, session = procedure.planned, self._case_desk.case, self._case_desk.desk.session
        if planned is None or case is None:
            return ""
        kept = case.plan(planned.plan_id)
        if session is not None and session.plan.id == planned.plan_id:
            is_edited = session.plan_hash != planned.plan_hash
        else:
            is_edited = kept is not None and kept.plan_hash != planned.plan_hash
        if is_edited:
            return "The plan was edited after this record began; what was planned then stays here."
        return "" if kept is not None else "The plan was taken out of the case; what was planned stays here."

    def _lay_out(self) -> None:
        """Show record and table side by side, or on a narrow window one of them."""
        is_narrow = self.width() < NARROW_WINDOW_PX - _RAIL_PX
        self.head.show_switch(is_narrow=is_narrow)
        shows_table = not is_narrow or self.head.table.isChecked()
        self._side.setVisible(shows_table)
        self._stack.setVisible(not is_narrow or not shows_table)
        self._side.setMinimumWidth(0 if is_narrow else _TABLE_PX)
        self._side.setMaximumWidth(16_777_215 if is_narrow else _TABLE_PX)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the two parts."""
        super().resizeEvent(event)
        self._lay_out()

    def changeEvent(self, event: QEvent) -> None:
        """Draw the table in the colours of another theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.table.viewport().update()

    # --- deeds -------------------------------------------------------------------------------------------------------

    def focus_first(self) -> None:
        """Take the keyboard."""
        (self.empty.button if self.procedure is None else self.head.choice).setFocus()

    def _ask_timer(self) -> None:
        form, procedure = self.form, self.procedure
        if form is not None and procedure is not None:
            form.commit()
            self.timer_asked.emit(procedure.id)

    def _ask_finish(self) -> None:
        """Finish the record, once nothing typed is refused and what is missing is accepted by a press of its own."""
        form = self.form
        if form is None:
            return
        form.commit()
        typed, _row = form.refused()
        refusal = typed or form.edits.why_not_finished()
        procedure = self.procedure
        if refusal or procedure is None:
            self.finish.refuse(refusal, is_in_a_field=bool(typed))
            return
        missing = open_points(procedure)
        if missing:
            self.finish.ask(missing)
        else:
            self._finish()

    def _finish(self) -> None:
        form = self.form
        if form is None:
            return
        form.commit()
        refusal = form.refused()[0] or form.edits.finish()
        if refusal:
            self.finish.refuse(refusal, is_in_a_field=bool(form.refused()[0]))
        else:
            self.finish.hide()

    def _show_refused(self) -> None:
        """Bring what was typed and is refused into sight, with the keyboard in it."""
        form = self.form
        row = None if form is None else form.refused()[1]
        if form is not None and row is not None:
            self.head.record.setChecked(True)
            form.ensureWidgetVisible(row)
            row.begin()

    def _remove(self) -> None:
        procedure = self.procedure
        if procedure is not None and self._case_desk.apply(RemoveProcedure(procedure.id, "remove a procedure record")):
            self._case_desk.desk.say(f"The record of {procedure.day} is removed. Undo brings it back.")
