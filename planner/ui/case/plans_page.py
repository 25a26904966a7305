"""Which plans belong to the case? Their targets, where their files lie, and the way to each; no file is touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from planner.services.case_commands import TakePlanOut
from planner.services.case_plans import case_plan_of_file
from planner.ui.case.empty_page import EmptyPage
from planner.ui.dialogs.visited import forget_visited_folders
from planner.ui.opening import PLAN_SUFFIX
from planner.ui.panels.structure_menus import LINE, fill_menu
from planner.ui.start.plan_rows import GONE, last_edit_words
from planner.ui.theme.icons import set_icon
from planner.ui.theme.tokens import StateStyle
from planner.ui.widgets.labels import label
from planner.ui.widgets.two_line_table import Cell, TableRow, TwoLineTable

if TYPE_CHECKING:
    from planner.domain.case import CasePlan
    from planner.domain.identity import PlanId
    from planner.services.session import Session
    from planner.ui.case.case_desk import CaseDesk

HEADS = ("Plan", "Targets", "Added", "State", "Where it is")
_WIDTHS = (330, 400, 130, 250)
_NARROW = (250, 290, 104, 190)
_NONE = "No plan is in this case. Add the open plan, or a plan file."
_PLAN_FILES = f"Frostline plan (*{PLAN_SUFFIX})"
_TOUCHED = "Its file was not touched."
OPEN_HERE = StateStyle("OPEN HERE", "check-circle", "good", "good_tint")
THERE = StateStyle("THERE", "file-text", "text_2", "surface")


class PlansPage(QWidget):
    """The page. ``open_asked(Path)`` for a plan file, ``back_asked`` for the plan that is open here.

    ``add_asked(CasePlan)`` when a plan is to join the case.
    """

    open_asked = Signal(object)
    back_asked = Signal()
    add_asked = Signal(object)
    add_open_asked = Signal()

    def __init__(self, case_desk: CaseDesk) -> None:
        super().__init__()
        self._cases = case_desk
        self.setObjectName("startCentre")
        self.setAccessibleName("Plans of the case")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(12)
        column.addLayout(self._make_title())
        self.list = TwoLineTable(HEADS, name="Plans of the case", widths=_WIDTHS, narrow=_NARROW)
        self.list.opened.connect(lambda _key: self._open())
        self.list.picked.connect(lambda _key: self._show_choice())
        self.list.menu_asked.connect(self._show_menu)
        self.list.remove_asked.connect(lambda _key: self._take_out())
        self._empty = EmptyPage(_NONE, "Add a plan file…")
        self._empty.asked.connect(self._help_empty)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty)
        column.addWidget(self._stack, 1)
        column.addLayout(self._make_foot())
        for told in (case_desk.opened, case_desk.changed, case_desk.desk.opened):
            told.connect(self.show_plans)
        self.show_plans()

    def _make_title(self) -> QHBoxLayout:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(label("Plans", "title"))
        head.addStretch(1)
        self.add_open = QPushButton("Add the open plan")
        set_icon(self.add_open, "plus")
        self.add_open.clicked.connect(self.add_open_asked)
        self.add_file = QPushButton("Add a plan file…")
        set_icon(self.add_file, "folder")
        self.add_file.clicked.connect(self._add_file)
        head.addWidget(self.add_open)
        head.addWidget(self.add_file)
        return head

    def _make_foot(self) -> QHBoxLayout:
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self.open_button = QPushButton("Open plan")
        self.open_button.setProperty("look", "primary")
        self.open_button.clicked.connect(self._open)
        self.out_button = QPushButton("Take out")
        self.out_button.setToolTip("Takes the plan out of the case; its file stays where it is")
        self.out_button.clicked.connect(self._take_out)
        self._words = label("", "secondary")
        for widget in (self.open_button, self.out_button, self._words):
            foot.addWidget(widget)
        foot.addStretch(1)
        return foot

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_plans(self) -> None:
        """List the plans of the case as they are now."""
        case = self._cases.case
        if case is None:
            return
        session = self._cases.desk.session
        hides, places = self._cases.desk.view.hide_identity, self._cases.desk.services.plans_folder
        self.list.show_rows([_row(plan, session, places=places, hides_identity=hides) for plan in case.plans])
        self._stack.setCurrentWidget(self.list if case.plans else self._empty)
        for widget in (self.open_button, self.out_button, self._words):
            widget.setVisible(bool(case.plans))
        why = ""
        if session is None:
            why = "No plan is open."
        elif case.plan(session.plan.id) is not None:
            why = "The open plan is in the case."
        self.add_open.setEnabled(not why)
        self.add_open.setToolTip(why or f"Adds “{session.plan.name if session is not None else ''}”")
        self._empty.show_words(_NONE, "Add a plan file…" if why else "Add the open plan")
        self._show_choice()

    def focus_first(self) -> None:
        """Put the keyboard where work goes on."""
        case = self._cases.case
        (self.list if case is not None and case.plans else self._empty.button).setFocus()

    def _show_choice(self) -> None:
        plan = self._chosen()
        if plan is None:
            return
        is_here, is_gone = self._is_here(plan), not _is_there(plan)
        self.open_button.setText("Find the file…" if is_gone and not is_here else "Open plan")
        self._words.setText("Enter goes back to it." if is_here else "" if is_gone else "Enter opens the plan.")

    def _chosen(self) -> CasePlan | None:
        case, key = self._cases.case, self.list.current()
        return next((plan for plan in case.plans if plan.plan_id == key), None) if case is not None else None

    def _is_here(self, plan: CasePlan) -> bool:
        session = self._cases.desk.session
        return session is not None and session.plan.id == plan.plan_id

    # --- acting ------------------------------------------------------------------------------------------------------

    def _open(self) -> None:
        plan = self._chosen()
        if plan is None:
            return
        if self._is_here(plan):
            self.back_asked.emit()
        elif _is_there(plan):
            self.open_asked.emit(Path(plan.path))
        else:
            self._find(plan)

    def _find(self, plan: CasePlan) -> None:
        """Ask where a plan is now; only the same plan takes its place."""
        name = self._choose_file(f"Where is “{plan.name}”?", near=plan.path)
        if name:
            self._put(Path(name), only=plan.plan_id)

    def _add_file(self) -> None:
        name = self._choose_file("Add a plan to the case", near="")
        if name:
            self._put(Path(name))

    def _choose_file(self, title: str, *, near: str) -> str:
        places = (*Path(near).parents, self._cases.desk.services.plans_folder) if near else ()
        start = next((str(place) for place in places if place.is_dir()), str(self._cases.desk.services.plans_folder))
        name, _ = QFileDialog.getOpenFileName(self, title, start, _PLAN_FILES)
        forget_visited_folders()
        return name

    def _put(self, path: Path, *, only: PlanId | None = None) -> None:
        """Add the plan of a file; ``only`` that one, when its file is looked for."""
        session = self._cases.desk.session
        if session is not None and session.file_path == path:  # its own window holds the file
            self.add_open_asked.emit()
            return
        found: list[CasePlan] = []
        at = self._cases.now()
        if not self._cases.desk.attempt(lambda: found.append(case_plan_of_file(path, at=at))):
            return
        if only is not None and found[0].plan_id != only:
            self._cases.desk.say(f"{path.name} holds another plan; nothing is changed.")
        else:
            self.add_asked.emit(found[0])

    def _take_out(self) -> None:
        plan = self._chosen()
        if plan is not None and self._cases.apply(TakePlanOut(plan.plan_id, f"take plan “{plan.name}” out")):
            self._cases.desk.say(f"“{plan.name}” is out of the case. {_TOUCHED}")

    def _help_empty(self) -> None:
        if self.add_open.isEnabled():
            self.add_open_asked.emit()
        else:
            self._add_file()

    def _show_menu(self, _key: str, place: QPoint) -> None:
        menu = QMenu(self)
        fill_menu(
            menu,
            ((self.open_button.text(), "Return", self._open), LINE, ("Take out of the case", "Del", self._take_out)),
        )
        menu.popup(place)
        menu.aboutToHide.connect(menu.deleteLater)


def _is_there(plan: CasePlan) -> bool:
    return bool(plan.path) and Path(plan.path).is_file()


def _row(plan: CasePlan, session: Session | None, *, places: Path, hides_identity: bool) -> TableRow:
    """Return a plan as listed; ``places`` is the program's own folder, which is called by its name."""
    is_here = session is not None and session.plan.id == plan.plan_id
    day, _, clock = last_edit_words(plan.added_at).partition(" ")
    state, said = THERE, "Opens when its CT is found."
    if is_here:
        state, said = OPEN_HERE, "Enter goes back to it."
    elif not plan.path:
        state, said = GONE, "It has no file here."
    elif not _is_there(plan):
        state, said = GONE, "Its file is not where it was. Find it, or take the plan out."
    kind = "" if plan.case_kind == "patient" else "TRAINING: synthetic patient"
    path = Path(plan.path)
    folder = "" if not plan.path else "Name hidden" if hides_identity else str(path.parent)
    folder = "Frostline plans" if plan.path and path.parent == places else folder
    file = "" if hides_identity else path.name
    targets = ", ".join(plan.targets) or "No target yet"
    cells = (
        Cell(plan.name, kind, is_strong=True, tip=plan.name),
        Cell(targets, tip=targets),
        Cell(day.capitalize(), clock),
        Cell(second=said, state=state, tip=said),
        Cell(folder, file, tip="" if hides_identity else plan.path),
    )
    spoken = f"{plan.name}, {kind}, {targets}, added {day}, {state.word}: {said}"
    return TableRow(plan.plan_id, cells, spoken.replace(", ,", ","))
