"""How does the case hang in the window? Its page, the list of cases, and the ways between case, plan and list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from planner.ui.case.case_deeds import CaseDeeds
from planner.ui.case.case_page import CasePage
from planner.ui.case.cases_page import CasesPage
from planner.ui.case.intake_offers import said_in_intake
from planner.ui.case.plan_link import PlanLink

if TYPE_CHECKING:
    from planner.casebook.course import Reminder
    from planner.ui.case.case_desk import CaseDesk
    from planner.ui.case.plans_page import PlansPage
    from planner.ui.main_window import MainWindow


_NO_CASE = "No case is open, and the open plan is in none. These are all cases."


class CaseWindow(QObject):
    """What of the window is about cases. ``page`` is the open case, ``list`` all of them, ``link`` the plan's."""

    def __init__(self, window: MainWindow, case_desk: CaseDesk) -> None:
        super().__init__(window)
        case_desk.setParent(self)  # its threads end with the window
        self._window, self._desk = window, case_desk
        self.link = PlanLink(case_desk)
        self.page = CasePage(case_desk, self.link)
        self.deeds = CaseDeeds(window, case_desk, self.link)
        self.list = CasesPage(case_desk, self.deeds)
        window.start.mount_cases(self.list)

    def connect_all(self) -> None:
        """Connect page, list and the plan's Study panel; the window is complete now."""
        self._desk.opened.connect(self._on_opened)
        self.list.open_asked.connect(self._desk.open)
        self.list.record_asked.connect(self._record)
        self.page.cases_asked.connect(self._window.show_cases)
        self.page.fill_menu(self.deeds)
        self.page.plans_made.connect(self._connect_plans)
        section = self._window.plan.study.case
        section.follow(self.link)
        section.start_asked.connect(self.deeds.new_case_with_plan)
        section.add_asked.connect(self.deeds.add_plan_to_case)
        section.open_asked.connect(self.show_case_of_plan)
        section.item_asked.connect(self._show_item)
        self._window.plan.report.case.follow(self.link)
        block = self._window.plan.target.editor.block
        block.follow(lambda: said_in_intake(self.link))
        self.link.changed.connect(block.look_again)
        self.link.changed.connect(self._on_link)

    def _connect_plans(self, plans: PlansPage) -> None:
        plans.open_asked.connect(self._window.opener.open_plan)
        plans.back_asked.connect(self._window.show_plan)
        plans.add_asked.connect(self.deeds.put_plan)
        plans.add_open_asked.connect(self.deeds.put_open_plan)

    def show_case(self) -> None:
        """Show the open case, or open the one that the plan is in."""
        first = self.link.first
        if self._desk.case is None and first is not None:
            self._desk.open(first.case.id)  # shown when it is open
        elif self._desk.case is not None:
            self.link.note_plan()
            self._window.show_case_page()

    def show_case_of_plan(self) -> None:
        """Show the case that the plan on show is in, also when another one is open."""
        first = self.link.first
        is_other = first is not None and (self._desk.case is None or self._desk.case.id != first.case.id)
        if self._window.is_plan_shown and first is not None and is_other:
            self._desk.open(first.case.id)
        else:
            self.show_case()

    def toggle(self) -> None:
        """Go to the case, and from the case back to the plan, or to the list when no plan is open."""
        if not self._window.is_case_shown and (self._desk.case or self.link.first):
            self.show_case_of_plan()
        elif not self._window.is_case_shown:
            self._window.show_cases()
            self._desk.desk.say(_NO_CASE)
        elif self._window.desk.session is not None:
            self._window.show_plan()
        else:
            self._window.show_cases()

    def _on_opened(self) -> None:
        if self._desk.case is not None:
            self.show_case()
        elif self._window.is_case_shown:
            self._window.show_cases()

    def _on_link(self) -> None:
        """Show in the plan's rail and in the top bar what its case says."""
        self._window.plan.case_note = self.link.note
        self._window.plan.show_states()
        self._window.refresh()

    def _show_item(self, item_id: str) -> None:
        """Show one question of the intake of the plan's case."""
        self.show_case_of_plan()
        self.page.show_item(item_id)

    def _record(self, reminder: Reminder) -> None:
        """Show the case whose follow-up waits, with that follow-up begun."""
        if self._desk.open(reminder.case_id):
            self.page.record_follow_up(reminder.due.interval_days)
