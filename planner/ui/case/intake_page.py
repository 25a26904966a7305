"""What was asked before the needle, and what is still open? The checklist in the order of the conversation.

Every answer is kept at once with who gave it and when; what was not asked stays open. READY waits for the block alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from planner.casebook.readiness import missing_items, readiness
from planner.domain.errors import CaseInvalid
from planner.domain.intake import IntakeAnswer
from planner.persistence.intake_template import template_or_shipped
from planner.services.case_commands import AnswerItem, ClearAnswer
from planner.ui.case.intake_column import IntakeColumn
from planner.ui.case.intake_head import IntakeHead, WhoBar
from planner.ui.case.intake_offers import block_offers, plan_of_case
from planner.ui.case.intake_side import IntakeSide
from planner.ui.theme.tokens import NARROW_WINDOW_PX, RAIL_PX
from planner.ui.widgets.labels import label, set_tone

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent, QShowEvent

    from planner.domain.identity import CaseId
    from planner.domain.intake import IntakeTemplate
    from planner.ui.case.case_desk import CaseDesk
    from planner.ui.case.intake_row import Given, QuestionRow


class IntakePage(QWidget):
    """The intake of the open case."""

    def __init__(self, case_desk: CaseDesk) -> None:
        super().__init__()
        self.case_desk = case_desk
        self.setAccessibleName("Intake")
        self.setObjectName("panelPage")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._case_id: CaseId | None = None if case_desk.case is None else case_desk.case.id
        self._waiting: Given | None = None
        self._at = ""  # the question that had the keyboard last
        self._is_behind = True
        self.head = IntakeHead()
        self.head.next_asked.connect(self.go_to_next_open)
        self.notice = label("", wrap=True)
        self.notice.setContentsMargins(24, 8, 24, 8)
        set_tone(self.notice, "fail")
        self.who_bar = WhoBar()
        self.who_bar.named.connect(self._on_named)
        self.column = IntakeColumn(keep=self._keep)
        self.column.cleared.connect(lambda item_id: case_desk.apply(ClearAnswer(item_id)))
        self.column.lacking.connect(case_desk.desk.say)
        self.column.unfolded.connect(self._show_all)
        self.side = IntakeSide()
        self.side.item_asked.connect(self.show_item)
        whole, row = QVBoxLayout(self), QHBoxLayout()
        for box in (whole, row):
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(0)
        for widget in (self.head, self.notice, self.who_bar):
            whole.addWidget(widget)
        row.addWidget(self.column, 1)
        row.addWidget(self.side)
        whole.addLayout(row, 1)
        for signal in (case_desk.opened, case_desk.changed, case_desk.desk.opened):
            signal.connect(self._refresh)
        case_desk.desk.changed.connect(self._on_plan)
        case_desk.named.connect(self._show_who)
        self._follow_keyboard()

    @property
    def rows(self) -> dict[str, QuestionRow]:
        """The rows by the ids of their questions."""
        return self.column.rows

    def focus_first(self) -> None:
        """Take the keyboard on arriving: at the first open question, else at the first.

        Where that is answered in words, at the button that goes to it: a stray key, such as X, is no diagnosis.
        """
        self._catch_up()
        if self.column.order:
            row = self._next_open(None) or self.column.order[0]
            (row if row.focusProxy() is None else self.head.next).setFocus()

    def show_item(self, item_id: str) -> None:
        """Go to a question, as from the list of what is missing."""
        self._catch_up()
        self.column.unfold_for(item_id)
        row = self.rows.get(item_id)
        if row is not None:
            row.setFocus()
            QTimer.singleShot(0, row, lambda: self.column.come_to(row))

    def go_to_next_open(self) -> None:
        """Go to the next question without an answer, from the top again after the last."""
        row = self._next_open(next((row for row in self.column.order if row.item.id == self._at), None))
        if row is not None:
            self.show_item(row.item.id)

    def _next_open(self, after: QuestionRow | None) -> QuestionRow | None:
        case = self.case_desk.case
        if case is None:
            return None
        missing = {item.id for item in missing_items(case, self._template())}
        order = self.column.order
        start = 0 if after is None else order.index(after) + 1
        return next((row for row in (*order[start:], *order[:start]) if row.item.id in missing), None)

    def _template(self) -> IntakeTemplate:
        template, wrong = template_or_shipped()
        self.notice.setText(wrong)
        self.notice.setVisible(bool(wrong))
        return template

    def _refresh(self) -> None:
        case = self.case_desk.case
        if case is None or case.id != self._case_id:
            self.column.forget()
            self._waiting, self._at = None, ""
            self.who_bar.hide()
            self._case_id = None if case is None else case.id
        self._is_behind = case is not None
        if self.isVisible():
            self._catch_up()

    def showEvent(self, event: QShowEvent) -> None:
        """Show what changed while the page was out of sight."""
        self._catch_up()
        super().showEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """List what is missing beside the questions where there is room for it."""
        super().resizeEvent(event)
        self.side.setVisible(self.width() + RAIL_PX >= NARROW_WINDOW_PX)

    def _catch_up(self) -> None:
        case = self.case_desk.case
        if case is None or not self._is_behind:
            return
        self._is_behind = False
        template = self._template()
        self.column.show_case(case, template, offers=lambda item: block_offers(self.case_desk, item, keep=self._keep))
        state = readiness(case, template, plan_of_case(self.case_desk))
        self.head.show_progress(state)
        self.side.show_readiness(state)

    def _show_all(self) -> None:
        self._is_behind = True
        self._catch_up()

    def _on_plan(self, _change: object) -> None:
        if plan_of_case(self.case_desk) is not None:
            self._refresh()

    def _keep(self, given: Given) -> bool:
        """Keep an answer; without a name it waits, and nothing typed is lost."""
        case_desk = self.case_desk
        if not case_desk.desk.who.strip():
            self._waiting = given
            self.who_bar.ask()
            return False
        try:
            answer = IntakeAnswer(
                given.item.id,
                given.item.question,
                given.item.kind,
                given.answer,
                who=case_desk.desk.who,
                at=case_desk.now(),
                text=given.text,
                scores=given.scores,
                block=given.block,
            )
        except CaseInvalid as error:
            case_desk.desk.say(error.sentence)
            return False
        return case_desk.apply(AnswerItem(answer, self._template().name))

    def _on_named(self, who: str) -> None:
        """Keep the answer that waited for a name; the keyboard goes back to its question."""
        self.case_desk.set_who(who)
        given, self._waiting = self._waiting, None
        self.who_bar.hide()
        if given is not None and self._keep(given):
            self.show_item(given.item.id)

    def _show_who(self) -> None:
        """Follow a name that is being written elsewhere; the answer that waits is kept by a press, not by a letter."""
        if not self.who_bar.name.hasFocus():
            self.who_bar.name.setText(self.case_desk.desk.who)

    def _follow_keyboard(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        """Mark the row that has the keyboard, and bring it into sight."""
        for row in self.column.order:
            has_it = new is not None and _holds(row, new)
            if has_it or (old is not None and _holds(row, old)):
                row.mark(has_keyboard=has_it)
                self._at = row.item.id if has_it else self._at
            if has_it and new in (row, row.focusProxy()):
                self.column.come_to(row)


def _holds(row: QuestionRow, widget: QWidget) -> bool:
    return row is widget or row.isAncestorOf(widget)
