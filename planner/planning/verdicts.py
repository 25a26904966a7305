"""How does a number become a row of the assessment? One place for verdict, limit, reason and what weakens a PASS."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.domain.assessment import Check
from planner.domain.rule import Quantity, Rule, Verdict
from planner.domain.simulation import RESULT_SPACING_MM
from planner.planning.rules import QUANTITY_WORDS, limit_words

if TYPE_CHECKING:
    from planner.domain.geometry import PointLps
    from planner.domain.target import Target
    from planner.planning.evidence import Evidence

ICE_IS_CUT = "The cold reaches the rim of the predicted box; the true extent of the ice is not known."
TREATMENT = (Quantity.TREATED_LENGTH_MM, Quantity.TREATED_SHARE_PERCENT, Quantity.TREATED_DIAMETER_PERCENT)


@dataclass(frozen=True, slots=True)
class Subject:
    """Who a row is about: id, name and kind as :class:`Check` takes them."""

    id: str
    name: str
    kind: str

    @classmethod
    def of_target(cls, target: Target) -> Subject:
        """Return who the rows of a target are about."""
        return cls(target.id, target.words, target.subject_kind)


def judged(
    subject: Subject, rule: Rule, value: float, *, at: PointLps | None = None, words: str = "", reason: str = ""
) -> Check:
    """Return the row of a rule and its value; the rule's note is the reason wherever it is not a PASS."""
    verdict = rule.verdict(value)
    parts = []
    if verdict is Verdict.NOT_ASSESSED:
        parts.append("No limit.")
    if verdict is not Verdict.PASS and rule.note:
        parts.append(rule.note)
    parts.append(reason)
    return Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity=words or QUANTITY_WORDS[rule.quantity],
        verdict=verdict,
        value=float(value),
        unit=rule.quantity.unit,
        limit=limit_words(rule),
        reason=" ".join(part for part in parts if part),
        worst_point_lps_mm=at,
        pass_limit=rule.pass_limit,
        fail_limit=rule.fail_limit,
    )


def not_assessed(subject: Subject, reason: str, *, rule: Rule | None = None, words: str = "") -> Check:
    """Return the row of something that could not be judged, with why."""
    return Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity=words or (QUANTITY_WORDS[rule.quantity] if rule else ""),
        verdict=Verdict.NOT_ASSESSED,
        unit=rule.quantity.unit if rule else "",
        limit=limit_words(rule) if rule else "",
        reason=reason,
        pass_limit=rule.pass_limit if rule else None,
        fail_limit=rule.fail_limit if rule else None,
    )


def if_path_leaves_scan(check: Check, scan_end_mm: float) -> Check:
    """Withdraw a PASS on a needle path of which a part lies outside the scan: what it meets there is unseen."""
    if check.verdict is not Verdict.PASS or scan_end_mm >= 0:
        return check
    reason = "The path leaves the scan; what it meets there is not known."
    return replace(check, verdict=Verdict.NOT_ASSESSED, reason=reason)


def also_says(check: Check, note: str) -> Check:
    """Return a row whose reason ends with a note; the verdict stays."""
    return replace(check, reason=f"{check.reason} {note}".strip()) if note else check


def if_unconfirmed(check: Check, *, what: str = "The structure") -> Check:
    """Weaken a row that rests on a structure nobody confirmed: PASS becomes CHECK; the others say so too (H-28)."""
    note = f"{what} is unconfirmed."
    verdict = Verdict.CHECK if check.verdict is Verdict.PASS else check.verdict
    return replace(check, verdict=verdict, reason=f"{check.reason} {note}".strip())


def if_ice_is_cut(check: Check, rule: Rule) -> Check:
    """Withdraw a row when the cold reaches the rim of the predicted box, so the ice's true extent is not known.

    A FAIL for too much cold stays: more ice could only make it worse.
    """
    if check.verdict is Verdict.FAIL and rule.quantity not in (*TREATMENT, Quantity.NEURAPRAXIA_LENGTH_MM):
        return check
    return replace(check, verdict=Verdict.NOT_ASSESSED, value=None, worst_point_lps_mm=None, reason=ICE_IS_CUT)


def limited_by_prediction(check: Check, rule: Rule, evidence: Evidence) -> Check:
    """Weaken a row as far as the prediction does not carry it: ice cut by the box, cells too coarse for a verdict."""
    if evidence.ice_is_cut:
        check = if_ice_is_cut(check, rule)
    return if_preview(check) if evidence.is_preview else check


def if_preview(check: Check) -> Check:
    """Weaken a row judged on a preview's coarse cells: PASS becomes CHECK; the others say so too."""
    note = f"A preview: only a prediction on {RESULT_SPACING_MM:g} mm cells or finer is judged as final."
    verdict = Verdict.CHECK if check.verdict is Verdict.PASS else check.verdict
    return replace(check, verdict=verdict, reason=f"{check.reason} {note}".strip())


def if_scan_ends(check: Check, scan_end_mm: float, *, needed_mm: float) -> Check:
    """Withdraw a PASS when the scan ends nearer to the ice than needed: what lies beyond is unseen."""
    if check.verdict is not Verdict.PASS or scan_end_mm >= needed_mm:
        return check
    where = f"{scan_end_mm:.1f} mm from the ice" if scan_end_mm > 0 else "inside the ice"
    reason = f"The scan ends {where}; what lies beyond is not known."
    return replace(check, verdict=Verdict.NOT_ASSESSED, reason=reason)
