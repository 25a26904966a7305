"""What is printed of the targets? Course and size, the diagnostic block, who accepted what, and when nerves recover."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.datum import Status
from planner.domain.target import NerveCurve, Target, TargetBody
from planner.planning.permission import NO_BLOCK, target_findings
from planner.report import numbers
from planner.report.figuring import printed_reaches, reach_facts
from planner.report.printed import Fact, PrintedAcknowledgement, PrintedTarget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.assessment import Assessment, NerveProfile, RecoveryEstimate
    from planner.domain.atlas import AtlasEntry, SourcedText
    from planner.domain.plan import Plan
    from planner.domain.review import Acknowledgement
    from planner.domain.target import DiagnosticBlock
    from planner.planning.permission import TargetFinding

NOT_KNOWN = f"{numbers.MISSING} not known"
LAPSED = "No longer holds: the target is another one, or the block was recorded since."


def printed_targets(plan: Plan, assessment: Assessment, atlas: Sequence[AtlasEntry]) -> tuple[PrintedTarget, ...]:
    """Word every target with its size, what stood against freezing it, and what the prediction reaches in it."""
    profiles = {profile.target_id: profile for profile in assessment.profiles}
    estimates = {estimate.target_id: estimate for estimate in assessment.recoveries}
    findings = target_findings(plan, atlas)
    figures = {found.target_id: found for found in assessment.targets}
    return tuple(
        PrintedTarget(
            target.words,
            (
                *_course_facts(target),
                *_block_facts(target),
                *(_finding_fact(target, found) for found in findings if found.target_id == target.id),
                *_reach_facts(profiles.get(target.id)),
                *reach_facts(figures.get(target.id)),
                *_recovery_facts(target, estimates.get(target.id)),
            ),
            id=target.id,
            reaches=printed_reaches(figures.get(target.id)),
        )
        for target in plan.targets
    )


def printed_advice(plan: Plan, advice: Sequence[SourcedText]) -> tuple[str, ...]:
    """Return what the sources say of every target alike; nothing for a plan without one."""
    return tuple(sourced(text) for text in advice) if plan.targets else ()


def sourced(text: SourcedText) -> str:
    """Word a statement with its source, and whether that was read."""
    flag = {Status.RECALLED: "unverified"}.get(text.status, text.status.value)
    origin = "; ".join(part for part in (text.source, "" if text.status.is_verified else flag) if part)
    return f"{text.text.rstrip('.')} ({origin})." if origin else text.text


def printed_acknowledgements(plan: Plan, atlas: Sequence[AtlasEntry]) -> tuple[PrintedAcknowledgement, ...]:
    """List what somebody accepted by name; an answer that answers nothing any more says so."""
    holding = {found.acknowledgement for found in target_findings(plan, atlas)}
    return tuple(
        PrintedAcknowledgement(
            finding=ack.sentence,
            who=ack.who,
            reason=ack.reason,
            when=numbers.utc_minute(ack.when),
            note=LAPSED if ack.subject_id and ack not in holding else "",
        )
        for ack in plan.acknowledgements
    )


def _block_facts(target: Target) -> tuple[Fact, ...]:
    return (Fact("Diagnostic block", _block_words(target.block)),) if target.block is not None else ()


def _block_words(block: DiagnosticBlock) -> str:
    """Word a block, ``"2025-11-03, lidocaine, 80 % relief, for 4 h"``; what the record lacks is said."""
    relief = (
        "relief not stated"
        if block.relief_percent is None
        else f"{numbers.number(block.relief_percent, decimals=0)} % relief"
    )
    lasted = f"for {block.lasted}" if block.lasted else ""
    return ", ".join(part for part in (block.day, block.agent, relief, lasted) if part)


def _finding_fact(target: Target, found: TargetFinding) -> Fact:
    """Word a finding with the name, the day and the reason under it."""
    label = "Diagnostic block" if found.finding.code == NO_BLOCK else "Off label"
    sentence = found.finding.sentence.removeprefix(f"{target.words}: ")
    return Fact(label, f"{sentence[:1].upper()}{sentence[1:]} {_answer_words(found.acknowledgement)}")


def _answer_words(answer: Acknowledgement | None) -> str:
    if answer is None:
        return "Nobody has accepted this."
    return f"Accepted by {answer.who}, {answer.when[:10]}: {answer.reason}"


def _recovery_facts(target: Target, estimate: RecoveryEstimate | None) -> tuple[Fact, ...]:
    if target.end_organ_mm is None:
        organ = NOT_KNOWN
    else:
        organ = f"{numbers.mm(target.end_organ_mm)} from the frozen part ({target.end_organ_source})"
    facts = () if target.is_body and target.end_organ_mm is None else (Fact("End organ", organ),)
    return facts if estimate is None else (*facts, Fact("Recovery", f"{estimate.words}. {estimate.sentence}"))


def _course_facts(target: Target) -> tuple[Fact, ...]:
    course = target.course
    if isinstance(course, TargetBody):
        size = f"{numbers.mm(course.length_mm)} long, {numbers.mm(course.width_mm)} wide"
        return Fact("Body", size), Fact("Centre", numbers.patient_point(course.centre_lps_mm))
    if target.diameter_mm is None:
        diameter = f"{NOT_KNOWN}, so coverage of the cross-section is not assessed"
    else:
        diameter = f"{numbers.mm(target.diameter_mm)} ({target.diameter_source})"
    return Fact("Course", _course_words(course)), Fact("Diameter", diameter)


def _course_words(course: NerveCurve) -> str:
    placed = f"curve through {len(course.points_lps_mm)} points"
    if course.segment_mm is None:
        return f"{placed}, treated over its whole length"
    start, end = course.segment_mm
    return f"{placed}, treated from {numbers.mm(start)} to {numbers.mm(end)} along it"


def _reach_facts(profile: NerveProfile | None) -> tuple[Fact, ...]:
    if profile is None:
        return ()
    start, end = profile.segment_mm
    inside = [n for n, arc in enumerate(profile.arc_mm) if start <= arc <= end]
    if not inside:
        return ()
    warmest = max(profile.warmest_c[n] for n in inside)
    coldest = min(profile.coldest_c[n] for n in inside)
    return (
        Fact(
            "Predicted",
            f"in the treated segment the warmest point reaches {numbers.celsius(warmest)}, the coldest "
            f"{numbers.celsius(coldest)}",
        ),
    )
