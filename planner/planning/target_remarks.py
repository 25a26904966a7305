"""What else is to be said of a target? Its diagnostic block, its place, and why recovery cannot be told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.assessment import Check
from planner.domain.rule import Verdict
from planner.planning.margins import ice_volume_ml
from planner.planning.permission import NO_BLOCK, findings_of
from planner.planning.target_place import misplaced
from planner.planning.verdicts import Subject, judged, not_assessed

if TYPE_CHECKING:
    from planner.domain.assessment import RecoveryEstimate
    from planner.domain.atlas import AtlasEntry
    from planner.domain.target import Target
    from planner.planning.evidence import Evidence

BLOCK_WORDS = "diagnostic block"
_NO_RELIEF = "The record does not say how much the pain went down."


def permission_rows(evidence: Evidence, target: Target, entry: AtlasEntry | None) -> list[Check]:
    """Return a row for what stands against freezing a target: answered by name, it stays to be seen all the same."""
    subject = Subject.of_target(target)
    rows = []
    for found in findings_of(target, entry, evidence.plan.acknowledgements):
        answer = found.acknowledgement
        reason = found.finding.sentence.removeprefix(f"{target.words}: ")
        reason = f"{reason[:1].upper()}{reason[1:]} {f'{answer.who}: {answer.reason}' if answer else found.what_to_do}"
        if found.finding.code == NO_BLOCK:
            rows.append(not_assessed(subject, reason, words=BLOCK_WORDS))
        elif not evidence.ice.is_empty:
            rows.append(_off_label_row(evidence, subject, reason, is_answered=answer is not None))
    return rows + _relief_rows(evidence, subject, target)


def _off_label_row(evidence: Evidence, subject: Subject, reason: str, *, is_answered: bool) -> Check:
    """Return the row of ice at a target that the sources only block: FAIL until somebody acknowledges it by name."""
    return Check(
        subject_id=subject.id,
        subject_name=subject.name,
        subject_kind=subject.kind,
        quantity="ice at a block-only target",
        verdict=Verdict.CHECK if is_answered else Verdict.FAIL,
        value=ice_volume_ml(evidence.minimum_c, evidence.box),
        unit="mL",
        limit="0 mL (SEED)",
        reason=reason,
        pass_limit=0.0,
    )


def _relief_rows(evidence: Evidence, subject: Subject, target: Target) -> list[Check]:
    """Return the row of how much a recorded block relieved: a nerve that does not carry the pain is not worth it."""
    block = target.block
    if block is None:
        return []
    rows = []
    for rule in evidence.rules.for_subject("diagnostic block"):
        if block.relief_percent is None:
            rows.append(not_assessed(subject, _NO_RELIEF, rule=rule))
        else:
            rows.append(judged(subject, rule, block.relief_percent))
    return rows


def place_rows(evidence: Evidence, target: Target) -> list[Check]:
    """Return a CHECK for each part of a target that is drawn where no nerve runs, outside the body or the scan."""
    subject = Subject.of_target(target)
    parts = misplaced(target, structures=evidence.plan.structures, masks=evidence.masks, grid=evidence.ct_grid)
    return [
        Check(
            subject_id=subject.id,
            subject_name=subject.name,
            subject_kind=subject.kind,
            quantity=f"drawn {part.where}",
            verdict=Verdict.CHECK,
            value=part.amount,
            unit=part.unit,
            limit=f"0 {part.unit} (project default)",
            reason="Look at the target’s place, or at the structure.",
            worst_point_lps_mm=part.at_lps_mm,
            pass_limit=0.0,
        )
        for part in parts
    ]


def recovery_row(target: Target, estimate: RecoveryEstimate) -> list[Check]:
    """Return why the recovery of a nerve cannot be told; no row where it can, for an estimate has no verdict."""
    if target.is_body or estimate.slowest_days is not None:
        return []
    return [not_assessed(Subject.of_target(target), estimate.sentence, words="recovery")]
