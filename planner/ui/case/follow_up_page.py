"""How does the patient fare after treatment? The course as a plot, every follow-up as a row, and what is due next."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from planner.casebook.follow_up_gaps import not_asked
from planner.casebook.outcome import GoalState, goal_at
from planner.domain.errors import CaseInvalid
from planner.services.case_commands import PutFollowUp, RemoveFollowUp, SetIntervals
from planner.services.follow_ups import edited_by, new_follow_up, require_after_procedure, says_the_same
from planner.ui.case.clock_texts import minute_words
from planner.ui.case.course_plot import CoursePlot
from planner.ui.case.follow_up_dues import DuePanel
from planner.ui.case.follow_up_form import FollowUpForm
from planner.ui.case.follow_up_rows import BASELINE, FollowUpDelegate, FollowUpHead, listed_follow_ups
from planner.ui.case.follow_up_words import gaps_words, neuritis_words, place_words, recovery_words, state_words
from planner.ui.theme.theme import theme
from planner.ui.theme.tokens import NARROW_WINDOW_PX
from planner.ui.widgets.labels import ElidedLabel, label
from planner.ui.widgets.row_list import RowList, RowListModel, key_at

if TYPE_CHECKING:
    from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent

    from planner.domain.case import Case
    from planner.domain.follow_up import FollowUp
    from planner.domain.identity import CaseId, FollowUpId
    from planner.ui.case.case_desk import CaseDesk
    from planner.ui.case.follow_up_rows import ListedFollowUp

_PANEL_PX, _PANEL_NARROW_PX = 500, 424
_PLOT_PX, _PLOT_LOW_PX, _TALL_PAGE_PX = 320, 240, 800
_RAIL_PX = 208
_SIDE_PX = 16
_NOBODY = "Write your name in “Recorded by” above: a record carries who made it. What is typed here stays."
_OF_THE_DAY = ("follow-up-ahead", "follow-up-early", "follow-up-no-procedure")
_TONES = {GoalState.REACHED: "good", GoalState.NOT_REACHED: "check", GoalState.NOT_ASSESSED: "not_assessed"}


class _Waiting(NamedTuple):
    """A form left with its case: what it holds, and what it began with."""

    form: FollowUpForm
    draft: FollowUp
    begun: FollowUp


class FollowUpPage(QWidget):
    """Follows the open case. A record is begun by its first entry and kept with each; Esc or Done goes back."""

    def __init__(self, case_desk: CaseDesk) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAccessibleName("Follow-up")
        self._desk = case_desk
        self._draft: FollowUp | None = None
        self._begun: FollowUp | None = None
        self._is_kept = False
        self._shown_case: CaseId | None = None if case_desk.case is None else case_desk.case.id
        # A form left half typed with its case waits for it (H-33).
        self._waiting: dict[CaseId, _Waiting] = {}
        self.plot = CoursePlot()
        self.plot.point_chosen.connect(self._choose_point)
        self.model: RowListModel[ListedFollowUp] = RowListModel()
        self.list = RowList(self.model, name="Follow-ups", description="Enter opens a follow-up, Delete removes it")
        self.list.setItemDelegate(FollowUpDelegate(self.list))
        self.list.go_pressed.connect(self._go_to)
        self.list.clicked.connect(lambda index: self._open_key(key_at(index)))
        self.list.remove_pressed.connect(self._remove)
        self.list.selectionModel().currentChanged.connect(self._mark)
        self.dues = DuePanel()
        self.dues.record_asked.connect(self.record)
        self.dues.open_asked.connect(self._go_to)
        self.dues.intervals_set.connect(lambda days: case_desk.apply(SetIntervals(days)))
        self.form = self._new_form()
        self._lay_out()
        case_desk.opened.connect(self._on_opened)
        case_desk.changed.connect(self._on_changed)
        case_desk.named.connect(self._on_named)
        theme().changed.connect(self.plot.update)

    # --- building ----------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.state = ElidedLabel("secondary")
        head = QVBoxLayout()
        head.setContentsMargins(_SIDE_PX, 12, _SIDE_PX, 4)
        head.setSpacing(2)
        head.addWidget(label("Follow-up", "title"))
        head.addWidget(self.state)
        left = QFrame()
        left.setObjectName("panelPage")
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self.plot)
        self._head = FollowUpHead()
        column.addWidget(self._head)
        column.addWidget(self.list, 1)
        self._side = QStackedWidget()
        self._side.setObjectName("panel")
        self._side.addWidget(self.dues)
        self._side.addWidget(self.form)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(left, 1)
        row.addWidget(self._side)

    def _new_form(self) -> FollowUpForm:
        form = FollowUpForm()
        form.edited.connect(self._keep)
        form.done.connect(self.close_form)
        form.remove_asked.connect(self._remove_shown)
        return form

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the form and the plot what the window allows."""
        super().resizeEvent(event)
        is_narrow = self.width() + _RAIL_PX < NARROW_WINDOW_PX
        self._side.setFixedWidth(_PANEL_NARROW_PX if is_narrow else _PANEL_PX)
        self.plot.setFixedHeight(_PLOT_PX if self.height() >= _TALL_PAGE_PX else _PLOT_LOW_PX)

    # --- showing -----------------------------------------------------------------------------------------------------

    def _on_opened(self) -> None:
        """Show another case; a form that is open waits with the case it belongs to."""
        before, case = self._shown_case, self._desk.case
        self._shown_case = None if case is None else case.id
        if before == self._shown_case:
            self.show_case()
            return
        if before is not None and self._draft is not None:
            self._waiting[before] = _Waiting(self.form, self._draft, self._begun or self._draft)
            self._side.removeWidget(self.form)
            self.form.setParent(None)
            self.form = self._new_form()
            self._side.addWidget(self.form)
        self._put_away()
        if self._shown_case in self._waiting:
            self._take_up(self._waiting.pop(self._shown_case))
        self.show_case()

    def _take_up(self, waiting: _Waiting) -> None:
        self._side.removeWidget(self.form)
        self.form.deleteLater()
        self.form, self._draft, self._begun = waiting
        self._side.addWidget(self.form)
        self._side.setCurrentWidget(self.form)

    def _on_changed(self) -> None:
        """Show what changed; a page that nobody sees waits until it is shown."""
        if self.isVisible():
            self.show_case()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what changed meanwhile."""
        super().showEvent(event)
        self.show_case()

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep what is typed when the page or its window goes, also in a field that was not left yet (H-33)."""
        if self._draft is not None and self._draft_is_of_open_case():
            self._keep("edit")
        super().hideEvent(event)

    def _draft_is_of_open_case(self) -> bool:
        case = self._desk.case
        return case is not None and case.id == self._shown_case

    def show_case(self) -> None:
        """Show the case as it stands."""
        case = self._desk.case
        self.plot.show_case(case)
        if case is None:
            return
        today = self._desk.today()
        self.state.show_text(state_words(case, today))
        self._show_rows(case)
        self._head.setVisible(bool(self.model.rows))
        self.dues.show_case(case, today=today)
        if self._draft is None:
            return
        kept = self._kept_record(self._draft.id)
        if kept is None and self._is_kept:  # undone, or removed elsewhere
            self._put_away()
            return
        self._draft, self._is_kept = kept or self._draft, kept is not None
        self._show_form(case)

    def _show_rows(self, case: Case) -> None:
        """Show the rows; the one of the form is selected, else the one that was."""
        current = self.list.currentIndex()
        key = self._draft.id if self._draft is not None else key_at(current) if current.isValid() else None
        self.model.show_rows(listed_follow_ups(case))
        row = self.model.row_of(key)
        if row >= 0 and row != self.list.currentIndex().row():
            self.list.setCurrentIndex(self.model.index(row))
        self._mark()

    def _kept_record(self, follow_up_id: FollowUpId) -> FollowUp | None:
        case = self._desk.case
        follow_ups = () if case is None else case.follow_ups
        return next((one for one in follow_ups if one.id == follow_up_id), None)

    def _put_away(self) -> None:
        """Show what is due in the place of the form; nothing of it comes into the next one."""
        self._draft, self._is_kept = None, False
        self.form.forget()
        self._side.setCurrentWidget(self.dues)

    def _show_form(self, case: Case) -> None:
        one, is_kept = self._draft, self._is_kept
        if one is None:
            return
        intervals = case.intervals_days if case.procedures else ()
        self.form.show_follow_up(one, intervals=intervals, baseline=case.intake.baseline)
        words, is_off = place_words(case, one)
        self.form.show_place(words, is_off=is_off)
        goal = goal_at(case, one)
        row = next((row for row in self.model.rows if row.key == one.id), None)
        kept = f"Kept by {one.who}, {minute_words(one.at)}" if is_kept else ""
        self.form.show_gaps(gaps_words(not_asked(case, one)) if is_kept else "")
        self.form.show_kept(row.name if row is not None else "New follow-up", kept)
        self.form.show_standing(
            goal=f"{goal.words[0].upper()}{goal.words[1:]}." if is_kept else "",
            tone=_TONES[goal.state],
            recovery=recovery_words(case, one),
            neuritis=neuritis_words(case, one),
        )

    def _mark(self) -> None:
        """Mark the selected follow-up in the plot."""
        current = self.list.currentIndex()
        key = key_at(current) if current.isValid() else BASELINE
        self.plot.show_chosen(None if key == BASELINE else key)  # type: ignore[arg-type]

    def focus_first(self) -> None:
        """Take the keyboard: the open form, else the follow-up that waits, else what can be recorded."""
        if self._draft is not None:
            self.form.begin()
        else:
            self.dues.focus_first()

    # --- recording ---------------------------------------------------------------------------------------------------

    def record(self, interval_days: int | None = None) -> None:
        """Open the form for a new follow-up of today."""
        case = self._desk.case
        if case is None:
            return
        # The name is asked for with the first entry; until then the draft carries a placeholder that is never kept.
        who = self._desk.desk.who or _NOBODY
        day = self._desk.today()
        self._begin(new_follow_up(day=day, interval_days=interval_days, who=who, at=self._desk.now()))
        self.form.begin()

    def open_follow_up(self, follow_up_id: FollowUpId) -> None:
        """Open the form of a recorded follow-up."""
        case = self._desk.case
        if case is not None:
            self._begin(case.follow_up(follow_up_id))

    def _begin(self, one: FollowUp) -> None:
        if self._draft is not None and self._draft.id != one.id:
            self.close_form()
            if self._draft is not None:
                return
        self._draft = self._begun = one
        self._is_kept = self._kept_record(one.id) is not None
        self.form.show_error("")
        self._side.setCurrentWidget(self.form)
        if self._desk.case is not None:
            self._show_form(self._desk.case)

    def close_form(self) -> None:
        """Keep what is typed and go back to what is due; what cannot be kept holds the form open, in words."""
        if self._draft is not None and not self._keep("edit"):
            return
        row = -1 if self._draft is None else self.model.row_of(self._draft.id)
        self._put_away()
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row))
        (self.list if self.model.rows else self.dues.other).setFocus()

    def _keep(self, what: str) -> bool:
        """Keep what the form holds; False, with the reason in the form, where something could not be kept."""
        one, case = self._draft, self._desk.case
        if one is None or case is None:
            return True
        made, wrong = self.form.read(one)
        reference = self._kept_record(one.id) or self._begun
        if reference is None or not says_the_same(made, reference):
            self._draft = made
            try:
                signed = edited_by(made, who=self._desk.desk.who, at=self._desk.now(), today=self._desk.today())
                require_after_procedure(signed, case)
            except CaseInvalid as error:
                self.form.show_error(error.sentence if self._desk.desk.who else _NOBODY)
                self.form.show_refusals(day=error.sentence if error.code in _OF_THE_DAY else "")
                return False
            if not self._desk.apply(PutFollowUp(signed, label=f"{what} follow-up {made.day}")):
                return False
        self.form.take()
        self.form.show_error(wrong)
        self.form.show_refusals()
        self._show_form(self._desk.case or case)
        return not wrong

    def _on_named(self) -> None:
        """Keep what waited for a name."""
        if self._draft is not None and self.form.error.text() == _NOBODY and self._desk.desk.who:
            self._keep("record")

    def _remove_shown(self) -> None:
        """Remove the record of the form; what was never kept is let go."""
        if self._draft is not None and self._kept_record(self._draft.id) is None:
            self._put_away()
        elif self._draft is not None:
            self._remove(self._draft.id)

    def _remove(self, key: FollowUpId) -> None:
        case = self._desk.case
        if case is None or all(one.id != key for one in case.follow_ups):
            return
        day = case.follow_up(key).day
        if self._draft is not None and self._draft.id == key:
            self._put_away()
        if self._desk.apply(RemoveFollowUp(key, label=f"remove follow-up {day}")):
            self._desk.desk.say(f"Follow-up {day} is removed. Ctrl+Z brings it back.")

    def _go_to(self, key: str) -> None:
        """Open a follow-up and put the keyboard into its form."""
        self._open_key(key)
        if self._draft is not None and self._draft.id == key:
            self.form.begin()

    def _open_key(self, key: str) -> None:
        if key != BASELINE:
            self.open_follow_up(key)  # type: ignore[arg-type]

    def _choose_point(self, follow_up_id: FollowUpId) -> None:
        row = self.model.row_of(follow_up_id)
        self.list.setCurrentIndex(self.model.index(row))
        self.open_follow_up(follow_up_id)
