"""What lies behind the share of draws that hold? Limits, coverage, the nerve mm by mm, and the draws that fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.robustness import PERCENTILES
from planner.domain.rule import Verdict
from planner.rendering.palette import SHARE_CLASSES
from planner.services.robustness_words import coverage_words, failing, limit_rows, source_words
from planner.ui.panels.assess_robust_bar import ShareBar
from planner.ui.panels.assess_robust_draws import DrawList, DrawListModel, draw_rows
from planner.ui.panels.panel import clear_layout
from planner.ui.theme.tokens import VERDICT_STYLE
from planner.ui.widgets.labels import ElidedLabel, StateBadge, label, plain_tip, rule_line
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.domain.identity import ProbeId
    from planner.domain.robustness import Robustness, TargetCoverage
    from planner.services.robustness_words import LimitRow

FIRST_LISTED, MORE_LISTED = 5, 20
"""Failing draws that are listed at first, and with each press of "more": a list in a panel that scrolls has no scroller
of its own."""


class RobustDetails(QWidget):
    """The unfolded part. ``draw_chosen(DrawOutcome)``, ``draw_left``, ``colouring(bool)`` of the nerve in the views."""

    draw_chosen = Signal(object)
    draw_left = Signal()
    colouring = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(1)
        self._told: Robustness | None = None
        self._most = FIRST_LISTED
        self._labels: Mapping[ProbeId, str] = {}
        self._ghost: int | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        self._words = label("", "secondary", wrap=True)
        column.addWidget(self._words)
        self._coverages = QVBoxLayout()
        self._coverages.setSpacing(4)
        column.addLayout(self._coverages)
        self.colour = TickBox("Colour the nerve by it in the views")
        self.colour.setToolTip(f"On both sides of the nerve: {_share_legend()}")
        self.colour.toggled.connect(self.colouring)
        column.addWidget(self.colour)
        self._draws_head = label("", "heading")
        column.addWidget(self._draws_head)
        self._draws_hint = label("Press one to see it as a ghost beside the plan.", "secondary", wrap=True)
        column.addWidget(self._draws_hint)
        self._model = DrawListModel()
        self.draws = DrawList(self._model)
        self.draws.chosen.connect(self._choose)
        self.draws.left.connect(lambda _key: self.draw_left.emit())
        column.addWidget(self.draws)
        self.more = QPushButton()
        self.more.setProperty("look", "link")
        self.more.setAccessibleDescription("More failing draws")
        self.more.clicked.connect(self._show_more)
        column.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        self._limits = QVBoxLayout()
        self._limits.setSpacing(0)
        column.addLayout(self._limits)
        self._notes = label("", "secondary", wrap=True)
        column.addWidget(self._notes)

    def show_told(self, told: Robustness, *, labels: Mapping[ProbeId, str]) -> None:
        """Show a result; one that is shown already stays as it is."""
        if told is self._told:
            return
        self._told, self._most = told, FIRST_LISTED
        self._words.setText(f"{told.verdict_words} {source_words(told.technique)}".strip())
        self._show_limits(told)
        self._show_coverages(told)
        self.show_draws(labels=labels, shown=None)
        self._notes.setText(" ".join((*_fine_words(told), *told.left_out)))

    def show_draws(self, *, labels: Mapping[ProbeId, str], shown: int | None) -> None:
        """List the failing draws; ``shown`` is the number of the one that is a ghost now."""
        told = self._told
        if told is None:
            return
        found = failing(told)
        self._labels, self._ghost = labels, shown
        self._model.show_rows(draw_rows(told, found[: self._most], labels=labels, shown=shown))
        self.draws.fit()
        for widget in (self.draws, self._draws_hint):
            widget.setVisible(bool(found))
        self._draws_head.setText(f"Failing draws, {len(found)}, the nearest first" if found else "No draw fails")
        left = len(found) - self._most
        self.more.setVisible(left > 0)
        self.more.setText(f"Show {min(left, MORE_LISTED)} more")

    def _show_more(self) -> None:
        self._most += MORE_LISTED
        self.show_draws(labels=self._labels, shown=self._ghost)

    def _choose(self, key: object) -> None:
        row = next((row for row in self._model.rows if row.key == key), None)
        if row is not None:
            self.draw_chosen.emit(row.outcome)

    def _show_limits(self, told: Robustness) -> None:
        clear_layout(self._limits)
        rows = limit_rows(told)
        self._limits.addWidget(label("Limits", "heading"))
        for row in rows:
            # What only asks for attention takes one line; its figures are in the tooltip.
            self._limits.addWidget(_limit_widget(row, is_whole=row.verdict is not Verdict.CHECK))
            self._limits.addWidget(rule_line())
        rest = len(told.limits) - len(rows)
        if rest:
            words = f"The other {rest} limits pass in every draw." if rows else "Every limit passes in every draw."
            text = label(words, "secondary", wrap=True)
            text.setContentsMargins(0, 4, 0, 0)
            self._limits.addWidget(text)

    def _show_coverages(self, told: Robustness) -> None:
        clear_layout(self._coverages)
        for coverage in told.coverages:
            self._coverages.addWidget(label(coverage.target_name, "name", wrap=True))
            self._coverages.addWidget(label(_coverage_sentence(coverage), "secondary", wrap=True))
            if coverage.probability:
                bar = ShareBar(coverage.target_name)
                bar.show_coverage(coverage)
                self._coverages.addWidget(bar)
        self.colour.setVisible(any(coverage.probability for coverage in told.coverages))


def _coverage_sentence(coverage: TargetCoverage) -> str:
    if not coverage.covered_percent:
        return "Coverage NOT ASSESSED in any draw."
    names = " · ".join(str(percent) for percent in PERCENTILES)
    words = f"Covered at percentiles {names}: {coverage_words(coverage.covered_percent)}"
    along = " Below: share of draws that treat the whole cross-section, along it." if coverage.probability else ""
    return f"{words} ({coverage.told} draws).{along}"


def _limit_widget(row: LimitRow, *, is_whole: bool) -> QFrame:
    """Return a limit: name and share of draws, and where it ``is_whole``, planned and worst value under them."""
    frame = QFrame()
    frame.setMinimumWidth(1)
    frame.setAccessibleName(f"{row.name}: {row.share}; {row.detail}. {row.more}")
    column = QVBoxLayout(frame)
    column.setContentsMargins(0, 5, 0, 5)
    column.setSpacing(2)
    head = QHBoxLayout()
    head.setSpacing(8)
    if is_whole:
        head.addWidget(label(row.name, "name", wrap=True), 1)
    else:
        name = ElidedLabel()
        name.show_text(row.name)
        head.addWidget(name, 1)
    badge = StateBadge()
    badge.show_state(VERDICT_STYLE[row.verdict], row.share)
    head.addWidget(badge, 0, Qt.AlignmentFlag.AlignTop)
    column.addLayout(head)
    if is_whole:
        column.addWidget(label(_capital(row.detail), "secondary", wrap=True))
    frame.setToolTip(plain_tip(f"{row.name}: {row.detail}. {row.more}"))
    return frame


def _share_legend() -> str:
    """Say how a share of draws is drawn along a nerve: by pattern and by colour (H-18)."""
    patterns = ("solid green", "dashed amber", "dotted red")
    pairs = zip(patterns, SHARE_CLASSES, strict=True)
    return "; ".join(f"{pattern} in {each.label} of draws" for pattern, each in pairs)


def _capital(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}"


def _fine_words(told: Robustness) -> tuple[str, ...]:
    fine = told.fine
    if fine is None:
        return ("Not compared with finer cells.",)
    low, high = fine.share_low_percent, fine.share_high_percent
    return (
        f"Cells of {told.spacing_mm:g} mm.",
        f"{len(fine.draws)} draws again on {fine.spacing_mm:g} mm: {fine.other_verdicts} come out otherwise.",
        f"Were every value off by the largest difference found, {low:.0f} to {high:.0f} % of the draws would hold.",
    )
