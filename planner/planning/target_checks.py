"""Is the target treated, on the right side, and not too cold? Rows and temperature profile of one target."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.assessment import Check, NerveProfile
from planner.domain.geometry import Side
from planner.domain.rule import Quantity, Rule, Verdict
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.planning.coverage import NerveCoverage, TreatedDiameter, body_coverage, nerve_coverage
from planner.planning.margins import EDGE_C
from planner.planning.rules import number
from planner.planning.side import SideAnswer, derived_side
from planner.planning.target_remarks import estimate_of, permission_rows, place_rows, recovery_row
from planner.planning.verdicts import (
    ICE_IS_CUT,
    Subject,
    if_preview,
    if_unconfirmed,
    judged,
    limited_by_prediction,
    not_assessed,
)

if TYPE_CHECKING:
    from planner.domain.atlas import AtlasEntry
    from planner.planning.evidence import Evidence

# Colder treatment isotherms reported beside the rule's own, because the sources disagree at −20 °C (ZHOU1983).
COLDER_ISOTHERMS_C = (-40.0, -60.0)
_NO_DIAMETER = "The nerve's diameter is not known. Enter it with its source."
_WEAKNESS = "Motor fibres: expect weakness; patients fell after femoral freezing (ILFELD2023). Warn and protect."


def target_checks(
    evidence: Evidence, target: Target, entry: AtlasEntry | None
) -> tuple[list[Check], NerveProfile | None]:
    """Return the rows of one target and, for a nerve of known diameter, its temperature profile."""
    rows = [_side_row(evidence, target), *place_rows(evidence, target)]
    profile = None
    if isinstance(target.course, TargetBody):
        rows += _body_rows(evidence, target, target.course)
    else:
        coverage = _coverage(evidence, target, target.course)
        rows += _nerve_rows(evidence, target, coverage)
        if entry is not None and entry.has_motor_fibres:
            rows.append(_motor_row(evidence, target, coverage))
        profile = None if coverage is None else _profile(target, coverage)
    if entry is None:
        reason = f"The atlas has no entry “{target.atlas_id}”: what should be near it is not known."
        rows.append(not_assessed(_subject(target), reason, words="atlas"))
    rows += permission_rows(evidence, target, entry)
    rows += recovery_row(target, estimate_of(evidence, target, entry))
    return rows, profile


def _subject(target: Target) -> Subject:
    return Subject(target.id, target.words, "target body" if target.is_body else "target nerve")


def _side_row(evidence: Evidence, target: Target) -> Check:
    """Return the row of the typed side against geometry: opposite sides FAIL, no side to tell is CHECK (H-16)."""
    answer = derived_side(target, structures=evidence.plan.structures, masks=evidence.masks, grid=evidence.ct_grid)
    subject = _subject(target)
    if answer is None:
        return not_assessed(subject, "The patient's midline cannot be told from this scan.", words="side")
    verdict, reason = _side_verdict(target.side, answer)
    row = Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity="side: distance from the midline",
        verdict=verdict,
        value=abs(answer.offset_mm),
        unit="mm",
        limit=f"typed {target.side.value}; midline from {answer.midline.source} ± {answer.midline.tolerance_mm:g} mm",
        reason=reason,
    )
    return row if answer.midline.is_confirmed else if_unconfirmed(row, what=answer.midline.source)


def _side_verdict(typed: Side, answer: SideAnswer) -> tuple[Verdict, str]:
    if typed is answer.derived:
        return Verdict.PASS, ""
    if Side.MIDLINE in (typed, answer.derived):
        where = (
            "within the midline's uncertainty" if answer.derived is Side.MIDLINE else f"to the {answer.derived.value}"
        )
        return Verdict.CHECK, f"Typed {typed.value}, but it lies {where}."
    sentence = (
        f"Typed {typed.value}, but it lies {abs(answer.offset_mm):.0f} mm to the patient's {answer.derived.value}."
    )
    return Verdict.FAIL, f"{sentence} Correct the side or the position before anything else."


def _coverage(evidence: Evidence, target: Target, course: NerveCurve) -> NerveCoverage | None:
    if target.diameter_mm is None:
        return None
    return nerve_coverage(course, target.diameter_mm, evidence.minimum_c, evidence.box)


def _nerve_rows(evidence: Evidence, target: Target, coverage: NerveCoverage | None) -> list[Check]:
    subject = _subject(target)
    rows = []
    for rule in evidence.rules.for_subject(subject.kind):
        if coverage is None:
            rows.append(not_assessed(subject, _NO_DIAMETER, rule=rule))
            continue
        rows.append(limited_by_prediction(_nerve_row(evidence, subject, rule, coverage), rule, evidence))
    return rows


def _nerve_row(evidence: Evidence, subject: Subject, rule: Rule, coverage: NerveCoverage) -> Check:
    if rule.quantity is Quantity.TREATED_LENGTH_MM:
        isotherm = evidence.rules.treatment_isotherm_c
        length, at = coverage.treated_mm(isotherm)
        words = f"treated length at {number(isotherm)} °C"
        return judged(subject, rule, length, at=at, words=words, reason=_length_reason(coverage, isotherm, length))
    if rule.quantity is Quantity.MINIMUM_TEMPERATURE_C:
        return judged(subject, rule, coverage.coldest_of_all_c, at=coverage.coldest_at_lps_mm)
    return not_assessed(subject, "This rule is not for nerves.", rule=rule)


def _length_reason(coverage: NerveCoverage, isotherm_c: float, treated_mm: float) -> str:
    """Say what the rest of the segment means, and the treated length at colder isotherms."""
    segment = coverage.segment_mm[1] - coverage.segment_mm[0]
    colder = ", ".join(
        f"{coverage.treated_mm(level)[0]:.1f} mm at {number(level)} °C"
        for level in COLDER_ISOTHERMS_C
        if level < isotherm_c
    )
    text = f"Of {segment:.1f} mm marked; {colder}." if colder else f"Of {segment:.1f} mm marked."
    if treated_mm < segment - 0.05:
        text += f" Above {number(isotherm_c)} °C neurapraxia is expected and pain may grow (LEARNIR, SAG2022)."
    return text


def _motor_row(evidence: Evidence, target: Target, coverage: NerveCoverage | None) -> Check:
    subject = _subject(target)
    words = "motor fibres reached by 0 °C"
    if coverage is None:
        return not_assessed(subject, f"{_NO_DIAMETER} {_WEAKNESS}", words=words)
    reached = coverage.reached_mm(EDGE_C)
    if evidence.ice_is_cut and reached == 0:
        return not_assessed(subject, ICE_IS_CUT, words=words)
    row = Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity=words,
        verdict=Verdict.CHECK if reached > 0 else Verdict.PASS,
        value=reached,
        unit="mm",
        limit="0 mm (project default)",
        reason=_WEAKNESS if reached > 0 else "",
        pass_limit=0.0,
    )
    return if_preview(row) if evidence.is_preview else row


def _profile(target: Target, coverage: NerveCoverage) -> NerveProfile:
    return NerveProfile(
        target.id,
        tuple(float(v) for v in coverage.curve.arc_mm),
        tuple(float(v) for v in coverage.warmest_c),
        tuple(float(v) for v in coverage.coldest_c),
        coverage.segment_mm,
    )


def _body_rows(evidence: Evidence, target: Target, body: TargetBody) -> list[Check]:
    subject = _subject(target)
    isotherm = evidence.rules.treatment_isotherm_c
    coverage = body_coverage(body, evidence.minimum_c, evidence.box)
    colder = ", ".join(
        f"{coverage.share_percent(level):.0f} % at {number(level)} °C"
        for level in COLDER_ISOTHERMS_C
        if level < isotherm
    )
    rows = []
    for rule in evidence.rules.for_subject(subject.kind):
        if rule.quantity is Quantity.TREATED_SHARE_PERCENT:
            words = f"treated share at {number(isotherm)} °C"
            share, at = coverage.share_percent(isotherm), coverage.warmest_at_lps_mm
            row = judged(subject, rule, share, at=at, words=words, reason=f"{colder}." if colder else "")
        elif rule.quantity is Quantity.TREATED_DIAMETER_PERCENT:
            row = _diameter_row(subject, rule, coverage.worst_diameter(isotherm), isotherm)
        elif rule.quantity is Quantity.MINIMUM_TEMPERATURE_C:
            row = judged(subject, rule, coverage.coldest_c, at=coverage.coldest_at_lps_mm)
        else:
            row = not_assessed(subject, "This rule is not for bodies.", rule=rule)
        rows.append(limited_by_prediction(row, rule, evidence))
    return rows


def _diameter_row(subject: Subject, rule: Rule, worst: TreatedDiameter, isotherm_c: float) -> Check:
    """Return the row of the diameter that is treated least."""
    return judged(
        subject,
        rule,
        worst.percent,
        at=worst.warmest_at_lps_mm,
        words=f"worst diameter at {number(isotherm_c)} °C",
        reason=f"{worst.treated_mm:.1f} of {worst.length_mm:.1f} mm.",
    )
