"""How is the ice predicted and judged? Plan to request, request to temperature, temperature to verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json
from planner.domain.simulation import RESULT_SPACING_MM
from planner.persistence import codec
from planner.services.shared import SharedResult
from planner.services.tasks import Prediction, Warm

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.identity import Sha256
    from planner.domain.plan import Plan
    from planner.domain.progress import Progress
    from planner.domain.simulation import SimulationRequest
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import Predict, WarmUp


def request_for(plan: Plan, *, spacing_mm: float = RESULT_SPACING_MM) -> SimulationRequest:
    """Return what the solver would be asked for this plan; raises PlanInvalid with the sentence why not."""
    from planner.persistence.resources import body_conditions, probe_models, tissues
    from planner.planning.request import simulation_request

    return simulation_request(
        plan, models=probe_models(), tissues=tissues(), conditions=body_conditions(), spacing_mm=spacing_mm
    )


def predict(request: Predict, *, blobs: BlobStore, progress: Progress) -> Prediction:
    """Task: predict the ice of a plan and judge it."""
    from planner.persistence.resources import atlas, probe_models, rule_set
    from planner.planning.assess import assess

    plan = request.plan
    masks = {structure.id: blobs.get(structure.mask) for structure in plan.structures}
    shared = _result(request, blobs=blobs, progress=progress)
    progress(0, 1, "Judging margins")
    verdicts = assess(
        plan,
        shared.open(blobs),
        rules=rule_set(plan.rule_set_id),
        masks=masks,
        atlas=atlas(),
        models=probe_models(),
    )
    return Prediction(shared, verdicts)


def warm_up(request: WarmUp, *, blobs: BlobStore, progress: Progress) -> Warm:
    """Task: load what a first prediction needs and compile the kernels."""
    del request, blobs, progress
    import numpy as np

    from planner.domain.geometry import isotropic_box
    from planner.spatial.distance import signed_distance_mm
    from planner.thermal.warm import warm_up as compile_kernels

    compile_kernels()
    box = isotropic_box((0, 0, 0), extent_mm=(4, 4, 4), spacing_mm=1)
    signed_distance_mm(np.pad(np.ones((2, 2, 2), np.bool_), 1), box)
    return Warm()


def _result(request: Predict, *, blobs: BlobStore, progress: Progress) -> SharedResult:
    from planner.thermal.run import simulate
    from planner.thermal.tissue_map import build_tissue_map

    asked = request_for(request.plan, spacing_mm=request.spacing_mm)
    name = f"result-{asked.input_hash}.json"
    kept = blobs.note(name)
    if kept is not None:
        return codec.decode(kept, SharedResult, where=name)
    masks: dict[Sha256, NDArray[np.bool_]] = {region.mask.sha256: blobs.get(region.mask) for region in asked.regions}
    tissue_map = build_tissue_map(asked, volume=request.volume.open(blobs), masks=masks)
    shared = SharedResult.of(simulate(asked, tissue_map, progress=progress), blobs)
    blobs.keep_note(name, canonical_json(shared))
    return shared
