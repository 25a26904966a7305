"""How is the ice predicted and judged? Plan to request, request to temperature, temperature to verdicts."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json
from planner.domain.simulation import RESULT_SPACING_MM
from planner.persistence import codec
from planner.services.plan_notes import PlanNotes
from planner.services.preparations import Preparations
from planner.services.preview_tasks import PreviewedIce, PreviewIce
from planner.services.shared import SharedResult
from planner.services.tasks import Prediction, Warm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.assessment import Assessment
    from planner.domain.geometry import Grid
    from planner.domain.identity import Sha256
    from planner.domain.plan import Plan
    from planner.domain.progress import Progress
    from planner.domain.simulation import SimulationRequest, SimulationResult
    from planner.persistence.blobs import BlobStore
    from planner.services.preview_tasks import PreviewMove
    from planner.services.shared import SharedVolume
    from planner.services.tasks import Predict, WarmUp
    from planner.thermal.run import Prepared

BODIES = Preparations()
"""Bodies at rest of this process."""
NOTES: dict[str, PlanNotes] = {}
"""Plans under the hand, by the folder of their store; a worker process has one."""


def request_for(plan: Plan, *, spacing_mm: float = RESULT_SPACING_MM) -> SimulationRequest:
    """Return what the solver would be asked for this plan.

    Raises
    ------
    PlanInvalid
        With the sentence why not: something is missing, or a finding about a target is not answered by name.
    """
    from planner.persistence.resources import atlas, body_conditions, probe_models, tissues
    from planner.planning.permission import require_answers
    from planner.planning.request import simulation_request

    require_answers(plan, atlas())
    return simulation_request(
        plan, models=probe_models(), tissues=tissues(), conditions=body_conditions(), spacing_mm=spacing_mm
    )


def preview_request_for(plan: Plan, *, box: Grid | None = None) -> SimulationRequest:
    """Return what the solver would be asked for a preview of this plan, in ``box`` while it serves.

    Raises PlanInvalid like :func:`request_for`.
    """
    from planner.persistence.resources import atlas, body_conditions, probe_models, tissues
    from planner.planning.permission import require_answers
    from planner.planning.request import preview_request

    require_answers(plan, atlas())
    return preview_request(plan, models=probe_models(), tissues=tissues(), conditions=body_conditions(), box=box)


def predict(request: Predict, *, blobs: BlobStore, progress: Progress) -> Prediction:
    """Task: predict the ice of a plan and judge it."""
    shared = _result(request, blobs=blobs, progress=progress)
    progress(0, 1, "Judging margins")
    return Prediction(shared, judged(request.plan, shared.open(blobs), blobs=blobs))


def judged(plan: Plan, result: SimulationResult, *, blobs: BlobStore) -> Assessment:
    """Judge a prediction of a plan by the rules, the atlas and the catalogue in force."""
    from planner.persistence.resources import atlas, probe_models, rule_set
    from planner.planning.assess import assess

    return assess(
        plan,
        result,
        rules=rule_set(plan.rule_set_id),
        masks={structure.id: blobs.get(structure.mask) for structure in plan.structures},
        atlas=atlas(),
        models=probe_models(),
    )


def preview_ice(request: PreviewIce, *, blobs: BlobStore, progress: Progress) -> PreviewedIce:
    """Task: compute the ice at the end of the first freeze, coarsely, for a probe in the hand, and read it off."""
    from planner.services.live_margins import LIVE
    from planner.thermal.checks import reaches_edge
    from planner.thermal.run import preview_c

    began_s = time.perf_counter()
    asked = preview_request_for(request.plan, box=request.box)
    body = body_at_rest(asked, request.volume, blobs=blobs, progress=progress)
    field_c = preview_c(asked, body, progress=progress)
    live = LIVE.numbers(request.plan, field_c, asked.grid, blobs=blobs)
    return PreviewedIce(
        plan_hash=request.plan_hash or request.plan.judged_hash,
        grid=asked.grid,
        time_s=request.plan.protocol.first_freeze_end_s(probe.id for probe in request.plan.probes),
        field=blobs.put(field_c),
        reaches_boundary=reaches_edge(body.baseline_c, field_c, field_c),
        live=live,
        took_s=time.perf_counter() - began_s,
    )


def preview_move(request: PreviewMove, *, blobs: BlobStore, progress: Progress) -> PreviewedIce:
    """Task: the same for a plan that lies as a note in the store."""
    notes = NOTES.setdefault(str(blobs.folder), PlanNotes(blobs))
    plan = notes.plan(request.note, probes=request.probes, locked=request.locked_probes)
    asked = PreviewIce(request.volume, plan, request.box, request.plan_hash)
    return preview_ice(asked, blobs=blobs, progress=progress)


def warm_up(request: WarmUp, *, blobs: BlobStore, progress: Progress) -> Warm:
    """Task: load what opening a CT and a first prediction need, and compile the kernels."""
    del request, blobs, progress
    import importlib

    import numpy as np

    from planner.domain.geometry import isotropic_box
    from planner.imaging import assemble, explicit_vr, lossless_jpeg  # noqa: F401 - loaded for the next task
    from planner.spatial.distance import signed_distance_mm
    from planner.thermal.warm import warm_up as compile_kernels

    explicit_vr.warm_up()
    # What the window itself runs comes first: compiled here it only loads it, and never compiles under the hand.
    importlib.import_module("planner.rendering.lattice_kernels")
    importlib.import_module("planner.spatial.sample_kernels")
    importlib.import_module("planner.spatial.band_kernels")
    importlib.import_module("planner.spatial.path_kernels")
    importlib.import_module("planner.spatial.survey_kernels")
    box = isotropic_box((0, 0, 0), extent_mm=(4, 4, 4), spacing_mm=1)
    signed_distance_mm(np.pad(np.ones((2, 2, 2), np.bool_), 1), box)
    compile_kernels()
    return Warm()


def _result(request: Predict, *, blobs: BlobStore, progress: Progress) -> SharedResult:
    from planner.thermal.run import simulate

    asked = request_for(request.plan, spacing_mm=request.spacing_mm)
    name = f"result-{asked.input_hash}.json"
    kept = blobs.note(name)
    if kept is not None:
        return codec.decode(kept, SharedResult, where=name)
    body = body_at_rest(asked, request.volume, blobs=blobs, progress=progress)
    result = simulate(asked, body.tissue_map, prepared=body, progress=progress)
    shared = SharedResult.of(with_findings(result, asked), blobs)
    blobs.keep_note(name, canonical_json(shared))
    return shared


def with_findings(result: SimulationResult, asked: SimulationRequest) -> SimulationResult:
    """Add to a prediction's record where it leaves the range that the model was compared in (H-30)."""
    from planner.persistence.uncertainty import model_card
    from planner.thermal.validity import outside_validity

    outside = outside_validity(asked, model_card(), tissue_ids=result.tissue_ids)
    return replace(result, record=replace(result.record, findings=(*result.record.findings, *outside)))


def outside_card(plan: Plan, result: SimulationResult) -> tuple[str, ...]:
    """Say where a plan's prediction leaves the range that the model was compared in, and in which tissues it never was.

    Empty when it stays within the model card.
    """
    from planner.persistence.uncertainty import model_card
    from planner.thermal.validity import outside_validity, uncompared_tissues

    asked = request_for(plan, spacing_mm=result.grid.spacing_ijk_mm[0])
    card, present = model_card(), result.tissue_ids
    uncompared = uncompared_tissues(asked, card, tissue_ids=present)
    return (*outside_validity(asked, card, tissue_ids=present), *([uncompared] if uncompared else []))


def body_at_rest(asked: SimulationRequest, volume: SharedVolume, *, blobs: BlobStore, progress: Progress) -> Prepared:
    """Return the tissue laid out and its temperature before any probe: kept from before, or made now."""
    from planner.thermal.run import prepare
    from planner.thermal.tissue_map import build_tissue_map

    def make() -> Prepared:
        masks: dict[Sha256, NDArray[np.bool_]] = {
            region.mask.sha256: blobs.get(region.mask) for region in asked.regions
        }
        progress(0, 1, "Reading tissue")
        tissue_map = build_tissue_map(asked, volume=volume.open(blobs), masks=masks, progress=progress)
        return prepare(asked, tissue_map, progress=progress)

    return BODIES.get(asked, make)
