"""Was the block recorded on the other side already? One press takes it over: from the plan, or into it.

A block, and somebody's word for going without one, stand in the intake or at a target of the plan. What one side has
and the other lacks is offered here; nothing is taken over by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.intake import Answer, ItemKind
from planner.persistence.resources import atlas
from planner.planning.permission import NO_BLOCK, findings_of
from planner.services.target_commands import Acknowledge, PutTarget
from planner.ui.case.intake_asked import Offer
from planner.ui.case.intake_row import Given
from planner.ui.panels.target_block import BlockElsewhere
from planner.ui.panels.target_words import block_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from planner.domain.case import Case
    from planner.domain.intake import IntakeAnswer, IntakeItem
    from planner.domain.plan import Plan
    from planner.domain.target import Target
    from planner.planning.permission import TargetFinding
    from planner.ui.case.case_desk import CaseDesk
    from planner.ui.case.plan_link import PlanLink

_FROM_PLAN, _INTO_PLAN, _ANSWER_IN_PLAN = "Take over", "Put into the plan", "Acknowledge in the plan"


def plan_of_case(case_desk: CaseDesk) -> Plan | None:
    """Return the plan on the desk when it is one of the open case."""
    session, case = case_desk.desk.session, case_desk.case
    if session is None or case is None or case.plan(session.plan.id) is None:
        return None
    return session.plan


def said_in_intake(link: PlanLink) -> BlockElsewhere | None:
    """Return what the intake of the plan's case says of the block; None while it says nothing."""
    case = None if link.first is None else link.first.case
    said = None if case is None else case.intake.answer_of(ItemKind.BLOCK)
    if case is None or said is None:
        return None
    return BlockElsewhere(f"Intake of {case.pseudonym}", said.block, said.who, said.text)


def block_offers(case_desk: CaseDesk, item: IntakeItem, *, keep: Callable[[Given], bool]) -> tuple[Offer, ...]:
    """Return what can be taken over at the question for the block; nothing while no plan of the case is open."""
    plan, case = plan_of_case(case_desk), case_desk.case
    if plan is None or case is None or item.kind is not ItemKind.BLOCK:
        return ()
    return tuple(offer for target in plan.targets for offer in _offers_of(case_desk, case, target, (item, keep)))


def _offers_of(
    case_desk: CaseDesk, case: Case, target: Target, into: tuple[IntakeItem, Callable[[Given], bool]]
) -> Iterator[Offer]:
    item, keep = into
    said = case.intake.answer_of(ItemKind.BLOCK)
    held = None if said is None else said.block
    plan = plan_of_case(case_desk)
    if target.block is not None and target.block != held:
        given = Given(item, Answer.YES, block=target.block)
        yield Offer(f"{target.words} in the plan: {block_words(target.block)}", _FROM_PLAN, lambda: keep(given))
        return
    found = _missing_block(target, plan)
    if found is None:
        return
    if found.acknowledgement is not None:
        if said is None:
            yield _absence_from_plan(target, found, into)
    elif held is not None:
        block = held
        yield Offer(
            f"{target.words} has no block in the plan.",
            _INTO_PLAN,
            lambda: case_desk.desk.apply(PutTarget(replace(target, block=block), what="record the block of")),
        )
    elif said is not None:
        yield _absence_into_plan(case_desk, target, found, said)


def _missing_block(target: Target, plan: Plan | None) -> TargetFinding | None:
    entry = next((one for one in atlas() if one.id == target.atlas_id), None)
    answers = () if plan is None else plan.acknowledgements
    return next((one for one in findings_of(target, entry, answers) if one.finding.code == NO_BLOCK), None)


def _absence_from_plan(target: Target, found: TargetFinding, into: tuple[IntakeItem, Callable[[Given], bool]]) -> Offer:
    item, keep = into
    accepted = found.acknowledgement
    who, why = ("", "") if accepted is None else (accepted.who, accepted.reason)
    given = Given(item, Answer.NO, text=why)
    return Offer(f"{target.words}: no block, acknowledged in the plan by {who}: {why}", _FROM_PLAN, lambda: keep(given))


def _absence_into_plan(case_desk: CaseDesk, target: Target, found: TargetFinding, said: IntakeAnswer) -> Offer:
    def acknowledge() -> None:
        who = case_desk.desk.who or said.who
        case_desk.desk.apply(Acknowledge(found.accepted(who=who, reason=said.text, when=case_desk.now())))

    return Offer(f"{target.words} still asks for its block in the plan.", _ANSWER_IN_PLAN, acknowledge)
