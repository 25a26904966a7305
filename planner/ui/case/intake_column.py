"""In which order do the questions stand? Sections and rows in a column that scrolls; rows outlive a new order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from planner.domain.intake import IntakeItem
from planner.persistence.resources import atlas
from planner.ui.case.intake_row import QuestionRow
from planner.ui.widgets.labels import label

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from planner.domain.case import Case
    from planner.domain.intake import IntakeTemplate
    from planner.ui.case.intake_row import Given, Offer

_WIDEST_PX, _SIGHT_PX = 1320, 60
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
        self._shows_others = False
        self._last: Callable[[], None] | None = None
        self.others = QPushButton()
        self.others.setProperty("look", "fold")
        self.others.clicked.connect(self._turn_others)
        inner = QWidget()
        inner.setObjectName("scrolled")
        inner.setMinimumWidth(1)
        inner.setMaximumWidth(_WIDEST_PX)
        self._body = QVBoxLayout(inner)
        self._body.setContentsMargins(8, 0, 8, 24)
        self._body.setSpacing(0)
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Questions")

    def forget(self) -> None:
        """Drop every row, with what was typed into it: it belongs to a case that goes."""
        for row in self.rows.values():
            _drop(row)
        self.rows, self.order, self._built, self._shows_others = {}, [], None, False
        self._take_apart()

    def show_case(
        self, case: Case, template: IntakeTemplate, *, offers: Callable[[IntakeItem], Sequence[Offer]]
    ) -> None:
        """Show the questions for this case's targets with their answers; rows that stay keep what is typed."""
        self._last = lambda: self.show_case(case, template, offers=offers)
        groups, others = groups_of(case, template), others_of(case, template)
        wanted = (groups, others, self._shows_others)
        if wanted != self._built:
            self._built = wanted
            self._build(groups, others)
        for row in self.order:
            row.show_answer(case.intake.answer_to(row.item.id), offers=offers(row.item))
        for title, ids in self._titles:
            answered = sum(case.intake.answer_to(name) is not None for name in ids)
            title.setText(f"{answered} of {len(ids)}")

    def come_to(self, row: QuestionRow) -> None:
        """Bring a row into sight with the one after it."""
        self.ensureWidgetVisible(row, 0, _SIGHT_PX)

    def _build(self, groups: tuple[tuple[str, tuple[IntakeItem, ...]], ...], others: tuple[IntakeItem, ...]) -> None:
        before = dict(self.rows)
        self._take_apart()
        for title, items in groups:
            self._add_title(title, items)
            for item in items:
                self._add_row(item)
        self._body.addSpacing(12)
        self._body.addWidget(self.others, 0, Qt.AlignmentFlag.AlignLeft)
        self.others.setVisible(bool(others))
        plural = "" if len(others) == 1 else "s"
        self.others.setText(
            f"{'Hide' if self._shows_others else 'Show'} {len(others)} question{plural} of other targets"
        )
        for item in others if self._shows_others else ():
            self._add_row(item, note=f"Of {_targets_of(item)}.")
        self._body.addStretch(1)
        for name, row in before.items():
            if row not in self.order:
                _drop(row)
                if self.rows.get(name) is row:
                    del self.rows[name]
        for first, second in zip(self.order, self.order[1:], strict=False):
            QWidget.setTabOrder(first, second)

    def _take_apart(self) -> None:
        """Empty the column; rows are kept."""
        kept = {*self.rows.values(), self.others}
        while (item := self._body.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None and widget not in kept:
                widget.hide()
                widget.deleteLater()
        self.order, self._titles = [], []

    def _add_title(self, title: str, items: tuple[IntakeItem, ...]) -> None:
        head = QFrame()
        head.setObjectName("section")
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 20, 16, 6)
        count = label("", "hint")
        row.addWidget(label(title, "heading"))
        row.addWidget(count)
        row.addStretch(1)
        self._body.addWidget(head)
        self._titles.append((count, tuple(item.id for item in items)))

    def _add_row(self, item: IntakeItem, *, note: str = "") -> None:
        row = self.rows.get(item.id)
        if row is None or row.item != item:
            row = QuestionRow(item, keep=self._keep)
            row.cleared.connect(self.cleared)
            row.lacking.connect(self.lacking)
            row.step.connect(lambda by, row=row: self.step_from(row, by))
            self.rows[item.id] = row
        row.show_note(note)
        self.order.append(row)
        self._body.addWidget(row)
        row.show()

    def step_from(self, row: QuestionRow, by: int) -> None:
        """Give the keyboard to the row before or after; at an end it stays."""
        at = self.order.index(row) + by if row in self.order else 0
        if 0 <= at < len(self.order):
            self.order[at].setFocus()
        else:
            row.setFocus()

    def _turn_others(self) -> None:
        self._shows_others = not self._shows_others
        if self._last is not None:
            self._last()


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


def _drop(row: QuestionRow) -> None:
    row.give_up()
    row.hide()
    row.deleteLater()
