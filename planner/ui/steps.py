"""Where does the plan stand? For every step of the workflow: its state, and one line on what is there or missing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from planner.domain.rule import Verdict
from planner.domain.target import NerveCurve
from planner.persistence.resources import atlas
from planner.planning.expected import expected_near
from planner.planning.permission import missing_answers, open_findings
from planner.report.numbers import minutes, number
from planner.ui.theme.tokens import VERDICT_STYLE, StateStyle

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain.assessment import Assessment
    from planner.domain.plan import Plan
    from planner.domain.protocol import Protocol
    from planner.domain.target import Target
    from planner.planning.expected import ExpectedRow
    from planner.planning.permission import TargetFinding
    from planner.services.session import Session


class WorkStep(StrEnum):
    """The steps of planning, in the order they are usually done; any order works."""

    STUDY = "Study"
    STRUCTURES = "Structures"
    TARGET = "Target"
    PROBES = "Probes"
    FREEZE = "Freeze"
    ASSESS = "Assess"
    REPORT = "Report"

    @property
    def next(self) -> WorkStep | None:
        """The step after this one; None after the last."""
        order = list(WorkStep)
        at = order.index(self) + 1
        return order[at] if at < len(order) else None


class ReportState(StrEnum):
    """Whether a report was made in this session, and from the plan as it stands."""

    NONE = "none"
    CURRENT = "current"
    OLDER = "older"


@dataclass(frozen=True, slots=True)
class CaseNote:
    """What the plan's case says in the rail: a few words beside the slices, and a sentence.

    ``needs_look``: the case is not ready, or a question stands out without an answer.
    """

    line: str
    sentence: str
    needs_look: bool


_COUNTS_SHOWN = 2
_FEWEST_POINTS = 2

OPEN = StateStyle("open", "circle", "text_3", "surface")
DONE = StateStyle("done", "check-circle", "good", "good_tint")
ATTENTION = StateStyle("needs a look", "warning", "check", "check_tint")

STEP_ICONS: Mapping[StrEnum, str] = {
    WorkStep.STUDY: "stack",
    WorkStep.STRUCTURES: "paint-brush",
    WorkStep.TARGET: "mdi-sine-wave",
    WorkStep.PROBES: "mdi-needle",
    WorkStep.FREEZE: "snowflake",
    WorkStep.ASSESS: "shield-check",
    WorkStep.REPORT: "file-text",
}


@dataclass(frozen=True, slots=True)
class StepState:
    """One row of the rail. ``note`` is a longer sentence shown above Next when something is worth knowing."""

    step: WorkStep
    style: StateStyle
    line: str
    note: str = ""


def step_states(
    session: Session, *, report: ReportState = ReportState.NONE, case: CaseNote | None = None
) -> tuple[StepState, ...]:
    """Return the state of all seven steps of an open plan; ``case`` when a case of it lacks something."""
    plan = session.plan
    return (
        _study(plan, case),
        _structures(plan),
        _target(plan),
        _probes(plan),
        _freeze(plan.protocol),
        _assess(session),
        _report(session, report),
    )


def missing_for_prediction(plan: Plan) -> str:
    """Return the sentence why there can be no prediction yet; empty when the plan has all it needs."""
    if not plan.probes:
        return "No prediction: no probe is placed."
    if not plan.protocol.has_freeze:
        return "No prediction: the protocol has no freeze phase."
    unanswered = missing_answers(plan, atlas())
    return f"No prediction: {unanswered}" if unanswered else ""


def missing_for_suggestion(plan: Plan) -> str:
    """Return the sentence why no placement can be suggested yet; empty when one can be searched for."""
    if not plan.targets:
        return "No suggestion: there is no target yet. Draw the nerve or place the target first."
    unanswered = missing_answers(plan, atlas())
    return f"No suggestion: {unanswered}" if unanswered else ""


def missing_for_access(plan: Plan) -> str:
    """Return the sentence why nobody can say where a shaft may enter; empty when the skin can be screened."""
    if plan.skin is None:
        return "The skin is not segmented. Find it in the Structures step."
    return "" if plan.targets else "No target yet. Draw the nerve or place the target first."


def missing_for_report(session: Session) -> str:
    """Return the sentence why a report cannot be made now; empty when it can."""
    missing = missing_for_prediction(session.plan)
    if missing:
        return missing.replace("No prediction", "No report")
    if session.result is None or session.assessment is None:
        return "No report: the prediction is not finished."
    if not session.result_is_current:
        return "No report: the prediction is older than the plan."
    return ""


def verdict_counts(assessment: Assessment) -> str:
    """Return the counts that matter, worst first, at most two: ``"1 FAIL, 2 CHECK"``."""
    counts = assessment.counts
    worst_first = (Verdict.FAIL, Verdict.CHECK, Verdict.NOT_ASSESSED)
    parts = [f"{counts[verdict]} {verdict.value}" for verdict in worst_first if counts[verdict]]
    return ", ".join(parts[:_COUNTS_SHOWN]) or f"{counts[Verdict.PASS]} PASS"


def target_words(target: Target) -> str:
    """Return a target's short name for one line, such as ``"Intercostal nerve T8, right"``."""
    return f"{' '.join(part for part in (target.name, target.level) if part)}, {target.side.value}"


def protocol_words(protocol: Protocol) -> str:
    """Return a protocol in one line, such as ``"2 freezes, 7:00 min"``."""
    freezes = sum(phase.kind.value == "freeze" for phase in protocol.phases)
    return f"{freezes} {'freeze' if freezes == 1 else 'freezes'}, {minutes(protocol.total_s)} min"


def _study(plan: Plan, case: CaseNote | None) -> StepState:
    grid = plan.volume.grid
    along = number(grid.spacing_ijk_mm[2], decimals=1)
    line = f"{grid.shape_kji[0]} slices, {along} mm"
    accepted = len([given for given in plan.acknowledgements if not given.subject_id])
    left = max(0, len(plan.volume.notes) - accepted)
    notes = _counted(left, "remark of the checks", "not accepted by name")
    said = [f"{notes[0]}."] if notes else []
    if case is not None:
        line, said = f"{grid.shape_kji[0]} slices · {case.line}", [*said, case.sentence]
    needs_look = bool(notes) or (case is not None and case.needs_look)
    return StepState(WorkStep.STUDY, ATTENTION if needs_look else DONE, line, " ".join(said))


def _structures(plan: Plan) -> StepState:
    total = len(plan.structures)
    if not total:
        return StepState(WorkStep.STRUCTURES, OPEN, "None found yet", "Without structures no margin can be judged.")
    confirmed = sum(structure.is_confirmed for structure in plan.structures)
    missing = len({(row.expected.name, row.expected.kind) for row in _unanswered(plan)})
    line = f"{confirmed} of {total} confirmed"
    if missing:
        line += f", {missing} missing"
    notes = _counted(total - confirmed, "structure", "unconfirmed") + _counted(missing, "expected structure", "missing")
    note = f"{' and '.join(notes)}; the report will say so." if notes else ""
    return StepState(WorkStep.STRUCTURES, ATTENTION if notes else DONE, line, note)


def _unanswered(plan: Plan) -> list[ExpectedRow]:
    """Return what the atlas expects, nobody segmented and nobody waived by name (H-28)."""
    return [row for row in expected_near(plan, atlas()) if row.is_missing and row.waiver is None]


def _counted(count: int, thing: str, what: str) -> list[str]:
    if not count:
        return []
    return [f"{count} {thing} is {what}" if count == 1 else f"{count} {thing}s are {what}"]


def _target(plan: Plan) -> StepState:
    if not plan.targets:
        return StepState(WorkStep.TARGET, OPEN, "Needs a target", "Mark the nerve or ganglion to treat.")
    left = open_findings(plan, atlas())
    what = _target_lacks(plan, left)
    if len(plan.targets) == 1:
        return StepState(WorkStep.TARGET, ATTENTION if what[1] else DONE, what[0] or plan.targets[0].words, what[1])
    asked = len({found.target_id for found in left})
    line = f"{len(plan.targets)} targets" + (f", {asked} to answer for" if asked else "")
    return StepState(WorkStep.TARGET, ATTENTION if what[1] else DONE, line, what[1])


def _target_lacks(plan: Plan, left: Sequence[TargetFinding]) -> tuple[str, str]:
    """Return the short line and the sentence on what the targets lack, the gravest first; empty when nothing."""
    if left:
        return left[0].title.capitalize(), missing_answers(plan, atlas())
    for target in plan.targets:
        if isinstance(target.course, NerveCurve) and len(target.course.points_lps_mm) < _FEWEST_POINTS:
            return "Course not drawn yet", f"{target.words}: its course has no second point yet."
    for target in plan.targets:
        if not target.is_body and target.diameter_mm is None:
            return "No diameter yet", f"{target.words}: without a diameter its coverage reads NOT ASSESSED."
    return "", ""


def _probes(plan: Plan) -> StepState:
    if not plan.probes:
        return StepState(WorkStep.PROBES, OPEN, "None placed", "Press P, then click the target and the skin.")
    return StepState(WorkStep.PROBES, DONE, f"{len(plan.probes)} placed")


def _freeze(protocol: Protocol) -> StepState:
    if not protocol.phases:
        return StepState(WorkStep.FREEZE, OPEN, "Needs a protocol", "Choose a preset, or add a freeze phase.")
    if not protocol.has_freeze:
        return StepState(WorkStep.FREEZE, ATTENTION, "No freeze phase", "Without a freeze phase nothing is predicted.")
    return StepState(WorkStep.FREEZE, DONE, protocol_words(protocol))


def _assess(session: Session) -> StepState:
    missing = missing_for_prediction(session.plan)
    if missing:
        return StepState(WorkStep.ASSESS, OPEN, _prediction_needs(session.plan), missing)
    if session.assessment is None:
        return StepState(WorkStep.ASSESS, OPEN, "Not computed yet")
    if not session.result_is_current:
        note = "The plan was edited after this prediction; its verdicts no longer count."
        return StepState(WorkStep.ASSESS, ATTENTION, "STALE", note)
    return StepState(WorkStep.ASSESS, VERDICT_STYLE[session.assessment.verdict], verdict_counts(session.assessment))


def _prediction_needs(plan: Plan) -> str:
    """Return in two or three words what :func:`missing_for_prediction` says in a sentence."""
    if not plan.probes:
        return "Needs a probe"
    return "Needs an answer: target" if plan.protocol.has_freeze else "Needs a freeze phase"


def _report(session: Session, report: ReportState) -> StepState:
    missing = missing_for_report(session)
    if report is ReportState.CURRENT:
        return StepState(WorkStep.REPORT, DONE, "Made")
    if report is ReportState.OLDER:
        note = "The last report was made before the last edit."
        return StepState(WorkStep.REPORT, ATTENTION, "Older than the plan", note)
    if missing:
        needed = _prediction_needs(session.plan) if missing_for_prediction(session.plan) else "Needs an assessment"
        return StepState(WorkStep.REPORT, OPEN, needed, missing)
    return StepState(WorkStep.REPORT, OPEN, "Not made yet")
