"""What belongs together around one patient and one problem? Intake, plans, procedures and follow-ups, without a name.

A case holds no identity: who the patient is lies apart (:class:`planner.domain.identity.PatientIdentity`), and a case
is complete without it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TypeVar

from planner.domain.errors import CaseInvalid
from planner.domain.follow_up import FollowUp
from planner.domain.identity import CaseId, FollowUpId, PlanId, ProcedureId, Sha256
from planner.domain.intake import Intake
from planner.domain.moment import require_moment
from planner.domain.procedure import Procedure

SCHEMA = 1
DEFAULT_INTERVALS_DAYS = (7, 42, 90, 180, 365)
"""Days after a procedure at which a follow-up is due unless a case chooses others: a project default."""
TRAINING_PREFIX = "TRAIN-"
"""Begins the pseudonym of a case that was begun with a synthetic patient; it stays one of training (H-20)."""
_PSEUDONYM = re.compile(r"[A-Z0-9][A-Z0-9-]{2,31}")
NO_INTAKE = Intake()
_Item = TypeVar("_Item", Procedure, FollowUp)


@dataclass(frozen=True, slots=True)
class CasePlan:
    """A plan of the case: which, where its file was when it was last seen, and what it looked like then.

    ``case_kind`` is the plan's: ``"patient"``, or that of a synthetic patient. ``atlas_ids`` are those of its targets.
    """

    plan_id: PlanId
    name: str
    path: str
    plan_hash: Sha256
    case_kind: str
    targets: tuple[str, ...]
    atlas_ids: tuple[str, ...]
    added_at: str

    def __post_init__(self) -> None:
        require_moment(self.added_at, "adding the plan", may_be_empty=True)


@dataclass(frozen=True, slots=True)
class Case:
    """One patient and one problem.

    Parameters
    ----------
    pseudonym
        What the case is called: 3 to 32 capitals, digits and hyphens, such as ``"FL-7K3Q-2M4A"``; never made from the
        patient's data.
    problem
        The problem in a few words, such as ``"Intercostal neuralgia, right"``.
    opened_at
        ISO 8601 UTC, given by the caller.
    intervals_days
        At how many days after a procedure a follow-up is due, increasing.
    """

    id: CaseId
    pseudonym: str
    problem: str
    opened_at: str
    plans: tuple[CasePlan, ...] = ()
    intake: Intake = NO_INTAKE
    procedures: tuple[Procedure, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    intervals_days: tuple[int, ...] = DEFAULT_INTERVALS_DAYS
    is_archived: bool = False
    note: str = ""
    schema: int = SCHEMA

    def __post_init__(self) -> None:
        if not _PSEUDONYM.fullmatch(self.pseudonym):
            raise CaseInvalid(
                f"A case is called by 3 to 32 capitals, digits and hyphens, not “{self.pseudonym[:40]}”.",
                code="case-pseudonym",
            )
        if not self.problem.strip() or len(self.problem) > 200:
            raise CaseInvalid("Say what the problem is, in at most 200 characters.", code="case-problem")
        require_moment(self.opened_at, "opening the case")
        # Practice is never taken for a patient's (H-20).
        of_patients = {plan.case_kind == "patient" for plan in self.plans}
        is_training = self.pseudonym.startswith(TRAINING_PREFIX)
        if len(of_patients) > 1 or (is_training and True in of_patients):
            raise CaseInvalid(
                "A case has plans of a patient or of a synthetic patient, not of both. Begin another case.",
                code="case-kinds",
            )
        for records in (
            [plan.plan_id for plan in self.plans],
            [procedure.id for procedure in self.procedures],
            [follow_up.id for follow_up in self.follow_ups],
        ):
            ids = [str(name) for name in records]
            if len(set(ids)) != len(ids):
                raise CaseInvalid(f"Two records of the case share the id {max(ids, key=ids.count)}.", code="case-twice")
        days = self.intervals_days
        if any(not 1 <= day <= 3650 for day in days) or list(days) != sorted(set(days)):
            raise CaseInvalid("Follow-ups are due after 1 to 3650 days, each once, increasing.", code="case-intervals")

    @property
    def atlas_ids(self) -> frozenset[str]:
        """Atlas ids of every target of every plan: some questions are asked of some targets only."""
        return frozenset(name for plan in self.plans for name in plan.atlas_ids)

    @property
    def is_of_a_patient(self) -> bool:
        """Whether neither pseudonym, plans nor what was planned for a procedure tell a synthetic patient (H-20)."""
        if self.pseudonym.startswith(TRAINING_PREFIX):
            return False
        kinds = [plan.case_kind for plan in self.plans]
        kinds += [one.planned.case_kind for one in self.procedures if one.planned is not None]
        return all(kind == "patient" for kind in kinds)

    def plan(self, plan_id: PlanId) -> CasePlan | None:
        """Return one plan of the case; None when it is not in it."""
        return next((plan for plan in self.plans if plan.plan_id == plan_id), None)

    def procedure(self, procedure_id: ProcedureId) -> Procedure:
        """Return one procedure; raise CaseInvalid when it is not in the case."""
        return _find(self.procedures, procedure_id, "procedure")

    def follow_up(self, follow_up_id: FollowUpId) -> FollowUp:
        """Return one follow-up; raise CaseInvalid when it is not in the case."""
        return _find(self.follow_ups, follow_up_id, "follow-up")

    def with_plan(self, plan: CasePlan) -> Case:
        """Return the case in which the plan of that id is replaced or added."""
        if self.plan(plan.plan_id) is None:
            return replace(self, plans=(*self.plans, plan))
        return replace(self, plans=tuple(plan if one.plan_id == plan.plan_id else one for one in self.plans))

    def with_procedure(self, procedure: Procedure) -> Case:
        """Return the case in which the procedure of that id is replaced or added, in the order of their days."""
        return replace(self, procedures=_put(self.procedures, procedure))

    def with_follow_up(self, follow_up: FollowUp) -> Case:
        """Return the case in which the follow-up of that id is replaced or added, in the order of their days."""
        return replace(self, follow_ups=_put(self.follow_ups, follow_up))


def _put(items: tuple[_Item, ...], item: _Item) -> tuple[_Item, ...]:
    """Return the records with one replaced or added; of one day, the one added first stays first when it is edited."""
    kept = [item if one.id == item.id else one for one in items]
    if all(one.id != item.id for one in items):
        kept.append(item)
    return tuple(sorted(kept, key=lambda one: one.day))


def _find(items: tuple[_Item, ...], item_id: str, word: str) -> _Item:
    for item in items:
        if item.id == item_id:
            return item
    raise CaseInvalid(f"The case has no {word} {item_id}.", code=f"case-{word}-unknown")
