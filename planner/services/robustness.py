"""How robust is a plan? Draws spread over whatever executor there is, and what came of them put together.

The draws, their order and every number in them depend on the plan, the technique, the seed and the count alone, never
on how many processes computed them.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from planner.domain.digest import canonical_json, content_hash
from planner.domain.errors import InputRefused, PlanInvalid, WorkerFailed
from planner.domain.identity import Sha256
from planner.domain.robustness import MOST_DRAWS, Robustness, Technique
from planner.domain.simulation import RESULT_SPACING_MM
from planner.persistence import codec
from planner.services.robustness_basis import basis_hash
from planner.services.robustness_draws import (
    DrawsAsked,
    DrawsDone,
    DrawsPlan,
    get_ready,
    judge_draws,
    require_within_scan,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from planner.domain.geometry import Grid
    from planner.domain.plan import Plan
    from planner.domain.progress import Progress
    from planner.domain.robustness import Draw, DrawOutcome, FineCheck, LimitKey
    from planner.persistence.blobs import BlobStore
    from planner.planning.robust_limits import PathLimits
    from planner.services.robustness_draws import IceOfDraw
    from planner.services.robustness_tasks import AssessRobustness

CHUNK = 5
PREVIEW_SPACING_MM = 2.0
_TICK_S = 0.1


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Everything the answer depends on."""

    plan_hash: Sha256
    basis_hash: str
    technique: Technique
    draws: int
    seed: int
    is_tissue_drawn: bool
    fine: int


def assess_robustness(request: AssessRobustness, *, blobs: BlobStore, progress: Progress) -> Robustness:
    """Task: say how robust a plan is, here or on a cluster; what is in the store is not computed again."""
    from planner.services.executors import executor_for
    from planner.services.robustness_kept import keep, kept

    _require(request)
    found = kept(_inputs_hash(request), blobs)
    if found is not None:
        return found
    with executor_for(request.processes, request.cluster, blobs=blobs, progress=progress) as executor:
        told = robustness(request, executor=executor, blobs=blobs, progress=progress)
    keep(told, blobs)
    return told


def robustness(asked: AssessRobustness, *, executor: Executor, blobs: BlobStore, progress: Progress) -> Robustness:
    """Draw, compute and judge; ``executor`` may run its calls anywhere that the blob store's folder can be read.

    Raises
    ------
    InputRefused
        When the number of draws or the seed cannot be used.
    PlanInvalid
        When the plan cannot be predicted at all.
    WorkerFailed
        When a process of the executor dies.
    Cancelled
        When ``progress`` says so; draws not yet begun are taken back.
    """
    from planner.planning.robustness import fine_check

    _require(asked)
    executor.submit(get_ready)  # fresh processes load what they need while the draws are made
    every = _every_draw(asked)
    work = _Work(executor, asked, blobs, progress)
    try:
        work.submit(every, chunk=CHUNK, phase="Computing draws")
        paths = _paths(asked.plan, every, blobs=blobs)
        keys = (*_ice_keys(asked.plan), *paths.keys)
        outcomes = _outcomes(asked.plan, every, work.gathered(), paths)
        planned, drawn = outcomes[0], outcomes[1:]
        if planned.reason:
            raise PlanInvalid(planned.reason, code="robustness-plan")
        fine = None
        if asked.fine:
            some = every[1 : 1 + asked.fine]
            work.submit(some, chunk=1, phase="Checking draws on fine cells", is_fine=True)
            again = _outcomes(asked.plan, some, work.gathered(), paths)
            fine = fine_check(keys, drawn, again, spacing_mm=RESULT_SPACING_MM)
    finally:
        work.take_back()
    return _told(asked, keys=keys, planned=planned, outcomes=drawn, fine=fine)


def _inputs_hash(asked: AssessRobustness) -> Sha256:
    """Return the hash of everything the answer depends on."""
    return content_hash(
        _Inputs(
            asked.plan.judged_hash,
            basis_hash(asked.plan),
            asked.technique,
            asked.draws,
            asked.seed,
            asked.is_tissue_drawn,
            asked.fine,
        )
    )


def _every_draw(asked: AssessRobustness) -> tuple[Draw, ...]:
    """Return the plan as drawn up, and all draws."""
    from planner.persistence.technique_table import robustness_table
    from planner.planning.placement_errors import draws, undisturbed

    shares = {case: share.value or 0.0 for case, share in robustness_table().case_shares}
    return (
        undisturbed(asked.plan.probes),
        *draws(
            asked.plan.probes,
            asked.technique,
            seed=asked.seed,
            numbers=range(asked.draws),
            case_shares=shares if asked.is_tissue_drawn else None,
        ),
    )


def _told(
    asked: AssessRobustness,
    *,
    keys: Sequence[LimitKey],
    planned: DrawOutcome,
    outcomes: tuple[DrawOutcome, ...],
    fine: FineCheck | None,
) -> Robustness:
    """Put the answer together."""
    from planner.domain.rule import Verdict
    from planner.persistence.technique_table import robustness_table
    from planner.planning.placement_errors import fitted_law
    from planner.planning.robust_limits import LEFT_OUT
    from planner.planning.robustness import (
        fails_first,
        fails_most,
        limit_summaries,
        target_coverages,
        verdict_words,
        wilson,
    )

    plan, count, table = asked.plan, len(outcomes), robustness_table()
    held = wilson(sum(outcome.is_held for outcome in outcomes), count)
    untold = wilson(sum(outcome.verdict is Verdict.NOT_ASSESSED for outcome in outcomes), count)
    limits = limit_summaries(keys, planned, outcomes)
    return Robustness(
        plan_hash=plan.judged_hash,
        inputs_hash=_inputs_hash(asked),
        basis_hash=basis_hash(plan),
        seed=asked.seed,
        technique=asked.technique,
        law=fitted_law(asked.technique),
        is_tissue_drawn=asked.is_tissue_drawn,
        spacing_mm=PREVIEW_SPACING_MM,
        verdict=table.verdict(held.count, untold.count, count),
        verdict_words=verdict_words(held, untold, table),
        held=held,
        all_passed=wilson(sum(outcome.verdict is Verdict.PASS for outcome in outcomes), count),
        not_assessed=untold,
        planned=planned,
        limits=limits,
        fails_most=fails_most(limits),
        fails_first=fails_first(limits),
        coverages=target_coverages(plan.targets, outcomes),
        outcomes=outcomes,
        fine=fine,
        left_out=LEFT_OUT,
    )


class _Work:
    """Parts of the work under way in an executor, gathered in their order."""

    def __init__(self, executor: Executor, asked: AssessRobustness, blobs: BlobStore, progress: Progress) -> None:
        self._executor, self._asked, self._blobs, self._progress = executor, asked, blobs, progress
        self._parts: list[Future[str]] = []
        self._draws, self._chunk, self._phase = 0, 1, ""

    def submit(self, draws: Sequence[Draw], *, chunk: int, phase: str, is_fine: bool = False) -> None:
        """Hand out some draws, a few at a time."""
        from planner.persistence.resources import rule_set

        plan = self._asked.plan
        box = _box(plan, draws, spacing_mm=RESULT_SPACING_MM if is_fine else PREVIEW_SPACING_MM)
        rules_hash = content_hash(rule_set(plan.rule_set_id))
        plan_text = canonical_json(DrawsPlan(self._asked.volume, plan, box, rules_hash, is_standard=is_fine)).decode()
        self._draws, self._chunk, self._phase, self._parts = len(draws), chunk, phase, []
        for first in range(0, len(draws), chunk):
            draws_text = canonical_json(DrawsAsked(tuple(draws[first : first + chunk]))).decode()
            self._parts.append(self._executor.submit(judge_draws, str(self._blobs.folder), plan_text, draws_text))
            self._tell()

    def gathered(self) -> list[IceOfDraw]:
        """Wait for all parts, telling how far they are."""
        waiting = set(self._parts)
        while waiting:
            done, waiting = wait(waiting, timeout=_TICK_S, return_when=FIRST_COMPLETED)
            try:
                for part in done:
                    part.result()  # what went wrong is raised at once, not when all the rest is done
            except BrokenExecutor as error:
                raise WorkerFailed(
                    "A process that computed draws ended unexpectedly. The plan is untouched; start again.",
                    code="draws-lost",
                ) from error
            self._tell()
        replies = [codec.decode(part.result().encode(), DrawsDone, where="draws") for part in self._parts]
        return [ice for reply in replies for ice in reply.ice]

    def take_back(self) -> None:
        """Give up what is not begun."""
        for part in self._parts:
            part.cancel()

    def _tell(self) -> None:
        done = sum(part.done() for part in self._parts)
        self._progress(min(done * self._chunk, self._draws), self._draws, self._phase)


def _require(asked: AssessRobustness) -> None:
    from planner.persistence.resources import atlas
    from planner.planning.permission import require_answers

    if not 1 <= asked.draws <= MOST_DRAWS:
        raise InputRefused(f"Draw 1 to {MOST_DRAWS} times, not {asked.draws}.", code="robustness-draws")
    if not 0 <= asked.fine <= asked.draws:
        raise InputRefused(
            f"Of {asked.draws} draws 0 to {asked.draws} can be computed again on fine cells, not {asked.fine}.",
            code="robustness-fine",
        )
    if not 0 <= asked.seed < 2**63:
        raise InputRefused(f"A seed is a whole number from 0 on, not {asked.seed}.", code="robustness-seed")
    require_answers(asked.plan, atlas())


def _box(plan: Plan, draws: Sequence[Draw], *, spacing_mm: float) -> Grid:
    """Return the box of all draws that can be computed; where none can be, that of the plan itself."""
    from planner.persistence.resources import probe_models
    from planner.planning.placement_errors import displaced
    from planner.planning.request import common_box

    models, plans = {model.id: model for model in probe_models()}, []
    for draw in draws:
        try:
            probes = displaced(plan.probes, draw)
            require_within_scan(probes, models, plan.volume.grid)
        except PlanInvalid:
            continue
        plans.append(replace(plan, probes=probes))
    return common_box(plans or [plan], models=tuple(models.values()), spacing_mm=spacing_mm)


def _ice_keys(plan: Plan) -> tuple[LimitKey, ...]:
    """Return what the ice decides, in the order of :attr:`IceOfDraw.values`; without masks no map is made."""
    from planner.persistence.resources import rule_set
    from planner.planning.robust_limits import IceLimits

    return IceLimits.of(plan, rule_set(plan.rule_set_id), {}, round_ice=plan.volume.grid).keys


def _paths(plan: Plan, draws: Sequence[Draw], *, blobs: BlobStore) -> PathLimits:
    """Lay out the limits that the shafts alone decide, for the ends of all drawn shafts."""
    from planner.persistence.resources import probe_models, rule_set
    from planner.planning.robust_limits import PathLimits

    ends = [end for draw in draws for error in draw.errors for end in (error.entry_lps_mm, error.tip_lps_mm)]
    masks = {structure.id: blobs.get(structure.mask) for structure in plan.structures}
    rules, models = rule_set(plan.rule_set_id), {model.id: model for model in probe_models()}
    return PathLimits.of(plan, rules, masks, models=models, ends_lps_mm=np.asarray(ends, dtype=np.float64))


def _outcomes(
    plan: Plan, draws: Sequence[Draw], ice: Sequence[IceOfDraw], paths: PathLimits
) -> tuple[DrawOutcome, ...]:
    """Put the ice and the paths of every draw together."""
    from planner.planning.placement_errors import displaced
    from planner.planning.robustness import outcome_of

    found = []
    for draw, told in zip(draws, ice, strict=True):
        if told.reason:
            found.append(outcome_of(draw, (), reason=told.reason))
            continue
        values = (*told.values, *paths.values(displaced(plan.probes, draw)))
        found.append(outcome_of(draw, values, told.coverages))
    return tuple(found)
