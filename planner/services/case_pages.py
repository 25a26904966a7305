"""What do the printed pages of a case rest on? Intake, records and follow-ups with what the casebook makes of them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.casebook.course import due_dates, last_procedure
from planner.casebook.course_chart import course_chart, course_words
from planner.casebook.next_step import next_step
from planner.casebook.outcome import expected_recovery, follow_up_rows, goal_measure, goal_nrs, recovery_seen
from planner.casebook.planned_and_done import Quantity, Unit, compared, deviation
from planner.casebook.readiness import readiness
from planner.domain.digest import canonical_json
from planner.persistence.follow_up_table import follow_up_rules
from planner.persistence.intake_template import intake_template, shipped_intake_template
from planner.rendering.chart_scene import PAPER
from planner.rendering.course_scene import course_marks
from planner.rendering.svg import drawing_svg
from planner.report import numbers
from planner.report.case_follow_up import FollowUpFigures, VisitFigures
from planner.report.case_pages import CaseFigures, case_fact, case_report, mark_of, printed_case
from planner.report.case_printed import PrintedPair
from planner.report.case_procedure import Compared, ProbeApart
from planner.report.case_words import as_entered, signed, signed_minutes
from planner.report.figure import FULL_PAGE_MM, FigureKind, ReportFigure
from planner.report.printed import Attachment, Fact
from planner.services.case_nobody import nobodys_case
from planner.services.picture_words import as_it_is, said

if TYPE_CHECKING:
    from planner.casebook.outcome import FollowUpRow
    from planner.casebook.planned_and_done import ComparedRow
    from planner.domain.case import Case
    from planner.domain.case_print import CasePages
    from planner.domain.intake import Scores
    from planner.domain.plan import Plan
    from planner.domain.procedure import PlannedProcedure, Procedure
    from planner.report.case_printed import CaseReport, PrintedCase
    from planner.services.picture_words import Say

_OF_THE_WHOLE = (Quantity.PROBES, Quantity.FREEZES, Quantity.FREEZE_TIME, Quantity.ICE_LONG, Quantity.ICE_SHORT)
CASE_FILE = "case.json"
_CAPTION = "Pain over the days, with the goal and the recovery that is expected, and the opioid dose."
_DAY_IN_BRACKETS = re.compile(r" \(\d{4}-\d\d-\d\d\)")
_COURSE_PX = (854, 250)  # 180 mm at the scale of the other pictures


def printed_pages(
    pages: CasePages, *, plan: Plan | None = None, planned: PlannedProcedure | None = None
) -> tuple[PrintedCase, Fact]:
    """Return the wanted pages, and the line that the first page of a plan's report says of the case."""
    told = _told(pages)
    known = plan if plan is None or not pages.plan_id else replace(plan, id=pages.plan_id)
    figures = case_figures(pages, plan=known, planned=planned)
    return printed_case(told.case, figures, told.parts), case_fact(told.case, figures, told.parts)


def alone(pages: CasePages, *, made_at: str, version: str, identity: str = "") -> CaseReport:
    """Return the case as a report of its own; raises ReportRefused when no page of it is wanted.

    ``identity`` is who the patient is, as it shall stand on the first page; empty leaves it out.
    """
    told = _told(pages)
    made = case_report(told.case, case_figures(pages), told.parts, made_at=made_at, version=version)
    made = replace(made, mark=mark_of(pages.case))
    return made.with_files(case_files(pages), identity="" if pages.parts.is_nobodys else identity)


def case_files(pages: CasePages) -> tuple[Attachment, ...]:
    """Return the case as a file to travel inside the PDF; none without an identity: it holds names and words (H-43)."""
    if pages.parts.is_nobodys:
        return ()
    return (Attachment(CASE_FILE, canonical_json(pages.case), "The case as canonical JSON, with every record."),)


def _told(pages: CasePages) -> CasePages:
    """Return what is printed of a case: all of it, or what may be told of nobody."""
    return replace(pages, case=nobodys_case(pages.case)) if pages.parts.is_nobodys else pages


def course_pictures(pages: CasePages, *, say: Say = as_it_is) -> tuple[ReportFigure, ...]:
    """Return how the patient fared as a picture for the follow-up page; none where it is not wanted or has no score."""
    if not pages.parts.follow_up:
        return ()
    drawn = _without_function(_told(pages).case)
    chart = course_chart(drawn, size_px=_COURSE_PX)
    if chart is None:
        return ()
    words = course_words(drawn)
    words = _DAY_IN_BRACKETS.sub("", words) if pages.parts.is_nobodys else words
    svg = drawing_svg(chart.size_px, said(course_marks(chart), say), paper=PAPER)
    return (ReportFigure(svg.encode(), _CAPTION, FigureKind.COURSE, width_mm=FULL_PAGE_MM, name="course", alt=words),)


def _without_function(case: Case) -> Case:
    """Leave out the scores of the site's own instrument: they are not drawn, and its name is somebody's words."""

    def pain_alone(scores: Scores | None) -> Scores | None:
        return None if scores is None else replace(scores, function_scale="", function_score=None, opioid="")

    answers = tuple(
        replace(one, scores=pain_alone(one.scores))
        for one in case.intake.answers
        if not _is_empty(pain_alone(one.scores))
    )
    return replace(
        case,
        intake=replace(case.intake, answers=answers),
        follow_ups=tuple(replace(one, scores=pain_alone(one.scores)) for one in case.follow_ups),
    )


def _is_empty(scores: Scores | None) -> bool:
    return scores is not None and scores.is_empty


def case_figures(pages: CasePages, *, plan: Plan | None = None, planned: PlannedProcedure | None = None) -> CaseFigures:
    """Return what follows from the records of a case.

    Parameters
    ----------
    plan
        The plan that is printed with it, if there is one.
    planned
        What an empty record is printed for; else what the last record was made for.

    Raises
    ------
    ResourceInvalid
        When the site's own questions cannot be read.
    """
    template = shipped_intake_template() if pages.parts.is_nobodys else intake_template()
    # By the case as it is: the plan's answer for its block counts where nobody is named, too.
    ready = readiness(pages.case, template, plan)
    step = next_step(pages.case, ready, today=pages.today)
    told = _told(pages)
    case = told.case
    last = last_procedure(case)
    return CaseFigures(
        template=template,
        state=step.words,
        is_complete=step.is_complete,
        block=ready.reason,
        reason=step.reason,
        progress=ready.progress,
        missing=tuple(item.id for item in ready.missing),
        compared={one.id: _compared(one) for one in case.procedures},
        follow_ups=_follow_up_figures(told),
        planned=planned or (last.planned if last is not None else None),
    )


# --- planned and done ------------------------------------------------------------------------------------------------


def _compared(procedure: Procedure) -> Compared:
    planned = {one.label: one for one in (procedure.planned.probes if procedure.planned else ())}
    probes = {}
    for used in procedure.probes:
        if used.planned_label not in planned:
            continue
        off = deviation(planned[used.planned_label], used)
        why = off.why_no_tip or off.why_no_angle
        probes[used.label] = ProbeApart(off.tip_mm, off.lateral_mm, off.depth_difference_mm, off.angle_deg, why)
    pairs = tuple(_pair(row) for row in compared(procedure) if row.quantity in _OF_THE_WHOLE and _is_told(row))
    return Compared(pairs, probes)


def _is_told(row: ComparedRow) -> bool:
    return row.planned is not None or row.done is not None


def _pair(row: ComparedRow) -> PrintedPair:
    name = f"{row.subject}: {row.quantity.value}" if row.subject else row.quantity.value
    difference = row.reason if row.difference is None else _worded(row.difference, row.unit, is_difference=True)
    return PrintedPair(
        f"{name[:1].upper()}{name[1:]}", _worded(row.planned, row.unit), _worded(row.done, row.unit), difference
    )


def _worded(value: float | str | None, unit: Unit, *, is_difference: bool = False) -> str:
    if value is None:
        return numbers.MISSING
    if isinstance(value, str):
        return value
    if unit is Unit.SECONDS:
        return signed_minutes(value) if is_difference else numbers.minutes(value)
    if unit is Unit.COUNT:
        sign = "+" if is_difference and value > 0 else ""
        return sign + numbers.number(value, decimals=0)
    return signed(value, unit.value) if is_difference else numbers.measure(value, unit.value)


# --- follow-ups ------------------------------------------------------------------------------------------------------


def _follow_up_figures(pages: CasePages) -> FollowUpFigures:
    case = pages.case
    dues = due_dates(case, today=pages.today)
    return FollowUpFigures(
        visits={row.follow_up.id: _visit(row) for row in follow_up_rows(case)},
        facts=_follow_up_facts(case),
        due=tuple(Fact(due.name, due.state.value if pages.parts.is_nobodys else due.words) for due in dues),
        signs=tuple(
            Fact(note.sign.value, f"{note.text} ({note.source or note.status.value})")
            for note in follow_up_rules().signs
        ),
    )


def _follow_up_facts(case: Case) -> tuple[Fact, ...]:
    """Return what the course is measured against: the goal, and when recovery is expected and how it stands."""
    goal, measure = goal_nrs(case.intake.baseline), goal_measure(case.intake.baseline)
    percent = numbers.number(follow_up_rules().goal, decimals=0)
    if goal is None or measure is None:
        why = "no pain score before treatment" if measure is None else f"the {measure.value} before treatment is 0"
        said_of_goal = f"{percent} % less pain; NOT ASSESSED: {why}"
    else:
        said_of_goal = f"{percent} % less pain: {measure.value} at most {as_entered(goal)}"
    last = last_procedure(case)
    if last is None:
        return (Fact("Goal", said_of_goal),)
    expected = expected_recovery(last)
    seen = recovery_seen(case)
    return (
        Fact("Goal", said_of_goal),
        Fact("Full recovery", expected.words),
        Fact("Recovery by now", f"{seen.state.value}: {seen.reason}"),
    )


def _visit(row: FollowUpRow) -> VisitFigures:
    return VisitFigures(row.name, row.goal.state.value, row.goal.reason, row.recovery.state.value, row.recovery.reason)
