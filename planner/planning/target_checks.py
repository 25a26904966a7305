"""Is the target treated, on the right side, and not too cold? Rows and temperature profile of one target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from planner.domain.assessment import Check, NerveProfile, RecoveryEstimate
from planner.domain.geometry import Side
from planner.domain.rule import Quantity, Rule, Verdict
from planner.domain.target import Target, TargetBody
from planner.planning.coverage import (
    BodyCoverage,
    NerveCoverage,
    TreatedDiameter,
    body_coverage,
    nerve_coverage,
    runs_below,
)
from planner.planning.margins import EDGE_C
from planner.planning.recovery import recovery
from planner.planning.rules import number
from planner.planning.side import SideAnswer, derived_side
from planner.planning.target_figures import body_figures, nerve_figures, reported_levels_c, under_treated
from planner.planning.target_remarks import permission_rows, place_rows, recovery_row
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
    from planner.domain.geometry import PointLps
    from planner.domain.rule import RuleSet
    from planner.domain.target_figures import TargetFigures
    from planner.planning.evidence import Evidence

_SHOWN_MM = 0.05
_NO_DIAMETER = "The nerve's diameter is not known. Enter it with its source."
_WEAKNESS = "Motor fibres: expect weakness; patients fell after femoral freezing (ILFELD2023). Warn and protect."


@dataclass(frozen=True, slots=True)
class JudgedTarget:
    """Everything an assessment says of one target; a nerve of unknown diameter has neither profile nor figures."""

    checks: tuple[Check, ...]
    profile: NerveProfile | None
    figures: TargetFigures | None
    recovery: RecoveryEstimate


def judged_target(evidence: Evidence, target: Target, entry: AtlasEntry | None) -> JudgedTarget:
    """Judge one target; ``entry`` is its atlas entry, None for a target that the atlas does not know."""
    estimate = recovery(target, rates=evidence.rules.regrowth_mm_per_day, entry=entry)
    cold, profile, figures = _told(evidence, target, entry)
    rows = [_side_row(evidence, target), *place_rows(evidence, target), *cold]
    if entry is None:
        reason = (
            f"The atlas has no entry “{target.atlas_id}”: what should be near it, and whether it has motor fibres, "
            "is not known."
        )
        rows.append(not_assessed(Subject.of_target(target), reason, words="atlas"))
    rows += [*permission_rows(evidence, target, entry), *recovery_row(target, estimate)]
    if figures is not None:
        figures = replace(figures, intent=intent_words(evidence.rules, entry))
    return JudgedTarget(tuple(rows), profile, figures, estimate)


def _told(
    evidence: Evidence, target: Target, entry: AtlasEntry | None
) -> tuple[list[Check], NerveProfile | None, TargetFigures | None]:
    """Return what the cold does to a target: rows, a nerve's profile, figures."""
    stunned_c = _stunned_c(evidence.rules)
    if isinstance(target.course, TargetBody):
        body = body_coverage(target.course, evidence.minimum_c, evidence.box)
        reached = _Reached(body.share_percent(stunned_c), "%", body.coldest_at_lps_mm)
        rows = [*_body_rows(evidence, target, body), *_motor_rows(evidence, target, entry, reached)]
        return rows, None, body_figures(evidence, target, body)
    if target.diameter_mm is None:
        subject, rules = Subject.of_target(target), evidence.rules.for_subject(target.subject_kind)
        unknown = [not_assessed(subject, _NO_DIAMETER, rule=rule) for rule in rules]
        return [*unknown, *_motor_rows(evidence, target, entry, None)], None, None
    nerve = nerve_coverage(target.course, target.diameter_mm, evidence.minimum_c, evidence.box)
    reached = _Reached(nerve.reached_mm(stunned_c), "mm", nerve.coldest_at_lps_mm)
    rows = [*_nerve_rows(evidence, target, nerve), *_motor_rows(evidence, target, entry, reached)]
    return rows, _profile(target, nerve), nerve_figures(evidence, target, nerve, diameter_mm=target.diameter_mm)


def _side_row(evidence: Evidence, target: Target) -> Check:
    """Return the row of the typed side against geometry: opposite sides FAIL, no side to tell is CHECK (H-16)."""
    answer = derived_side(target, structures=evidence.plan.structures, masks=evidence.masks, grid=evidence.ct_grid)
    subject = Subject.of_target(target)
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


def _nerve_rows(evidence: Evidence, target: Target, coverage: NerveCoverage) -> list[Check]:
    subject = Subject.of_target(target)
    return [
        limited_by_prediction(nerve_row(evidence.rules, subject, rule, coverage), rule, evidence)
        for rule in evidence.rules.for_subject(subject.kind)
    ]


def nerve_row(rules: RuleSet, subject: Subject, rule: Rule, coverage: NerveCoverage) -> Check:
    """Judge what the cold does to a nerve by one rule of the set, whatever the prediction's own limits."""
    isotherm = rules.treatment_isotherm_c
    if rule.quantity is Quantity.TREATED_LENGTH_MM:
        length, at = coverage.treated_mm(isotherm)
        words = f"treated length at {number(isotherm)} °C"
        return judged(subject, rule, length, at=at, words=words, reason=_length_reason(coverage, rules))
    if rule.quantity is Quantity.NEURAPRAXIA_LENGTH_MM:
        return _under_treated_row(rules, subject, rule, coverage)
    if rule.quantity is Quantity.MINIMUM_TEMPERATURE_C:
        return judged(subject, rule, coverage.coldest_of_all_c, at=coverage.coldest_at_lps_mm)
    return not_assessed(subject, "This rule is not for nerves.", rule=rule)


def _under_treated_row(rules: RuleSet, subject: Subject, rule: Rule, coverage: NerveCoverage) -> Check:
    """Return the row of the marked part that gets cold without being treated, with the middle of its longest piece."""
    upper_c = rules.neurapraxia_c.upper
    if upper_c is None:
        return not_assessed(subject, "The rules hold no neurapraxia band.", rule=rule)
    pieces = under_treated(coverage, rules)
    longest = max(pieces, key=lambda piece: piece[1] - piece[0], default=None)
    return judged(
        subject,
        rule,
        sum(end - start for start, end in pieces),
        at=None if longest is None else coverage.at((longest[0] + longest[1]) / 2),
        words=f"marked part at {number(rules.treatment_isotherm_c)} to {number(upper_c)} °C",
    )


def _length_reason(coverage: NerveCoverage, rules: RuleSet) -> str:
    """Say how much was marked, the treated length at colder isotherms, and how much of it stays warm."""
    segment = coverage.segment_mm[1] - coverage.segment_mm[0]
    colder = ", ".join(
        f"{coverage.treated_mm(level)[0]:.1f} mm at {number(level)} °C"
        for level in reported_levels_c(rules.treatment_isotherm_c)
        if level < rules.treatment_isotherm_c
    )
    text = f"Of {segment:.1f} mm marked; {colder}." if colder else f"Of {segment:.1f} mm marked."
    if rules.neurapraxia_c.upper is None:
        return text
    cooled = runs_below(coverage.curve.arc_mm, coverage.warmest_c - rules.neurapraxia_c.upper, coverage.segment_mm)
    warm = segment - sum(end - start for start, end in cooled)
    return f"{text} {warm:.1f} mm stay above {number(rules.neurapraxia_c.upper)} °C." if warm >= _SHOWN_MM else text


class _Reached(NamedTuple):
    """How much of a target is cold enough to lose its function, and where it is coldest."""

    amount: float
    unit: str
    at_lps_mm: PointLps


def _stunned_c(rules: RuleSet) -> float:
    """Return the temperature below which a nerve stops working: the warm end of neurapraxia, else the edge of ice."""
    return EDGE_C if rules.neurapraxia_c.upper is None else rules.neurapraxia_c.upper


def _motor_rows(evidence: Evidence, target: Target, entry: AtlasEntry | None, reached: _Reached | None) -> list[Check]:
    """Return the finding about weakness and falls, of a target that the atlas calls motor or mixed."""
    if entry is None or not entry.has_motor_fibres:
        return []
    subject = Subject.of_target(target)
    words = f"motor fibres at or below {number(_stunned_c(evidence.rules))} °C"
    weakness = f"{_WEAKNESS} Fibres: {_fibre_words(entry)}."
    if reached is None:
        return [not_assessed(subject, f"{_NO_DIAMETER} {weakness}", words=words)]
    if evidence.ice_is_cut and reached.amount == 0:
        return [not_assessed(subject, ICE_IS_CUT, words=words)]
    row = Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity=words,
        verdict=Verdict.CHECK if reached.amount > 0 else Verdict.PASS,
        value=reached.amount,
        unit=reached.unit,
        limit=f"0 {reached.unit} (project default)",
        reason=weakness if reached.amount > 0 else "",
        worst_point_lps_mm=reached.at_lps_mm if reached.amount > 0 else None,
        pass_limit=0.0,
    )
    return [if_preview(row) if evidence.is_preview else row]


def _fibre_words(entry: AtlasEntry) -> str:
    """Return what fibres an atlas entry names, with source and status where it is not found."""
    fibres = entry.fibres
    origin = "; ".join(
        part for part in (fibres.source, "" if fibres.status.is_verified else fibres.status.value) if part
    )
    return f"{fibres.text} ({origin})" if origin else fibres.text


def intent_words(rules: RuleSet, entry: AtlasEntry | None) -> str:
    """Return what the freeze is meant to do to this target, with its source; empty for a gland."""
    if rules.intent is None or (entry is not None and not entry.is_nervous):
        return ""
    return f"{rules.intent.text.rstrip('.')} ({rules.intent.source})."


def _profile(target: Target, coverage: NerveCoverage) -> NerveProfile:
    return NerveProfile(
        target.id,
        tuple(float(v) for v in coverage.curve.arc_mm),
        tuple(float(v) for v in coverage.warmest_c),
        tuple(float(v) for v in coverage.coldest_c),
        coverage.segment_mm,
    )


def _body_rows(evidence: Evidence, target: Target, coverage: BodyCoverage) -> list[Check]:
    subject = Subject.of_target(target)
    return [
        limited_by_prediction(body_row(evidence.rules, subject, rule, coverage), rule, evidence)
        for rule in evidence.rules.for_subject(subject.kind)
    ]


def body_row(rules: RuleSet, subject: Subject, rule: Rule, coverage: BodyCoverage) -> Check:
    """Judge what the cold does to a body by one rule of the set, whatever the prediction's own limits."""
    isotherm = rules.treatment_isotherm_c
    if rule.quantity is Quantity.TREATED_SHARE_PERCENT:
        colder = ", ".join(
            f"{coverage.share_percent(level):.0f} % at {number(level)} °C"
            for level in reported_levels_c(isotherm)
            if level < isotherm
        )
        words = f"treated share at {number(isotherm)} °C"
        share, at = coverage.share_percent(isotherm), coverage.warmest_at_lps_mm
        return judged(subject, rule, share, at=at, words=words, reason=f"{colder}." if colder else "")
    if rule.quantity is Quantity.TREATED_DIAMETER_PERCENT:
        return _diameter_row(subject, rule, coverage.worst_diameter(isotherm), isotherm)
    if rule.quantity is Quantity.MINIMUM_TEMPERATURE_C:
        return judged(subject, rule, coverage.coldest_c, at=coverage.coldest_at_lps_mm)
    return not_assessed(subject, "This rule is not for bodies.", rule=rule)


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
