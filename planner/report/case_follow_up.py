"""What is printed of the follow-ups? Scores and signs of each, the course as a small plot, and what is due."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from planner.report.case_printed import PrintedFollowUps, PrintedSign, PrintedVisit, Said
from planner.report.case_words import MISSING, as_entered

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from planner.domain.follow_up import FollowUp
    from planner.domain.identity import FollowUpId
    from planner.report.case_words import Teller
    from planner.report.printed import Fact

NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class VisitFigures:
    """What one follow-up amounts to: which interval it answers, and how goal and recovery stand, each with why."""

    interval: str = ""
    goal: str = ""
    goal_reason: str = ""
    recovery: str = ""
    recovery_reason: str = ""


@dataclass(frozen=True, slots=True)
class FollowUpFigures:
    """What the follow-ups of a case amount to; ``facts`` stand at the head of the page."""

    visits: Mapping[FollowUpId, VisitFigures] = field(default_factory=lambda: MappingProxyType({}))
    facts: tuple[Fact | Said, ...] = ()
    due: tuple[Fact, ...] = ()
    signs: tuple[Fact, ...] = ()


def printed_follow_ups(follow_ups: Sequence[FollowUp], figures: FollowUpFigures, *, tell: Teller) -> PrintedFollowUps:
    """Word the follow-ups in the order of their days."""
    visits = tuple(
        _visit(one, figures.visits.get(one.id, VisitFigures()), tell)
        for one in sorted(follow_ups, key=lambda one: one.day)
    )
    return PrintedFollowUps(visits, figures.facts, figures.due, figures.signs)


def _visit(one: FollowUp, figures: VisitFigures, tell: Teller) -> PrintedVisit:
    scores = one.scores
    scale = tell.said(scores.function_scale) if scores else ""
    score = MISSING if scores is None or scores.function_score is None else as_entered(scores.function_score)
    return PrintedVisit(
        interval=figures.interval,
        day=tell.day(one.day),
        contact=one.contact.value if one.contact else MISSING,
        average=as_entered(scores.average_nrs if scores else None),
        worst=as_entered(scores.worst_nrs if scores else None),
        function=f"{scale} {score}".strip(),
        opioid=tell.said(scores.opioid) if scores else "",
        dose=as_entered(scores.opioid_mg_per_day if scores else None, "mg"),
        relief=as_entered(one.relief_percent, "%"),
        goal=figures.goal,
        goal_reason=figures.goal_reason,
        signs=tuple(PrintedSign(seen.sign.value, seen.answer.value, tell.said(seen.text)) for seen in one.signs),
        recovered=one.recovered.value if one.recovered else NOT_ASKED,
        recovery=figures.recovery,
        recovery_reason=figures.recovery_reason,
        repeat=one.repeat.value if one.repeat else NOT_ASKED,
        words=_remarks(one, tell),
        who=tell.said(one.who),
        when=tell.when(one.at),
    )


def _remarks(one: FollowUp, tell: Teller) -> tuple[Said, ...]:
    lines = (
        Said("Recovery", tell.said(one.recovered_text)),
        Said("Repeat treatment", tell.said(one.repeat_text)),
        Said("Notes", tell.said(one.note)),
    )
    return tuple(line for line in lines if line.text)
