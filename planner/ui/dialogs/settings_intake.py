"""What does this site ask before a cryoneurolysis? Its questions in their order: reword, add, remove, move, put back.

What is changed here is asked from now on; what was answered keeps the question as it was asked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from planner.domain.errors import PlannerError
from planner.domain.intake import ItemKind
from planner.persistence.intake_template import (
    forget_site_intake,
    keep_site_intake,
    shipped_intake_template,
    template_or_shipped,
)
from planner.services import intake_questions as questions
from planner.ui.dialogs.settings_intake_form import QuestionForm
from planner.ui.panels.panel import field_row
from planner.ui.theme.icons import set_icon
from planner.ui.widgets.fields import text_field
from planner.ui.widgets.labels import label, plain_tip, set_tone

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.domain.intake import IntakeItem, IntakeTemplate

_LIST_PX, _LABEL_PX = 350, 84
_IS_TITLE, _ID = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
_SAID = (
    "The questions of the intake, in the order of the conversation. A change holds for questions asked from now on: "
    "answers keep the question as it was asked."
)


class IntakeSettingsPage(QWidget):
    """List of questions at the left, the chosen one at the right. ``intake_changed`` after they were kept."""

    intake_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._shipped = shipped_intake_template()
        self._kept, wrong = template_or_shipped()
        self._template = self._kept
        self._has_said = False
        self.list = QListWidget()
        self.list.setAccessibleName("Questions of the intake")
        self.list.setFixedWidth(_LIST_PX)
        self.list.setSpacing(3)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(lambda now, _before: self._show(now))
        self.form = QuestionForm()
        self.form.edited.connect(lambda item: self._do(self._reworded(item)))
        self.title = text_field(name="Title of the section")
        self.title.editingFinished.connect(self._retitle)
        self.state = label("", wrap=True)
        self.keep = self._button("Keep", self._keep, "Ask these questions from now on")
        self.keep.setProperty("look", "primary")
        self.leave = self._button("Undo changes", self._take_back, "Show the questions as they are kept")
        self.restore = self._button(
            "Shipped questions", self._restore, "Put the questions back that came with Frostline"
        )
        self._right = QStackedWidget()
        self._right.addWidget(self.form)
        self._right.addWidget(self._titled())
        self._lay_out()
        self._show_list(self._template.items[0].id)
        self._say(wrong, "fail" if wrong else "")

    def _button(self, text: str, act: Callable[[], object], tip: str, icon_name: str = "") -> QPushButton:
        made = QPushButton(text)
        made.setAutoDefault(False)
        made.setToolTip(tip)
        made.setAccessibleName(text or tip)
        if icon_name:
            set_icon(made, icon_name)
        made.clicked.connect(lambda _on=False: act())
        return made

    def _titled(self) -> QWidget:
        made = QWidget()
        column = QVBoxLayout(made)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(field_row("Section", self.title, width_px=_LABEL_PX))
        column.addStretch(1)
        return made

    def _lay_out(self) -> None:
        self.up = self._button("Up", lambda: self._move(-1), "Move the question up (Alt+↑)", "caret-up")
        self.down = self._button("Down", lambda: self._move(1), "Move the question down (Alt+↓)", "caret-down")
        for key, by in (("Alt+Up", -1), ("Alt+Down", 1)):
            QShortcut(QKeySequence(key), self).activated.connect(lambda by=by: self._move(by))
        self.add = self._button(
            "Add question", lambda: self._add(ItemKind.CHECK), "Yes, no or n/a, below the chosen one"
        )
        self.add_words = self._button("Add text", lambda: self._add(ItemKind.TEXT), "A question answered in words")
        self.add_section = self._button("Add section", self._add_section, "At the end; move questions into it")
        self.remove = self._button("Remove", self._remove, "Ask it no more; its answers stay in their cases")
        edit, foot, row = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for button in (self.up, self.down, self.add, self.add_words, self.add_section, self.remove):
            edit.addWidget(button)
        edit.addStretch(1)
        row.setSpacing(16)
        row.addWidget(self.list)
        row.addWidget(self._right, 1)
        foot.addWidget(self.state, 1)
        for button in (self.restore, self.leave, self.keep):
            foot.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 12)
        column.setSpacing(8)
        column.addWidget(label("Intake", "title"))
        column.addWidget(label(_SAID, "secondary", wrap=True))
        column.addLayout(edit)
        column.addLayout(row, 1)
        column.addLayout(foot)

    # what is shown

    def _show_list(self, chosen: str = "") -> None:
        """List the questions under their titles; ``chosen`` is the id, or the section's place as text, to go on at."""
        self.list.blockSignals(True)
        self.list.clear()
        for place, part in enumerate(self._template.sections):
            self._add_row(part.title, str(place), is_title=True)
            for item in part.items:
                self._add_row(item.question, item.id, is_title=False)
        rows = [self.list.item(at) for at in range(self.list.count())]
        now = next((row for row in rows if row.data(_ID) == chosen), rows[0] if rows else None)
        self.list.blockSignals(False)
        if now is not None:
            self.list.setCurrentItem(now)
        self._show(now)

    def _add_row(self, words: str, name: str, *, is_title: bool) -> None:
        row = QListWidgetItem(words if is_title else f"    {words}")
        row.setData(_ID, name)
        row.setData(_IS_TITLE, is_title)
        row.setToolTip(plain_tip(words))
        if is_title:
            font = QFont(self.list.font())
            font.setWeight(QFont.Weight.DemiBold)
            row.setFont(font)
        self.list.addItem(row)

    def _show(self, row: QListWidgetItem | None) -> None:
        item = self._chosen()
        if item is not None:
            self.form.show_item(item)
        elif row is not None:
            self.title.setText(self._template.sections[int(row.data(_ID))].title)
        self._right.setCurrentIndex(0 if item is not None else 1)
        for button in (self.up, self.down, self.remove):
            button.setEnabled(item is not None)
        is_edited = self._template != self._kept
        self.keep.setEnabled(is_edited)
        self.leave.setEnabled(is_edited)
        self.restore.setEnabled(self._template.sections != self._shipped.sections)

    def _chosen(self) -> IntakeItem | None:
        row = self.list.currentItem()
        if row is None or row.data(_IS_TITLE):
            return None
        return next((item for item in self._template.items if item.id == row.data(_ID)), None)

    def _say(self, sentence: str, tone: str = "") -> None:
        self.state.setText(sentence)
        set_tone(self.state, tone)

    def asks_to_stay(self) -> bool:
        """Say once that changes are not kept; whoever closes a second time means it."""
        if self._template == self._kept or self._has_said:
            return False
        self._has_said = True
        self._say("These changes are not kept. Keep them, or close once more to drop them.", "check")
        return True

    # what is done

    def _do(self, act: Callable[[], tuple[IntakeTemplate, str]]) -> None:
        """Change the questions and go on at one of them; say in words why not."""
        try:
            self._template, chosen = act()
        except PlannerError as error:
            self._say(error.sentence, "fail")
            return
        self._has_said = False
        self._show_list(chosen)
        self._say("Not kept yet." if self._template != self._kept else "")

    def _reworded(self, item: IntakeItem) -> Callable[[], tuple[IntakeTemplate, str]]:
        here = self.list.currentItem()
        at = item.id if here is None else str(here.data(_ID))  # a field left for another row edits the one it was of
        return lambda: (questions.reworded(self._template, item, shipped=self._shipped), at)

    def _retitle(self) -> None:
        row = self.list.currentItem()
        if row is None or not row.data(_IS_TITLE):
            return
        place = int(row.data(_ID))
        if self.title.text() != self._template.sections[place].title:
            self._do(lambda: (questions.retitled(self._template, place, self.title.text()), str(place)))

    def _move(self, by: int) -> None:
        item = self._chosen()
        if item is not None:
            self._do(lambda: (questions.moved(self._template, item.id, by), item.id))

    def _add(self, kind: ItemKind) -> None:
        row, item = self.list.currentItem(), self._chosen()
        new = questions.new_question(kind=kind)
        after = item.id if item is not None else ""
        if item is None and row is not None:
            items = self._template.sections[int(row.data(_ID))].items
            after = items[-1].id if items else ""
        self._do(lambda: (questions.added(self._template, new, after=after), new.id))
        self.form.question.setFocus()
        self.form.question.selectAll()

    def _add_section(self) -> None:
        self._do(lambda: (questions.with_section(self._template), str(len(self._template.sections))))
        self.title.setFocus()
        self.title.selectAll()

    def _remove(self) -> None:
        item = self._chosen()
        if item is not None:
            at = self._template.items.index(item)
            nearest = self._template.items[at - 1 if at else min(1, len(self._template.items) - 1)].id
            self._do(lambda: (questions.removed(self._template, item.id), nearest))

    def _take_back(self) -> None:
        self._do(lambda: (self._kept, self._kept.items[0].id))

    def _restore(self) -> None:
        self._do(lambda: (self._shipped, self._shipped.items[0].id))

    def _keep(self) -> None:
        template = questions.without_empty(self._template)
        is_shipped = template.sections == self._shipped.sections
        try:
            if is_shipped:
                forget_site_intake()
            else:
                keep_site_intake(template)
        except PlannerError as error:
            self._say(error.sentence, "fail")
            return
        self._kept = self._template = self._shipped if is_shipped else template
        row = self.list.currentItem()
        self._show_list("" if row is None else str(row.data(_ID)))
        count = len(template.items)
        self._say(
            "The shipped questions are asked." if is_shipped else f"Kept: {count} questions of this site.", "good"
        )
        self.intake_changed.emit()
