"""What is said of a target in its panel? Its state in one word, its course and block in a line, values with origin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.datum import Status
from planner.domain.rule import Verdict
from planner.domain.target import NerveCurve, TargetBody
from planner.persistence.resources import atlas, sources
from planner.planning.nerve import LEAST_POINTS, smooth_curve
from planner.report.numbers import judged, measure, number, patient_point
from planner.ui.theme.tokens import VERDICT_STYLE, StateStyle

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.assessment import Assessment, Check
    from planner.domain.atlas import AtlasEntry
    from planner.domain.datum import Datum
    from planner.domain.geometry import PointLps
    from planner.domain.target import DiagnosticBlock, Target
    from planner.planning.permission import TargetFinding
    from planner.ui.panels.target_side import SideWords

MARKED = StateStyle("MARKED", "check-circle", "good", "good_tint")
ANSWER = StateStyle("ANSWER", "warning", "check", "check_tint")
CHECK = StateStyle("CHECK", "warning", "check", "check_tint")
WRONG_SIDE = StateStyle("CHECK SIDE", "mdi-close-octagon-outline", "fail", "fail_tint")
NOT_ASSESSED = VERDICT_STYLE[Verdict.NOT_ASSESSED]


@dataclass(frozen=True, slots=True)
class TargetState:
    """State of a target in the list: how it is drawn, and the one thing to say under its name."""

    style: StateStyle
    words: str


def target_state(
    target: Target,
    *,
    findings: Sequence[TargetFinding],
    side: SideWords | None,
    assessment: Assessment | None,
) -> TargetState:
    """Return the worst of what is known: a wrong side, what waits for an answer, what is missing, else the verdict.

    ``assessment`` is the one of the plan as it stands, None while there is none.
    """
    if side is not None and side.is_wrong:
        return TargetState(WRONG_SIDE, side.short)
    if not has_course(target):
        return TargetState(CHECK, "Not drawn yet")
    if not target.is_body and is_beyond(target):
        return TargetState(CHECK, "Treated part beyond the curve")
    left = [found for found in findings if found.acknowledgement is None]
    if left:
        return TargetState(ANSWER, short_finding(left[0]))
    if not target.is_body and target.diameter_mm is None:
        return TargetState(NOT_ASSESSED, "No diameter")
    if side is not None and side.is_open:
        return TargetState(CHECK, side.short)
    if side is not None and side.misplaced:
        return TargetState(CHECK, f"Lies {side.misplaced[0].where}")
    if assessment is not None:
        # Recovery rests on a distance that may stay empty: its row says so, and is no state of the target.
        checks = [c for c in assessment.checks if c.subject_id == target.id and c.quantity != "recovery"]
        if checks:
            return _judged(max(checks, key=lambda check: check.verdict.rank))
    return TargetState(MARKED, size_words(target))


def _judged(worst: Check) -> TargetState:
    """Return the worst verdict with what it is about."""
    value = judged(worst.value, worst.unit, limits=(worst.pass_limit, worst.fail_limit))
    words = worst.quantity if worst.value is None else f"{worst.quantity} {value}"
    return TargetState(VERDICT_STYLE[worst.verdict], f"{words[:1].upper()}{words[1:]}")


def short_finding(found: TargetFinding) -> str:
    """Return a finding in the words of the report's title: ``"Block not recorded"``."""
    return found.title.capitalize()


def has_course(target: Target) -> bool:
    """Whether the target has a place: two points of a nerve, or a body's centre."""
    return not isinstance(target.course, NerveCurve) or len(set(target.course.points_lps_mm)) >= LEAST_POINTS


def is_beyond(target: Target) -> bool:
    """Whether a nerve was shortened so far that its treated part starts beyond its end."""
    course = target.course
    if not isinstance(course, NerveCurve) or course.segment_mm is None or not has_course(target):
        return False
    return course.segment_mm[0] >= smooth_curve(course).length_mm


def size_words(target: Target) -> str:
    """Return how large a target is: length and diameter of a nerve, or a body's size."""
    if isinstance(target.course, TargetBody):
        length, width = (number(mm, decimals=1) for mm in (target.course.length_mm, target.course.width_mm))
        return f"{length} × {width} mm"
    if not has_course(target):
        return "not drawn yet"
    length = measure(smooth_curve(target.course).length_mm, "mm")
    return f"{length} long" + (f", ⌀ {measure(target.diameter_mm, 'mm')}" if target.diameter_mm is not None else "")


def course_words(target: Target) -> str:
    """Return where the target lies: a body's centre, or how many points its course has and how long it is."""
    if isinstance(target.course, TargetBody):
        return f"Centre {patient_point(target.course.centre_lps_mm)}"
    count = len(target.course.points_lps_mm)
    if not has_course(target):
        return f"{count} of at least {LEAST_POINTS} points placed. Draw it."
    return f"{count} points, {measure(smooth_curve(target.course).length_mm, 'mm')} long"


def block_words(block: DiagnosticBlock) -> str:
    """Return a recorded block in a line: ``"2026-01-02, lidocaine, 80 % relief, for 6 h"``."""
    relief = "" if block.relief_percent is None else f"{number(block.relief_percent, decimals=0)} % relief"
    lasted = f"for {block.lasted}" if block.lasted else ""
    return ", ".join(part for part in (block.day, block.agent, relief, lasted) if part)


def entry_of(target: Target) -> AtlasEntry | None:
    """Return what the atlas knows of a target; None for one that it does not know."""
    return next((entry for entry in atlas() if entry.id == target.atlas_id), None)


def datum_words(datum: Datum, unit: str) -> str:
    """Return a value with its unit, source and flag; a missing one says so."""
    if datum.value is None:
        return f"—  missing in the atlas{f': {datum.note}' if datum.note else ''}"
    value = number(datum.value, decimals=2 if datum.value != round(datum.value, 1) else 1)
    if datum.upper is not None:
        value = f"{value} to {number(datum.upper, decimals=1)}"
    note = f"; {datum.note}" if datum.note else ""
    return f"{value} {unit}  ({origin_words(datum.source, datum.status)}{note})"


def origin_words(source: str, status: Status) -> str:
    """Return where a statement comes from and how far it is checked: ``"ICN-2020, found"``; unverified is said."""
    word = "unverified, recalled" if status is Status.RECALLED else status.value
    return f"{source or 'no source'}, {word}"


def citation_of(source: str) -> str:
    """Return the full citation behind a source's short name; empty where there is none."""
    known = sources()
    return "\n".join(known[part.strip()] for part in source.replace(";", ",").split(",") if part.strip() in known)


def points_of(target: Target) -> tuple[PointLps, ...]:
    """Return the points that mark a target: a nerve's in order, or a body's centre."""
    if isinstance(target.course, TargetBody):
        return (target.course.centre_lps_mm,)
    return target.course.points_lps_mm


def middle_of(target: Target) -> PointLps:
    """Return the point to look at: the body's centre or the middle one of the nerve's points."""
    points = points_of(target)
    return points[len(points) // 2] if points else (0.0, 0.0, 0.0)
