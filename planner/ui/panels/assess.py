"""How good is the plan? Counts, the nerve's temperature, every check, and where the worst of it is.

While a probe moves, the same rows hold what is read off the preview, marked as such and without a verdict: a value of
another place of the probe never stands beside a verdict, and never passes for this place's (H-13).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from planner.domain.rule import Verdict
from planner.domain.structure import StructureKind
from planner.persistence.resources import rule_set
from planner.planning.clearance import REACH_MM, nearest_voxel_lps_mm
from planner.planning.request import PREVIEW_SPACING_MM
from planner.rendering.palette import ICE_CONSERVATIVE, ICE_TREATMENT
from planner.report.numbers import MISSING, celsius, judged, minutes, mm, number
from planner.services.band_structures import EDGE
from planner.services.live_checks import live_checks, worst_words
from planner.ui.panels.assess_robust import RobustSection
from planner.ui.panels.check_table import CheckTable, RowKey, worst_first
from planner.ui.panels.heat_sinks import HeatSinkSection
from planner.ui.panels.panel import SIDE_PX, Panel, clear_layout
from planner.ui.panels.structure_figures import FigureBlock
from planner.ui.steps import missing_for_prediction, target_words
from planner.ui.theme.tokens import VERDICT_STYLE, StateStyle
from planner.ui.widgets.labels import ElidedLabel, StateBadge, label, plain_tip
from planner.ui.widgets.nerve_bar import NerveBar, treated_mm

if TYPE_CHECKING:
    from collections.abc import Mapping

    from planner.domain.assessment import Assessment, Check, NerveProfile
    from planner.domain.geometry import PointLps
    from planner.domain.identity import TargetId
    from planner.domain.plan import Plan
    from planner.domain.simulation import SimulationResult
    from planner.domain.target import Target
    from planner.services.session import ChangeKind, Session
    from planner.ui.desk import Desk

_BADGES_PX = 8
PREVIEW_STYLE = StateStyle("PREVIEW", "snowflake", "text_2", "not_assessed_tint")
_PREVIEW_WORDS = (
    "2 mm cells, end of the first freeze: values to steer by, without a verdict. The 1 mm result follows when the hand "
    "lets go."
)
_PREPARING_WORDS = f"{_PREVIEW_WORDS} Margins of more structures are being prepared."


class AssessPanel(Panel):
    """Verdicts of a current prediction, or the numbers of a preview; a sentence when there is neither."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk, "Assessment")
        self._live_badge: StateBadge | None = None
        self._live_shown: tuple[object, object, str] = (None, None, "")
        self._nerve_names: tuple[tuple[str, str], ...] = ()
        self._nerve_bars: list[tuple[NerveBar, QLabel]] = []
        self._empty = label("", "sentence", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setContentsMargins(12, 24, 12, 24)
        self.body.addWidget(self._empty)
        self._filled = QWidget()
        self._filled.setMinimumWidth(1)  # else its height is that of a wider panel
        filled = QVBoxLayout(self._filled)
        filled.setContentsMargins(0, 0, 0, 0)
        filled.setSpacing(0)
        self._badges = QHBoxLayout()
        self._badges.setContentsMargins(SIDE_PX, 8, SIDE_PX, 6)
        self._badges.setSpacing(_BADGES_PX)
        filled.addLayout(self._badges)
        self._nerves = QVBoxLayout()
        self._nerves.setSpacing(4)
        filled.addLayout(self._nerves)
        self._recoveries = label("", "secondary", wrap=True)
        self._recoveries.setContentsMargins(SIDE_PX, 0, SIDE_PX, 8)
        self._recoveries.hide()
        filled.addWidget(self._recoveries)
        self._table = CheckTable()
        self._table.jump_asked.connect(self._show_check)
        self._table.place_asked.connect(self._show_place)
        filled.addWidget(self._table)
        self.body.addWidget(self._filled)
        self._make_place(filled)
        self._sinks = HeatSinkSection()
        self._sinks.place_asked.connect(self._show_place)
        filled.addWidget(self._sinks)
        self.robust = RobustSection(desk)
        filled.addWidget(self.robust)
        self._make_prediction(filled)
        self.body.addStretch(1)

    def _make_place(self, filled: QVBoxLayout) -> None:
        place = QVBoxLayout()
        place.setContentsMargins(12, 10, 12, 10)
        place.setSpacing(4)
        row = QHBoxLayout()
        self._place_name = ElidedLabel("heading", mode=Qt.TextElideMode.ElideMiddle)
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
        """Show the verdicts; while a probe moves the preview's numbers; otherwise why there is nothing to show."""
        del kinds
        session = self.desk.session
        if session is None:
            return
        self.robust.refresh()
        assessment, result = session.assessment, session.result
        missing = missing_for_prediction(session.plan)
        if session.result_is_current and assessment is not None and result is not None:
            self._show_final(session.plan, assessment, result)
        elif not missing and (session.preview is not None or session.is_trailed):
            self._show_live(session)
        else:
            pending = "STALE: the plan changed. No verdict until it is recomputed." if result else "No prediction yet."
            self._empty.setText(missing or pending)
            self._show_filled(is_filled=False)
            self._live_shown = (None, None, "")

    def _show_filled(self, *, is_filled: bool) -> None:
        self._filled.setVisible(is_filled)
        self._empty.setVisible(not is_filled)

    def _show_final(self, plan: Plan, assessment: Assessment, result: SimulationResult) -> None:
        self._show_filled(is_filled=True)
        self._show_counts(assessment)
        self._show_nerves(plan, {profile.target_id: profile for profile in assessment.profiles})
        ends = self._pessimistic()
        isotherm_c = rule_set(plan.rule_set_id).treatment_isotherm_c
        blocks: dict[str, FigureBlock] = {
            told.structure_id: FigureBlock.of(told, _ends_of(ends, told.structure_id), isotherm_c)
            for told in assessment.structures
        }
        self._table.show_checks(assessment.checks, pessimistic=ends, blocks=blocks)
        self._show_sinks(isotherm_c)
        self._show_first()
        self._show_recoveries(plan, assessment)
        self._prediction.setText(prediction_words(result))

    def _pessimistic(self) -> dict[RowKey, float]:
        """Return the unfavourable end of the band by subject and quantity, where the range is of this prediction."""
        session = self.desk.session
        if session is None or session.uncertainty is None or not session.range_is_current:
            return {}
        rows = session.uncertainty.rows
        return {(row.subject_id, row.quantity): row.pessimistic for row in rows if row.pessimistic is not None}

    def _show_sinks(self, isotherm_c: float) -> None:
        """Show what the vessels near the ice take from it, once the range of this prediction is there."""
        session = self.desk.session
        shown = None if session is None or not session.range_is_current else session.uncertainty
        self._sinks.show_sinks(() if shown is None else shown.prediction.heat_sinks, isotherm_c=isotherm_c)

    def _show_recoveries(self, plan: Plan, assessment: Assessment) -> None:
        """Say how long each nerve may take to recover: an estimate, without a verdict."""
        names = {target.id: target_words(target) for target in plan.targets}
        # Where it cannot be told a row of the table says why.
        known = [e for e in assessment.recoveries if e.target_id in names and e.fastest_days is not None]
        self._recoveries.setText("\n".join(f"{names[e.target_id]}: recovery {e.words}" for e in known))
        self._recoveries.setToolTip(plain_tip("\n".join(estimate.sentence for estimate in known)))
        self._recoveries.setVisible(bool(known))

    def _show_live(self, session: Session) -> None:
        """Show what is read off the preview in the places where the verdicts were."""
        preview, before = session.preview, session.assessment
        shown = (preview, before, preview_words(session))
        if self._live_badge is not None and all(a is b or a == b for a, b in zip(shown, self._live_shown, strict=True)):
            return  # the probe has moved on, and nothing new is known of it yet
        self._live_shown = shown
        live = None if preview is None else preview.live
        rows = live_checks(
            session.plan,
            live,
            before=() if before is None else worst_first(before.checks),
            rules=rule_set(session.plan.rule_set_id),
        )
        self._show_filled(is_filled=True)
        self._show_preview_badge(preview_words(session))
        profiles = {} if live is None else {c.target_id: c.profile for c in live.coverages if c.profile is not None}
        if profiles:
            self._show_nerves(session.plan, profiles)
        self._table.show_live(rows)
        self._place_name.show_text("Nearest and coverage")
        self._place_words.setText(MISSING if live is None else worst_words(session.plan, live) or MISSING)
        self._prediction.setText(_PREVIEW_WORDS if live is None or live.is_complete else _PREPARING_WORDS)

    def _show_preview_badge(self, words: str) -> None:
        if self._live_badge is None:
            clear_layout(self._badges)
            self._live_badge = StateBadge()
            self._badges.addWidget(self._live_badge)
            self._badges.addStretch(1)
        self._live_badge.show_state(PREVIEW_STYLE, words)

    def _show_counts(self, assessment: Assessment) -> None:
        clear_layout(self._badges)
        self._live_badge = None
        counts = assessment.counts
        shown = [v for v in (Verdict.FAIL, Verdict.CHECK, Verdict.NOT_ASSESSED) if counts[v]] or [Verdict.PASS]
        for verdict in shown:
            badge = StateBadge()
            badge.show_state(VERDICT_STYLE[verdict], f"{counts[verdict]} {verdict.value}")
            self._badges.addWidget(badge)
        self._badges.addStretch(1)

    def _show_nerves(self, plan: Plan, profiles: Mapping[TargetId, NerveProfile]) -> None:
        """Show the temperature along each nerve; strips that are there already take the new one."""
        shown = [(t, profiles[t.id]) for t in plan.targets if t.id in profiles and profiles[t.id].arc_mm]
        names = tuple((target.id, target_words(target)) for target, _ in shown)
        if names != self._nerve_names:
            self._make_nerves(shown, names)
        for (_, profile), (bar, words) in zip(shown, self._nerve_bars, strict=True):
            bar.show_profile(profile)
            words.setText(_profile_words(profile))

    def _make_nerves(self, shown: list[tuple[Target, NerveProfile]], names: tuple[tuple[str, str], ...]) -> None:
        clear_layout(self._nerves)
        edge = 8 if shown else 0
        self._nerves.setContentsMargins(SIDE_PX, edge, SIDE_PX, edge)
        self._nerve_names, self._nerve_bars = names, []
        for (_, profile), (_, name) in zip(shown, names, strict=True):
            bar, words = NerveBar(profile, name, is_movable=False), label("", "secondary", wrap=True)
            for widget in (label(name, "name", wrap=True), bar, words):
                self._nerves.addWidget(widget)
            self._nerve_bars.append((bar, words))

    def _show_first(self) -> None:
        first = next((check for check in self._table.checks.checks if check.verdict is not Verdict.PASS), None)
        self._describe(first or (self._table.checks.checks[0] if self._table.checks.checks else None))

    def _describe(self, check: Check | None) -> None:
        if check is None:
            self._place_name.show_text("Nothing was judged")
            self._place_words.setText("Add structures and a target; each is then judged by its rule.")
            return
        self._place_name.show_text(f"{check.subject_name}: {check.verdict.value}")
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

    def _show_place(self, place_lps_mm: PointLps) -> None:
        """Go to the place of a figure; those of a preview have none."""
        session = self.desk.session
        if session is not None and session.result_is_current:
            self.desk.view.set_time(None)
            self.desk.look_at(place_lps_mm)

    def _place_to_see(self, check: Check) -> PointLps | None:
        """Return a far structure's point nearest to the ice: it is not in sight from where the ice ends."""
        session, place, gap_mm = self.desk.session, check.worst_point_lps_mm, check.value
        if session is None or place is None or gap_mm is None or check.quantity != EDGE or gap_mm <= REACH_MM:
            return None
        structure = next((one for one in session.plan.structures if one.id == check.subject_id), None)
        if structure is None or structure.kind is StructureKind.SKIN:
            return None
        grid = session.volume.ref.grid
        within_mm = gap_mm + 2 * max(grid.spacing_ijk_mm)
        return nearest_voxel_lps_mm(place, session.mask(structure.id), grid, within_mm=within_mm)

    def _show_check(self, check: Check) -> None:
        session = self.desk.session
        if session is None or not session.result_is_current:
            self.desk.say(f"{check.subject_name}: verdict and place come with the 1 mm result.")
            return
        self._describe(check)
        if check.worst_point_lps_mm is not None:
            self.desk.view.set_time(None)  # verdicts are of the coldest reached, not of a moment that is played
            self.desk.look_at(self._place_to_see(check) or check.worst_point_lps_mm)
            self.desk.say(f"{check.subject_name}, {check.quantity}: {check.verdict.value}.")


def _ends_of(ends: Mapping[RowKey, float], subject_id: str) -> dict[str, float | None]:
    """Return the unfavourable ends of one subject, by quantity."""
    return {quantity: value for (subject, quantity), value in ends.items() if subject == subject_id}


def preview_words(session: Session) -> str:
    """Return what the numbers of a preview are of: ``"PREVIEW 2 mm · following the probe"``.

    Between the hand's moves and the answers to them they are of where the probe was; so they are while it is held.
    """
    preview = session.preview
    if preview is None:
        return f"PREVIEW {PREVIEW_SPACING_MM:g} mm · computing"
    is_there = session.preview_is_current and not session.is_held
    where = f"end of the first freeze, {minutes(preview.time_s)}" if is_there else "following the probe"
    return f"PREVIEW {preview.grid.spacing_ijk_mm[0]:g} mm · {where}"


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
