"""What of a case may be printed where nobody may be named? Numbers, choices and days as distances (H-43).

Names and words that the pages print as they are typed are left out there (:class:`planner.report.case_words.Teller`);
here goes what they print as words of the program although somebody may have typed it: labels, models, the protocol, a
question, the name of a scale or a grading.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from planner.domain.identity import PlanId, Sha256
from planner.persistence.gradings import grading
from planner.persistence.intake_template import shipped_intake_template
from planner.persistence.resources import atlas, presets, read_probe_models, resources_dir

if TYPE_CHECKING:
    from planner.domain.case import Case, CasePlan
    from planner.domain.intake import IntakeAnswer, Scores
    from planner.domain.procedure import Complication, PlannedProcedure, Procedure, UsedProbe

LEFT_OUT = "left out"
OWN_QUESTION = "A question of the site"
OWN_MODEL = "Another model"
OWN_PROTOCOL = "Own protocol"
_SOURCES = ("typed", "as planned")


def nobodys_case(case: Case) -> Case:
    """Return the case without names of plans, and without words typed in the place of the program's own."""
    answers = tuple(_answer(one, number) for number, one in enumerate(case.intake.answers, start=1))
    return replace(
        case,
        plans=tuple(_plan(one, number) for number, one in enumerate(case.plans, start=1)),
        problem=LEFT_OUT,
        note="",
        intake=replace(case.intake, template_name="", answers=answers),
        procedures=tuple(_procedure(one) for one in case.procedures),
        follow_ups=tuple(
            replace(one, scores=_scores(one.scores), note="", recovered_text="", repeat_text="")
            for one in case.follow_ups
        ),
    )


def _plan(plan: CasePlan, number: int) -> CasePlan:
    """Keep which questions the plan's targets ask, and whether it is of a synthetic patient."""
    known = {entry.id for entry in atlas()}
    return replace(
        plan,
        plan_id=PlanId(f"plan {number}"),
        name="",
        path="",
        plan_hash=Sha256(""),
        targets=(),
        atlas_ids=tuple(name for name in plan.atlas_ids if name in known),
        added_at="",
    )


def _answer(answer: IntakeAnswer, number: int) -> IntakeAnswer:
    shipped = next((item for item in shipped_intake_template().items if item.id == answer.item_id), None)
    words = shipped.question if shipped else f"{OWN_QUESTION}, number {number}"
    return replace(answer, question=words, scores=_scores(answer.scores))


def _scores(scores: Scores | None) -> Scores | None:
    """Leave out the name of the site's scale; its score means nothing without."""
    if scores is None:
        return None
    kept = replace(scores, function_scale="", function_score=None, opioid="")
    return scores if kept.is_empty else kept


def _procedure(procedure: Procedure) -> Procedure:
    planned = procedure.planned
    names = {one.label: f"P{n}" for n, one in enumerate(planned.probes if planned else (), start=1)}
    stands_for = {"": "", **names}
    for used in procedure.probes:
        names.setdefault(used.label, f"P{len(names) + 1}")
    return replace(
        procedure,
        planned=None if planned is None else _planned(planned, names),
        probes=tuple(
            replace(_used(one), label=names[one.label], planned_label=stands_for.get(one.planned_label, ""))
            for one in procedure.probes
        ),
        phases=tuple(
            replace(one, probe_labels=tuple(names.get(label, LEFT_OUT) for label in one.probe_labels), note="")
            for one in procedure.phases
        ),
        moments=tuple(one for one in procedure.moments if one.clock_jump_s),
        complications=tuple(_complication(one) for one in procedure.complications),
    )


def _planned(planned: PlannedProcedure, names: dict[str, str]) -> PlannedProcedure:
    known = {preset.protocol.title for preset in presets() if preset.protocol is not None}
    return replace(
        planned,
        plan_name="",
        plan_hash=Sha256(""),
        protocol=planned.protocol if planned.protocol in known else OWN_PROTOCOL,
        probes=tuple(replace(one, label=names[one.label], model_name=_model(one.model_name)) for one in planned.probes),
        targets=tuple(replace(one, words="", recovery_words="") for one in planned.targets),
        moments=(),
    )


def _used(used: UsedProbe) -> UsedProbe:
    return replace(
        used,
        model_name=_model(used.model_name),
        source=used.source if used.source in _SOURCES else "",
        note="",
    )


def _model(name: str) -> str:
    """Keep a shipped model's name; one that was not noted stays so. A probe of the site's own may name the site."""
    return name if not name or name in _shipped_models() else OWN_MODEL


@cache
def _shipped_models() -> frozenset[str]:
    return frozenset(model.label for model in read_probe_models(resources_dir()))


def _complication(complication: Complication) -> Complication:
    scale = grading(complication.grading)
    is_known = scale is not None and scale.grade(complication.grade) is not None
    return complication if is_known else replace(complication, grading=LEFT_OUT, grade=LEFT_OUT)
