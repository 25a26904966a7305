"""In which order do the questions stand? Sections and rows in a column that scrolls; rows outlive a new order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from planner.domain.intake import IntakeItem
from planner.persistence.resources import atlas
from planner.ui.case.intake_row import QuestionRow
from planner.ui.widgets.labels import label, rule_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.domain.case import Case
    from planner.domain.intake import IntakeTemplate
    from planner.ui.case.intake_asked import Offer
    from planner.ui.case.intake_row import Given

_WIDEST_PX, _SIGHT_PX = 1560, 60
_EARLIER = "Answered earlier, no longer asked"


class IntakeColumn(QScrollArea):
    """All rows. ``cleared(item id)`` and ``lacking(sentence)`` come from any of them."""

    cleared = Signal(str)
    lacking = Signal(str)

    def __init__(self, *, keep: Callable[[Given], bool]) -> None:
        super().__init__()
        self._keep = keep
        self.rows: dict[str, QuestionRow] = {}
        self.order: list[QuestionRow] = []
        self._titles: list[tuple[QLabel, tuple[str, ...]]] = []
        self._built: object = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Questions")
        self._begin()

    def _begin(self) -> None:
        """Put an empty column in place of what is there."""
        inner = QWidget()
        inner.setObjectName("scrolled")
        inner.setMinimumWidth(1)
        inner.setMaximumWidth(_WIDEST_PX)
        self._body = QVBoxLayout(inner)
        self._body.setContentsMargins(8, 0, 8, 24)
        self._body.setSpacing(0)
        for row in self.rows.values():
            row.give_up()
        self.rows, self.order, self._titles, self._foot = {}, [], [], _Foot(inner)
        gone = self.takeWidget()
        if gone is not None:
            gone.setParent(self)  # no window of its own until it is gone
            gone.hide()
            gone.deleteLater()  # later: what was being written in it is read from it
        self.setWidget(inner)

    def forget(self) -> None:
        """Drop every row, with what was typed into it: it belongs to a case that goes."""
        self._built = None
        self._begin()

    def show_case(
        self, case: Case, template: IntakeTemplate, *, offers: Callable[[IntakeItem], Sequence[Offer]]
    ) -> None:
        """Show the questions for this case's targets with their answers; what is being typed goes on."""
        wanted = groups_of(case, template), others_of(case, template)
        if wanted != self._built:
            self._built = wanted
            self._build(*wanted)
        for row in self.order:
            row.show_answer(case.intake.answer_to(row.item.id), offers=offers(row.item))
        for title, ids in self._titles:
            answered = sum(case.intake.answer_to(name) is not None for name in ids)
            title.setText(f"{answered} of {len(ids)}")

    def come_to(self, row: QuestionRow) -> None:
        """Bring a row into sight with the one after it."""
        self.ensureWidgetVisible(row, 0, _SIGHT_PX)

    def _build(self, groups: tuple[tuple[str, tuple[IntakeItem, ...]], ...], others: tuple[IntakeItem, ...]) -> None:
        before, is_open = self.rows, self._foot.is_open
        holder = self.window().focusWidget()
        held = next((row.item.id for row in self.order if row is holder), "")
        writing = {name: row.writing() for name, row in before.items()}
        self._begin()
        for title, items in groups:
            self._add_title(title, items)
            for item in items:
                self._body.addWidget(self._made_row(item))
        if others:
            self._foot.show_rows([self._made_row(item, note=f"Of {_targets_of(item)}.") for item in others])
            self._foot.set_open(is_open=is_open)
            self._body.addSpacing(12)
            self._body.addWidget(self._foot)
        self._body.addStretch(1)
        for first, second in zip(self.order, self.order[1:], strict=False):
            QWidget.setTabOrder(first, second)
        for name, row in self.rows.items():
            held_words = writing.get(name)
            if held_words is not None:
                row.go_on_writing(held_words)
        if held in self.rows:
            self.rows[held].setFocus()

    def _add_title(self, title: str, items: tuple[IntakeItem, ...]) -> None:
        head = QWidget()
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 20, 16, 6)
        count = label("", "hint")
        row.addWidget(label(title, "heading"))
        row.addWidget(count)
        row.addStretch(1)
        self._body.addWidget(head)
        self._body.addWidget(rule_line())
        self._titles.append((count, tuple(item.id for item in items)))

    def _made_row(self, item: IntakeItem, *, note: str = "") -> QuestionRow:
        row = QuestionRow(item, keep=self._keep, note=note)
        row.cleared.connect(self.cleared)
        row.lacking.connect(self.lacking)
        row.step.connect(lambda by, row=row: self.step_from(row, by))
        self.rows[item.id] = row
        self.order.append(row)
        return row

    def step_from(self, row: QuestionRow, by: int) -> None:
        """Give the keyboard to the row before or after; at an end it stays."""
        shown = [one for one in self.order if one.isVisible()]
        at = shown.index(row) + by if row in shown else -1
        (shown[at] if 0 <= at < len(shown) else row).setFocus()


class _Foot(QWidget):
    """The questions of other targets, folded until they are wanted."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_open = False
        self._count = 0
        self.button = QPushButton()
        self.button.setProperty("look", "fold")
        self.button.clicked.connect(lambda: self.set_open(is_open=not self.is_open))
        self._list = QWidget(self)
        self._rows = QVBoxLayout(self._list)
        column = QVBoxLayout(self)
        for box in (self._rows, column):
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(0)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._list)
        self.hide()

    def show_rows(self, rows: Sequence[QuestionRow]) -> None:
        """Take the rows in."""
        self._count = len(rows)
        self.show()
        for row in rows:
            self._rows.addWidget(row)

    def set_open(self, *, is_open: bool) -> None:
        """Show or hide them."""
        self.is_open = is_open
        self._list.setVisible(is_open)
        plural = "" if self._count == 1 else "s"
        self.button.setText(f"{'Hide' if is_open else 'Show'} {self._count} question{plural} of other targets")


def groups_of(case: Case, template: IntakeTemplate) -> tuple[tuple[str, tuple[IntakeItem, ...]], ...]:
    """Return titles with questions in their order: those asked of the case's targets, and all that are answered."""
    groups = []
    for section in template.sections:
        items = tuple(
            item
            for item in section.items
            if item.is_asked_of(case.atlas_ids) or case.intake.answer_to(item.id) is not None
        )
        if items:
            groups.append((section.title, items))
    known = {item.id for item in template.items}
    earlier = tuple(
        IntakeItem(one.item_id, one.question, one.kind) for one in case.intake.answers if one.item_id not in known
    )
    return (*groups, (_EARLIER, earlier)) if earlier else tuple(groups)


def others_of(case: Case, template: IntakeTemplate) -> tuple[IntakeItem, ...]:
    """Return the questions of targets which the case does not have."""
    return tuple(
        item
        for item in template.items
        if not item.is_asked_of(case.atlas_ids) and case.intake.answer_to(item.id) is None
    )


def _targets_of(item: IntakeItem) -> str:
    names = {entry.id: entry.name for entry in atlas()}
    return "; ".join(names.get(name, name) for name in item.only_for)
