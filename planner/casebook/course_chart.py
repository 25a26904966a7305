"""What does the picture of a case's course show? Pain, goal, procedures, expected recovery and opioid dose.

Only what was recorded: a score that was not asked has no point, and an opioid dose that the site did not work out has
no bar. :mod:`planner.rendering.course_scene` draws it, for the screen and for the report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.casebook.course import course, days_between
from planner.casebook.outcome import PainMeasure, expected_recovery, goal_measure, goal_nrs
from planner.rendering.course_scene import CourseBand, CourseChart, CourseLine, CourseValue

if TYPE_CHECKING:
    from collections.abc import Callable

    from planner.casebook.course import Course, CoursePoint
    from planner.domain.case import Case
    from planner.domain.intake import Scores

HIGHEST_NRS = 10.0
_LEAST_DAYS = 42.0
_MOST_AHEAD_DAYS = 365.0
_ROOM = 1.04


def course_chart(case: Case, *, size_px: tuple[int, int]) -> CourseChart | None:
    """Return what is drawn of a case; None while it holds no score."""
    shown = course(case)
    lines = tuple(line for line in (_line(shown, measure) for measure in PainMeasure) if line.values)
    bars = _values(shown, lambda scores: scores.opioid_mg_per_day)
    if not lines and not bars:
        return None
    bands = _bands(case, shown)
    days = [float(point.days) for point in shown.points]
    goal = goal_nrs(None if shown.baseline is None else shown.baseline.scores)
    many = len(shown.procedures) > 1
    origin = "first procedure" if many else "procedure" if shown.procedures else "first score"
    return CourseChart(
        size_px=size_px,
        first_day=min([0.0, *days]),
        last_day=_last_day(shown, bands),
        has_before=shown.baseline is not None,
        high=HIGHEST_NRS,
        unit="pain, NRS",
        x_title=f"Days after the {origin}",
        lines=lines,
        goal=None if goal is None else (goal, _goal_words(shown, goal)),
        bands=bands,
        events=tuple(
            (float(day), f"procedure {number}" if many else "procedure")
            for number, day in enumerate(shown.procedures, start=1)
        ),
        bars=bars,
        bars_title="opioid, mg/day",
    )


def course_words(case: Case) -> str:
    """Return the picture in words, for a screen reader and as a text alternative."""
    shown = course(case)
    points = [*([shown.baseline] if shown.baseline is not None else []), *shown.points]
    if not points:
        return "No scores yet."
    said = [point_words(point) for point in points]
    said.extend(f"Procedure on day {day}." for day in shown.procedures)
    goal = goal_nrs(None if shown.baseline is None else shown.baseline.scores)
    if shown.baseline is not None and goal is not None:
        measure = goal_measure(shown.baseline.scores) or PainMeasure.AVERAGE
        said.append(f"Goal: {measure.value} at most {goal:g}.")
    said.extend(f"Full recovery {expected_recovery(one).words}." for one in case.procedures[-1:])
    return " ".join(said)


def point_words(point: CoursePoint) -> str:
    """Return one point in words: ``"Day 42 (2026-02-21): average pain 3, worst pain 5."``."""
    when = "Before treatment" if point.follow_up_id is None else f"Day {point.days} ({point.day})"
    return f"{when}: {_score_words(point.scores)}."


def _goal_words(shown: Course, goal: float) -> str:
    """Name the goal, and the pain it is of where that is not the average."""
    measure = goal_measure(None if shown.baseline is None else shown.baseline.scores)
    return f"goal {goal:g}" if measure is PainMeasure.AVERAGE else f"goal {goal:g} (worst)"


def _line(shown: Course, measure: PainMeasure) -> CourseLine:
    return CourseLine(measure.value, _values(shown, measure.of), is_strong=measure is PainMeasure.AVERAGE)


def _values(shown: Course, read: Callable[[Scores], float | None]) -> tuple[CourseValue, ...]:
    """Return the recorded values of one kind, before treatment first."""
    found: list[CourseValue] = []
    before = None if shown.baseline is None else read(shown.baseline.scores)
    if before is not None:
        found.append(CourseValue(None, before))
    for point in shown.points:
        value = read(point.scores)
        if value is not None:
            found.append(CourseValue(float(point.days), value))
    return tuple(found)


def _bands(case: Case, shown: Course) -> tuple[CourseBand, ...]:
    """Return the expected recovery after each procedure, up to the next one."""
    procedures = sorted(case.procedures, key=lambda one: one.day)
    starts = [float(days_between(shown.day_zero, one.day)) for one in procedures]
    bands = []
    for at, (procedure, start) in enumerate(zip(procedures, starts, strict=True)):
        expected = expected_recovery(procedure)
        until = starts[at + 1] if at + 1 < len(starts) else float("inf")
        if expected.low_days is None or expected.high_days is None or start + expected.low_days >= until:
            continue
        end = min(start + expected.high_days, until)
        bands.append(CourseBand(start + expected.low_days, end, "recovery expected"))
    return tuple(bands)


def _last_day(shown: Course, bands: tuple[CourseBand, ...]) -> float:
    """Return the end of the time axis: past the last point and the expected recovery, but not years ahead."""
    last_procedure = float(shown.procedures[-1]) if shown.procedures else 0.0
    seen = max([float(point.days) for point in shown.points], default=0.0)
    ahead = max((band.end_day for band in bands), default=0.0)
    most_ahead = max(seen, last_procedure) + _MOST_AHEAD_DAYS
    return _ROOM * max(seen, last_procedure + _LEAST_DAYS, min(ahead, most_ahead))


def _score_words(scores: Scores) -> str:
    parts = [f"{measure.value} {value:g}" for measure in PainMeasure if (value := measure.of(scores)) is not None]
    if scores.function_score is not None:
        parts.append(f"{scores.function_scale} {scores.function_score:g}")
    if scores.opioid_mg_per_day is not None:
        parts.append(f"opioid {scores.opioid_mg_per_day:g} mg a day")
    return ", ".join(parts) or "no score"
