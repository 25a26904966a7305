"""How good is the plan? Counts, the nerve's temperature, every check, and where the worst of it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from planner.domain.rule import Verdict
from planner.rendering.palette import ICE_CONSERVATIVE, ICE_TREATMENT
from planner.report.numbers import celsius, judged, mm, number
from planner.ui.panels.check_table import CheckTable
from planner.ui.panels.panel import SIDE_PX, Panel, clear_layout
from planner.ui.panels.target_segment import choose_segment
from planner.ui.steps import missing_for_prediction, target_words
from planner.ui.theme.tokens import VERDICT_STYLE
from planner.ui.widgets.labels import StateBadge, label
from planner.ui.widgets.nerve_bar import NerveBar, treated_mm

if TYPE_CHECKING:
    from planner.domain.assessment import Assessment, Check, NerveProfile
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.services.session import ChangeKind
    from planner.ui.desk import Desk


class AssessPanel(Panel):
    """Verdicts of a current prediction; nothing but a sentence for a stale or missing one."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Assessment")
        self._empty = label("", "sentence", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(12, 24, 12, 24)
        self.body.addWidget(self._empty)
        self._filled = QWidget()
        filled = QVBoxLayout(self._filled)
        filled.setContentsMargins(0, 0, 0, 0)
        filled.setSpacing(0)
        self._badges = QHBoxLayout()
        self._badges.setContentsMargins(SIDE_PX, 8, SIDE_PX, 6)
        self._badges.setSpacing(14)
        filled.addLayout(self._badges)
        self._nerves = QVBoxLayout()
        self._nerves.setSpacing(4)
        filled.addLayout(self._nerves)
        self._table = CheckTable()
        self._table.jump_asked.connect(self._show_check)
        filled.addWidget(self._table)
        self.body.addWidget(self._filled)
        self._make_place(filled)
        self._make_prediction(filled)
        self.body.addStretch(1)

    def _make_place(self, filled: QVBoxLayout) -> None:
        place = QVBoxLayout()
        place.setContentsMargins(12, 10, 12, 10)
        place.setSpacing(4)
        row = QHBoxLayout()
        self._place_name = label("", "heading")
        jump = QPushButton("Jump  J")
        jump.setProperty("look", "link")
        jump.setToolTip("Go to the next worst place, J")
        jump.clicked.connect(self.jump_to_next)
        row.addWidget(self._place_name, 1)
        row.addWidget(jump)
        place.addLayout(row)
        self._place_words = label("", "secondary", wrap=True)
        place.addWidget(self._place_words)
        filled.addLayout(place)

    def _make_prediction(self, filled: QVBoxLayout) -> None:
        made = QVBoxLayout()
        made.setContentsMargins(12, 6, 12, 12)
        made.setSpacing(4)
        made.addWidget(label("Prediction", "heading"))
        self._prediction = label("", "secondary", wrap=True)
        made.addWidget(self._prediction)
        filled.addLayout(made)

    # --- showing -----------------------------------------------------------------------------------------------------

    def refresh(self, kinds: frozenset[ChangeKind]) -> None:
        """Show the verdicts, or why there are none."""
        del kinds
        session = self.desk.session
        if session is None:
            return
        assessment, result = session.assessment, session.result
        current = session.result_is_current and assessment is not None and result is not None
        self._filled.setVisible(current)
        self._empty.setVisible(not current)
        clear_layout(self._badges)
        if not current or assessment is None or result is None:
            missing = missing_for_prediction(session.plan)
            pending = "STALE: the plan changed. No verdict until it is recomputed." if result else "No prediction yet."
            self._empty.setText(missing or pending)
            return
        self._show_counts(assessment)
        self._show_nerves(session.plan, assessment)
        self._table.show_checks(assessment.checks)
        self._show_first()
        self._prediction.setText(prediction_words(result))

    def _show_counts(self, assessment: Assessment) -> None:
        counts = assessment.counts
        shown = [v for v in (Verdict.FAIL, Verdict.CHECK, Verdict.NOT_ASSESSED) if counts[v]] or [Verdict.PASS]
        for verdict in shown:
            badge = StateBadge()
            badge.show_state(VERDICT_STYLE[verdict], f"{counts[verdict]} {verdict.value}")
            self._badges.addWidget(badge)
        self._badges.addStretch(1)

    def _show_nerves(self, plan: Plan, assessment: Assessment) -> None:
        clear_layout(self._nerves)
        edge = 8 if assessment.profiles else 0
        self._nerves.setContentsMargins(SIDE_PX, edge, SIDE_PX, edge)
        for profile in assessment.profiles:
            target = next((t for t in plan.targets if t.id == profile.target_id), None)
            if target is None or not profile.arc_mm:
                continue
            name = target_words(target)
            self._nerves.addWidget(label(name, "name"))
            bar = NerveBar(profile, name)
            bar.segment_chosen.connect(partial(choose_segment, self.desk, target.id))
            self._nerves.addWidget(bar)
            self._nerves.addWidget(label(_profile_words(profile), "secondary", wrap=True))

    def _show_first(self) -> None:
        first = next((check for check in self._table.checks.checks if check.verdict is not Verdict.PASS), None)
        self._describe(first or (self._table.checks.checks[0] if self._table.checks.checks else None))

    def _describe(self, check: Check | None) -> None:
        if check is None:
            self._place_name.setText("Nothing was judged")
            self._place_words.setText("Add structures and a target; each is then judged by its rule.")
            return
        self._place_name.setText(f"{check.subject_name}: {check.verdict.value}")
        value = judged(check.value, check.unit, limits=(check.pass_limit, check.fail_limit))
        value_words = "" if check.value is None else f"{check.quantity} {value}. "
        limit = f"Limit {check.limit}. " if check.limit else ""
        self._place_words.setText(f"{value_words}{limit}{check.reason}".strip())

    # --- acting ------------------------------------------------------------------------------------------------------

    def jump_to_next(self) -> None:
        """Go to the next worst place, worst first."""
        check = self._table.select_next() if self._filled.isVisibleTo(self) else None
        if check is None:
            self.desk.say("No place to jump to: nothing was judged yet.")
        else:
            self._show_check(check)

    def _show_check(self, check: Check) -> None:
        self._describe(check)
        if check.worst_point_lps_mm is not None:
            self.desk.look_at(check.worst_point_lps_mm)
            self.desk.say(f"{check.subject_name}, {check.quantity}: {check.verdict.value}.")


def _profile_words(profile: NerveProfile) -> str:
    treated = treated_mm(profile, ICE_TREATMENT.level_c)
    colder = treated_mm(profile, ICE_CONSERVATIVE.level_c)
    whole = mm(profile.segment_mm[1] - profile.segment_mm[0])
    coldest = celsius(min(profile.coldest_c))
    return f"≤ −20 °C {mm(treated)} of {whole} · ≤ −40 °C {mm(colder)} · coldest point {coldest}"


def prediction_words(result: SimulationResult) -> str:
    """Return how the prediction was made and what to doubt about it."""
    record = result.record
    grid = (
        f"{number(result.grid.spacing_ijk_mm[0], decimals=1)} mm grid, {record.cells / 1e6:.2f} million cells, "
        f"energy error {number(record.energy_error_percent, decimals=2)} %, {number(record.wall_s, decimals=1)} s."
    )
    words = [*record.findings, grid, *([record.convergence] if record.convergence else [])]
    if record.reaches_boundary:
        words.append("The cold reaches the edge of the computed box.")
    if record.unverified:
        words.append(f"Values not read in a source: {len(record.unverified)}.")
    words.extend(record.notes)
    return " ".join(words)
