"""In which order do the questions stand? Sections and rows in a column that scrolls; rows outlive order and case."""

from __future__ import annotations

from itertools import pairwise
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
    """All rows. ``cleared(item id)`` and ``lacking(sentence)`` come from any of them.

    ``unfolded`` when the questions of other targets are to be shown too, or no more.
    """

    cleared = Signal(str)
    lacking = Signal(str)
    unfolded = Signal()

    def __init__(self, *, keep: Callable[[Given], bool]) -> None:
        super().__init__()
        self._keep = keep
        self.rows: dict[str, QuestionRow] = {}
        self.order: list[QuestionRow] = []
        self._others: tuple[IntakeItem, ...] = ()
        self._titles: list[tuple[QLabel, tuple[str, ...]]] = []
        self._heads: list[QWidget] = []
        self._built: object = None
        self._is_open = False
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Questions")
        self._inner = QWidget()
        self._inner.setObjectName("scrolled")
        self._inner.setMinimumWidth(1)
        self._inner.setMaximumWidth(_WIDEST_PX)
        self._body = QVBoxLayout(self._inner)
        self._body.setContentsMargins(8, 0, 8, 24)
        self._body.setSpacing(0)
        self._fold = QPushButton(self._inner)
        self._fold.setProperty("look", "fold")
        self._fold.clicked.connect(lambda: self._set_open(is_open=not self._is_open))
        self.setWidget(self._inner)

    def forget(self) -> None:
        """Let go of what was typed and unfolded, and begin at the top: all that belongs to a case that goes."""
        self._is_open = False
        self.verticalScrollBar().setValue(0)
        for row in self.rows.values():
            row.give_up()

    def show_case(
        self, case: Case, template: IntakeTemplate, *, offers: Callable[[IntakeItem], Sequence[Offer]]
    ) -> None:
        """Show the questions for this case's targets with their answers; what is being typed goes on."""
        groups, self._others = groups_of(case, template), others_of(case, template)
        wanted = groups, self._others, self._is_open
        if wanted != self._built:
            self._built = wanted
            self._build(groups)
        for row in self.order:
            row.show_answer(case.intake.answer_to(row.item.id), offers=offers(row.item))
        for title, ids in self._titles:
            answered = sum(case.intake.answer_to(name) is not None for name in ids)
            title.setText(f"{answered} of {len(ids)}")

    def come_to(self, row: QuestionRow) -> None:
        """Bring a row into sight with the one after it."""
        self.ensureWidgetVisible(row, 0, _SIGHT_PX)

    def unfold_for(self, item_id: str) -> None:
        """Show the questions of other targets when that is one of them."""
        if any(item.id == item_id for item in self._others):
            self._set_open(is_open=True)

    def _set_open(self, *, is_open: bool) -> None:
        if is_open != self._is_open:
            self._is_open = is_open
            self.unfolded.emit()

    def _build(self, groups: tuple[tuple[str, tuple[IntakeItem, ...]], ...]) -> None:
        """Put titles and rows in order; a row goes on with the question that it is of."""
        before, self.rows, self.order, self._titles = self.rows, {}, [], []
        while self._body.takeAt(0) is not None:
            pass
        for head in self._heads:
            head.hide()
            head.deleteLater()
        self._heads = []
        for title, items in groups:
            self._add_title(title, items)
            for item in items:
                self._add_row(item, before)
        stops: list[QWidget] = list(self.order)
        if self._others:
            self._show_fold()
            stops.append(self._fold)
            for item in self._others:
                if self._is_open or (item.id in before and before[item.id].is_busy):
                    self._add_row(item, before, note=f"Of {_targets_of(item)}.")
                    stops.append(self.order[-1])
        self._body.addStretch(1)
        self._fold.setVisible(bool(self._others))
        for row in before.values():
            row.give_up()
            row.hide()
            row.deleteLater()
        for first, second in pairwise(stops):
            QWidget.setTabOrder(first, second)
        for row in self.order:
            row.tab_through()

    def _show_fold(self) -> None:
        count = len(self._others)
        plural = "" if count == 1 else "s"
        self._fold.setText(f"{'Hide' if self._is_open else 'Show'} {count} question{plural} of other targets")
        self._body.addSpacing(12)
        self._body.addWidget(self._fold, 0, Qt.AlignmentFlag.AlignLeft)

    def _add_title(self, title: str, items: tuple[IntakeItem, ...]) -> None:
        head, line = QWidget(self._inner), rule_line()
        row = QHBoxLayout(head)
        row.setContentsMargins(16, 20, 16, 6)
        count = label("", "hint")
        row.addWidget(label(title, "heading"))
        row.addWidget(count)
        row.addStretch(1)
        for widget in (head, line):
            self._body.addWidget(widget)
            self._heads.append(widget)
        self._titles.append((count, tuple(item.id for item in items)))

    def _add_row(self, item: IntakeItem, before: dict[str, QuestionRow], *, note: str = "") -> None:
        row = before.pop(item.id, None)
        if row is not None and row.item.kind is not item.kind:  # another form: begun anew
            before[item.id], row = row, None
        if row is None:
            row = QuestionRow(item, self._inner, keep=self._keep)
            row.cleared.connect(self.cleared)
            row.lacking.connect(self.lacking)
            row.step.connect(lambda by, row=row: self.step_from(row, by))
        row.ask(item, note=note)
        self._body.addWidget(row)
        self.rows[item.id] = row
        self.order.append(row)

    def step_from(self, row: QuestionRow, by: int) -> None:
        """Give the keyboard to the row before or after; at an end it stays."""
        shown = [one for one in self.order if one.isVisible()]
        at = shown.index(row) + by if row in shown else -1
        (shown[at] if 0 <= at < len(shown) else row).setFocus()


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
