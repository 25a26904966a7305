"""Which placements of probes can be proposed for a target? Screened, computed coarsely, assessed finely, explained.

The answer depends on the plan, the rules, the catalogue, the wish and its seed alone, never on how many processes
computed it. What breaks a hard limit is no candidate (H-31).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.digest import content_hash
from planner.domain.errors import InputRefused, PlanInvalid
from planner.domain.identity import Sha256
from planner.domain.suggestion import SuggestCounts, Suggestion, SuggestWish
from planner.services.suggest_effort import FULL, Effort
from planner.services.suggest_search import Search
from planner.services.suggest_told import candidates_of, exclusions_told, none_words, notes_of
from planner.services.suggest_work import Work

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.progress import Progress
    from planner.domain.robustness import Technique
    from planner.domain.target import Target
    from planner.persistence.blobs import BlobStore
    from planner.services.suggest_tasks import SuggestPlacements

SUGGEST_VERSION = 1
"""Raised whenever the same wish may be answered otherwise."""


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Everything the answer depends on."""

    plan_hash: Sha256
    rules_hash: Sha256
    wish: SuggestWish
    models: tuple[ProbeModel, ...]
    technique: Technique | None
    effort: Effort
    version: int = SUGGEST_VERSION


def suggest_placements(request: SuggestPlacements, *, blobs: BlobStore, progress: Progress) -> Suggestion:
    """Task: suggest placements, computed here or on a cluster."""
    from planner.services.executors import executor_for

    with executor_for(request.processes, request.cluster, blobs=blobs, progress=progress) as executor:
        return suggest(request, executor=executor, blobs=blobs, progress=progress)


def suggest(
    asked: SuggestPlacements, *, executor: Executor, blobs: BlobStore, progress: Progress, effort: Effort = FULL
) -> Suggestion:
    """Search and explain; ``executor`` may run its calls anywhere that the blob store's folder can be read.

    Raises
    ------
    PlanInvalid
        When the target is unknown, its coverage cannot be told, or the skin is not segmented.
    InputRefused
        When a probe model is unknown or cannot be simulated.
    WorkerFailed
        When a process of the executor dies.
    Cancelled
        When ``progress`` says so; what is not begun is taken back.
    """
    from planner.persistence.resources import rule_set

    plan, wish = asked.plan, asked.wish
    target, models = require_target(plan, wish), _models(wish)
    technique = _technique(wish)
    work = Work(executor, blobs, progress)
    search = Search(asked, target=target, models=models, work=work, blobs=blobs, technique=technique, effort=effort)
    search.screen()
    search.compute_coarse()
    search.assess_fine()
    search.draw_errors()
    candidates = candidates_of(search)
    exclusions = exclusions_told(search)
    reason, hints = ("", ()) if candidates else none_words(search, exclusions)
    inputs = _Inputs(plan.judged_hash, content_hash(rule_set(plan.rule_set_id)), wish, models, technique, effort)
    return Suggestion(
        plan_hash=plan.judged_hash,
        inputs_hash=content_hash(inputs),
        wish=wish,
        target_name=target.words,
        candidates=candidates,
        exclusions=exclusions,
        counts=SuggestCounts(
            paths=search.paths,
            open_paths=search.open_paths,
            coarse=search.coarse,
            fine=search.fine,
            held=len(search.held),
            simulations=work.simulations,
        ),
        reason=reason,
        hints=hints,
        present=search.present.figures if search.present is not None else None,
        present_broken=search.present.broken if search.present is not None else (),
        notes=notes_of(search, shown=len(candidates)),
    )


def require_target(plan: Plan, wish: SuggestWish) -> Target:
    """Return the target of a wish; raise PlanInvalid where placements for it cannot be judged."""
    from planner.persistence.resources import atlas
    from planner.planning.permission import require_answers

    target = plan.target(wish.target_id)
    require_answers(plan, atlas())
    if not target.is_body and target.diameter_mm is None:
        raise PlanInvalid(
            f"{target.words} has no diameter, so nobody can tell what treats it. Enter it with its source.",
            code="suggest-diameter",
        )
    room = 8 - sum(plan.is_locked(probe.id) for probe in plan.probes)
    if wish.most_probes > room:
        raise PlanInvalid(
            f"Beside the locked probes there is room for {room}, not {wish.most_probes}. Unlock some.",
            code="suggest-room",
        )
    return target


def _models(wish: SuggestWish) -> tuple[ProbeModel, ...]:
    from planner.persistence.resources import probe_models

    known = {model.id: model for model in probe_models()}
    for model_id in wish.model_ids:
        model = known.get(model_id)
        if model is None:
            raise InputRefused(f"There is no probe model “{model_id}” in the catalogue.", code="probe-unknown")
        if not model.can_simulate:
            raise InputRefused(
                f"{model.label} cannot be simulated; not known: {', '.join(model.missing_words)}. Choose another.",
                code="probe-incomplete",
            )
    return tuple(known[model_id] for model_id in dict.fromkeys(wish.model_ids))


def _technique(wish: SuggestWish) -> Technique | None:
    from planner.persistence.technique_table import technique_named

    return technique_named(wish.technique_id) if wish.draws else None
