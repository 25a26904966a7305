"""How often does the plan survive the hand that carries it out? One line, what fails first, and a way into the draws.

A result is told as of the plan that it was computed of; after an edit it says STALE and bears no verdict (H-13). Where
none was computed the section says NOT ASSESSED, not that all is well (H-54).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget

from planner.domain.robustness import DEFAULT_DRAWS
from planner.domain.rule import Verdict
from planner.persistence.technique_table import robustness_table
from planner.services.robustness_words import first_words, labels_of, share_words, technique_words
from planner.ui.panels.panel import SIDE_PX
from planner.ui.robust_loop import RobustLoop
from planner.ui.steps import missing_for_prediction
from planner.ui.theme.tokens import VERDICT_STYLE, StateStyle
from planner.ui.widgets.fields import ChoiceField
from planner.ui.widgets.labels import StateBadge, label, plain_tip
from planner.ui.widgets.tick_box import TickBox

if TYPE_CHECKING:
    from planner.domain.robustness import Robustness
    from planner.services.session import Session
    from planner.ui.desk import Desk
    from planner.ui.panels.assess_robust_details import RobustDetails

STALE = StateStyle("STALE", "clock-counter-clockwise", "not_assessed", "not_assessed_tint")
_NOT_RUN = (
    f"Draws the placement error of a technique {DEFAULT_DRAWS} times and judges every draw by the plan's own limits. "
    "It is about placement, not about the outcome of a treatment."
)

_MOVING = "Nothing is known of it while the plan changes."


class RobustSection(QWidget):
    """The section of the Assess panel."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.setAccessibleName("Robustness")
        self.setMinimumWidth(1)  # else its height is that of a wider panel
        self._desk = desk
        self.loop = RobustLoop(desk)
        self._details: RobustDetails | None = None
        self._shown: tuple[object, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(SIDE_PX, 10, SIDE_PX, 8)
        column.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(label("Robustness", "heading"))
        head.addStretch(1)
        self.badge = StateBadge()
        head.addWidget(self.badge)
        column.addLayout(head)
        self.words = label("", "secondary", wrap=True)
        column.addWidget(self.words)
        self._make_choice(column)
        self._make_running(column)
        self.fold = QPushButton()
        self.fold.setProperty("look", "link")
        self.fold.setCheckable(True)
        self.fold.toggled.connect(lambda _on: self.refresh())
        column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        self._column = column
        self.loop.changed.connect(self.refresh)
        desk.opened.connect(lambda: self.fold.setChecked(False))
        desk.view.changed.connect(self._on_view)

    def _make_choice(self, column: QVBoxLayout) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.technique = ChoiceField()
        self.technique.setAccessibleName("Technique of placement")
        for technique in robustness_table().techniques:
            self.technique.addItem(technique.label, technique.id)
        self.technique.activated.connect(lambda _at: self.loop.choose_technique(str(self.technique.currentData())))
        self.run = QPushButton()
        self.run.clicked.connect(self.loop.run)
        row.addWidget(self.technique, 1)
        row.addWidget(self.run)
        column.addLayout(row)
        self.tissue = TickBox("Draw tissue and probe values, too")
        self.tissue.setToolTip("Takes the smallest or the largest ice in half of the draws; placements stay the same")
        self.tissue.clicked.connect(lambda on: self.loop.draw_tissue(on=on))
        column.addWidget(self.tissue)

    def _make_running(self, column: QVBoxLayout) -> None:
        self._running = QWidget()
        rows = QVBoxLayout(self._running)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(2)
        row = QHBoxLayout()
        self.progress_words = label("", "secondary")
        self.cancel = QPushButton("Cancel")
        self.cancel.setProperty("look", "link")
        self.cancel.clicked.connect(self.loop.cancel)
        row.addWidget(self.progress_words, 1)
        row.addWidget(self.cancel)
        rows.addLayout(row)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the draws")
        rows.addWidget(self.bar)
        column.addWidget(self._running)
        self._running.hide()

    # --- showing -----------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show what is known of the plan as it stands, and what can be done."""
        session = self._desk.session
        if session is None:
            return
        told, is_current = self.loop.told, self.loop.is_current
        stand = self._stand(session, told, is_current=is_current)
        if stand == self._shown:
            return  # previews come thirty times a second
        self._shown = stand
        self._show_state(told, is_current=is_current)
        self._show_job()
        self.technique.select_data(self.loop.technique.id)
        self.technique.setToolTip(plain_tip(technique_words(self.loop.technique)))
        self.tissue.setChecked(self.loop.is_tissue_drawn)
        missing = missing_for_prediction(session.plan)
        self.run.setText("Run again" if told is not None else f"Run {DEFAULT_DRAWS} draws")
        self.run.setEnabled(not missing and self.loop.job is None)
        self.run.setToolTip(missing or "Takes about half a minute on two cores; the window stays usable")
        self._show_details(told if is_current else None)

    def _stand(self, session: Session, told: Robustness | None, *, is_current: bool) -> tuple[object, ...]:
        """Return all that the section is shown from."""
        job = self.loop.job
        return (
            id(told),
            is_current,
            session.result_is_current,
            None if job is None else (job.words, job.done, job.total),
            self.loop.technique.id,
            self.loop.is_tissue_drawn,
            self.loop.refusal,
            self.loop.shown_draw,
            missing_for_prediction(session.plan),
            self.fold.isChecked(),
            tuple(labels_of(session.plan).items()),
        )

    def _show_state(self, told: Robustness | None, *, is_current: bool) -> None:
        session = self._desk.session
        is_at_rest = session is not None and session.result_is_current
        self.badge.setVisible(told is not None or is_at_rest)  # under a hand nothing bears a verdict
        if told is None:
            self.badge.show_state(VERDICT_STYLE[Verdict.NOT_ASSESSED])
            self.words.setText(self.loop.refusal or (_NOT_RUN if is_at_rest else _MOVING))
            return
        if not is_current:
            self.badge.show_state(STALE)
            self.words.setText(
                f"The plan has changed. Before, {share_words(told)} ({technique_words(told.technique)}); "
                "of the plan as it stands nothing is known. Run again."
            )
            return
        self.badge.show_state(VERDICT_STYLE[told.verdict], share_words(told))
        tissue = " Tissue and probe values drawn, too." if told.is_tissue_drawn else ""
        untold = told.not_assessed
        gap = f" {untold.count} of {untold.of} draws NOT ASSESSED." if untold.count else ""
        self.words.setText(f"{technique_words(told.technique)}. {first_words(told)}{tissue}{gap}")

    def _show_job(self) -> None:
        job = self.loop.job
        self._running.setVisible(job is not None)
        if job is not None:
            self.progress_words.setText(job.words)
            self.bar.setRange(0, job.total)
            self.bar.setValue(job.done)

    def _show_details(self, told: Robustness | None) -> None:
        """Unfold what is wanted; made when it is first unfolded, since most plans are never asked about."""
        session = self._desk.session
        self.fold.setVisible(told is not None)
        is_open = told is not None and self.fold.isChecked()
        self.fold.setText("Hide draws and limits" if is_open else "Show draws and limits")
        if is_open and self._details is None:
            self._make_details()
        if self._details is None:
            return
        self._details.setVisible(is_open)
        if is_open and told is not None and session is not None:
            labels = labels_of(session.plan)
            self._details.show_told(told, labels=labels)
            self._details.show_draws(labels=labels, shown=self.loop.shown_draw)
            self._details.colour.setChecked(self._desk.view.flags["show_shares"])

    def _make_details(self) -> None:
        from planner.ui.panels.assess_robust_details import RobustDetails

        self._details = RobustDetails()
        self._details.draw_chosen.connect(self.loop.show_draw)
        self._details.draw_left.connect(self.loop.hide_draw)
        self._details.colouring.connect(lambda on: self._desk.view.set_flag("show_shares", on=on))
        self._column.addWidget(self._details)

    def _on_view(self, name: str) -> None:
        if name == "show_shares" and self._details is not None:
            self._details.colour.setChecked(self._desk.view.flags["show_shares"])
