"""How is a case laid out? Head, rail and the page chosen there; the timer over all of it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner.ui.case.case_head import CaseHead
from planner.ui.case.case_rail import CaseRail
from planner.ui.case.case_steps import CaseStep, case_states
from planner.ui.case.empty_page import EmptyPage
from planner.ui.panels.structure_menus import LINE, fill_menu

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.identity import ProcedureId
    from planner.ui.case.case_deeds import CaseDeeds
    from planner.ui.case.case_desk import CaseDesk
    from planner.ui.case.follow_up_page import FollowUpPage
    from planner.ui.case.intake_page import IntakePage
    from planner.ui.case.plan_link import PlanLink
    from planner.ui.case.plans_page import PlansPage
    from planner.ui.case.procedure_page import ProcedurePage
    from planner.ui.case.timer_page import TimerPage

CASE_ACTIONS = frozenset({"undo", "redo", "hide_identity", "fold_rail"})
"""Actions that are the case's while it is on show."""
_NONE = "No case is open. A case holds the intake, the plans, the procedures and the follow-ups of one patient."


class Pages(dict[CaseStep, QWidget]):
    """The pages that were looked at; each is made when it is first asked for, so that a case opens without the rest."""

    def __init__(self, make: Callable[[CaseStep], QWidget]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, step: CaseStep) -> QWidget:
        """Make a page."""
        made = self[step] = self._make(step)
        return made


class CasePage(QStackedWidget):
    """The open case. ``cases_asked`` by the way back to the list; ``plans_made(PlansPage)`` once that page is there."""

    cases_asked = Signal()
    plans_made = Signal(object)

    def __init__(self, case_desk: CaseDesk, link: PlanLink) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAccessibleName("Case page")
        self.case_desk, self._link = case_desk, link
        self.head = CaseHead(case_desk)
        self.head.cases_asked.connect(self.cases_asked)
        self.rail = CaseRail()
        self.rail.step_chosen.connect(self._show_step)
        self.pages = Pages(self._make_page)
        self._stack = QStackedWidget()
        self._body = self._make_body()
        self._empty = EmptyPage(_NONE, "Go to the cases")
        self._empty.asked.connect(self.cases_asked)
        for page in (self._empty, self._body):
            self.addWidget(page)
        # Together: an edit with several consequences is shown once.
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(0)
        self._late.timeout.connect(self.show_case)
        case_desk.opened.connect(self._on_opened)
        case_desk.changed.connect(self._late.start)
        link.changed.connect(self._late.start)
        case_desk.desk.view.changed.connect(self._on_view)

    def _make_body(self) -> QWidget:
        body = QWidget()
        column = QVBoxLayout(body)
        row = QHBoxLayout()
        for box in (column, row):
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(0)
        row.addWidget(self.rail)
        row.addWidget(self._stack, 1)
        column.addWidget(self.head)
        column.addLayout(row, 1)
        return body

    def _make_page(self, step: CaseStep) -> QWidget:
        if step is CaseStep.INTAKE:
            return self.intake
        if step is CaseStep.PLANS:
            return self.plans
        return self.procedure if step is CaseStep.PROCEDURE else self.follow_up

    @cached_property
    def intake(self) -> IntakePage:
        """What was asked before the needle."""
        from planner.ui.case.intake_page import IntakePage

        made = IntakePage(self.case_desk)
        self._stack.addWidget(made)
        return made

    @cached_property
    def plans(self) -> PlansPage:
        """The plans of the case."""
        from planner.ui.case.plans_page import PlansPage

        made = PlansPage(self.case_desk)
        self._stack.addWidget(made)
        self.plans_made.emit(made)
        return made

    @cached_property
    def procedure(self) -> ProcedurePage:
        """What was done."""
        from planner.ui.case.procedure_page import ProcedurePage

        made = ProcedurePage(self.case_desk)
        self._stack.addWidget(made)
        made.timer_asked.connect(self.show_timer)
        return made

    @cached_property
    def follow_up(self) -> FollowUpPage:
        """How the patient fares."""
        from planner.ui.case.follow_up_page import FollowUpPage

        made = FollowUpPage(self.case_desk)
        self._stack.addWidget(made)
        return made

    @cached_property
    def timer(self) -> TimerPage:
        """The timer, over everything else of the case."""
        from planner.ui.case.timer_page import TimerPage

        made = TimerPage(self.case_desk)
        made.back_asked.connect(self.hide_timer)
        self.addWidget(made)
        return made

    def fill_menu(self, deeds: CaseDeeds) -> None:
        """Put into the head's menu what can be done with the case as a whole."""

        def entries() -> None:
            case = self.case_desk.case
            if case is None:
                return
            is_archived, case_id = case.is_archived, case.id
            fill_menu(
                self.head.menu,
                (
                    ("Name and patient…", "", deeds.name_case),
                    ("Duplicate", "", lambda: deeds.duplicate(case_id)),
                    (
                        "Take out of the archive" if is_archived else "Archive",
                        "",
                        lambda: deeds.archive(case_id, is_archived=not is_archived),
                    ),
                    LINE,
                    ("Print…", "", lambda: deeds.print_case(case)),
                    ("Export case…", "", lambda: deeds.export(case)),
                    ("Registry export…", "", lambda: deeds.export_registry(case_id)),
                    LINE,
                    ("Delete…", "", deeds.delete_open),
                ),
            )

        self.head.menu.aboutToShow.connect(entries)

    def record_follow_up(self, interval_days: int) -> None:
        """Show the follow-ups with the one at that interval begun."""
        self.go_to(CaseStep.FOLLOW_UP)
        self.follow_up.record(interval_days)

    def show_item(self, item_id: str) -> None:
        """Show a question of the intake."""
        self.go_to(CaseStep.INTAKE)
        self.intake.show_item(item_id)

    def show_timer(self, procedure_id: ProcedureId) -> None:
        """Show the timer of a procedure over everything else of the case."""
        self.timer.show_procedure(procedure_id)
        self.setCurrentWidget(self.timer)
        self.timer.setFocus()

    def hide_timer(self) -> None:
        """Go back from the timer to the procedure."""
        self.setCurrentWidget(self._body)
        self.go_to(CaseStep.PROCEDURE)

    def go_to(self, step: CaseStep) -> None:
        """Show one of the four pages."""
        self.rail.go_to(step)

    def show_case(self) -> None:
        """Show the head and the rail of the case as it stands."""
        case = self.case_desk.case
        if case is None:
            return
        standing = self._link.standing_of(case)
        self.head.show_case(case, standing.step)
        self.rail.show_states(case_states(case, standing.readiness, today=self.case_desk.today()))

    def _on_opened(self) -> None:
        is_open = self.case_desk.case is not None
        self.setCurrentWidget(self._body if is_open else self._empty)
        self.show_case()
        if is_open:
            self.go_to(CaseStep.INTAKE)

    def _show_step(self, step: CaseStep) -> None:
        self._stack.setCurrentWidget(self.pages[step])

    def _on_view(self, name: str) -> None:
        if name == "hide_identity":
            self.show_case()

    def pseudonym(self, *, on_plan: bool) -> str:
        """Return what the case is called that the top bar leads to: the plan's on its screen, else the open one."""
        first, case = self._link.first, self.case_desk.case
        if on_plan:
            return first.case.pseudonym if first is not None else ""
        if case is not None:
            return case.pseudonym
        return first.case.pseudonym if first is not None else ""

    @property
    def title(self) -> str:
        """What the window is called while the case is on show; never by who the patient is."""
        case = self.case_desk.case
        return "Case" if case is None else f"{case.pseudonym} — {case.problem}"

    def reason(self, action: str) -> str:
        """Return why one of :data:`CASE_ACTIONS` cannot be done now; empty when it can."""
        opened = self.case_desk.open_case
        if opened is None:
            return "No case is open."
        if action == "undo":
            return "" if opened.undo_label else "Nothing to undo."
        if action == "redo":
            return "" if opened.redo_label else "Nothing to redo."
        return ""

    def focus_first(self) -> None:
        """Put the keyboard where work goes on."""
        if self.currentWidget() is not self._body:
            return
        step = self.rail.current
        if step is CaseStep.INTAKE:
            self.intake.focus_first()
        elif step is CaseStep.PLANS:
            self.plans.focus_first()
        elif step is CaseStep.PROCEDURE:
            self.procedure.focus_first()
        else:
            self.follow_up.focus_first()

    def toggle_rail(self) -> None:
        """Fold or unfold the rail by hand."""
        self.rail.set_folded(folded=not self.rail.is_folded)

    def regions(self) -> tuple[QWidget, ...]:
        """Return the places in sight that F6 goes through: head, rail, page; or the timer alone."""
        if self.currentWidget() is self._body:
            return (self.head, self.rail.list, self.pages[self.rail.current])
        return (self._empty if self.case_desk.case is None else self.timer,)
