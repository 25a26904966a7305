"""What ice would another placement make? Computed as the draws of a plan are, for the eye and for no verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.domain.uncertainty import IceCase
from planner.services.ghost_tasks import SharedGhostIce
from planner.services.robustness import PREVIEW_SPACING_MM

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.persistence.blobs import BlobStore
    from planner.services.ghost_tasks import GhostIce


def ghost_ice(request: GhostIce, *, blobs: BlobStore, progress: Progress) -> SharedGhostIce:
    """Task: compute the ice of a placement on the cells and with the steps of the draws.

    Its box encloses this placement alone, so its edges may differ from those of the draw by some hundredths of a mm.

    Raises
    ------
    PlanInvalid
        When a probe's active zone lies outside the scan, or its model is not known.
    """
    from planner.persistence.resources import body_conditions, probe_models, tissues
    from planner.persistence.uncertainty import uncertainty_ranges
    from planner.planning.request import boxed_request, common_box
    from planner.services.prediction import body_at_rest
    from planner.services.robustness_draws import require_within_scan
    from planner.thermal.checks import reaches_edge
    from planner.thermal.run import coldest_c
    from planner.thermal.uncertainty import variants

    plan, models = request.plan, probe_models()
    require_within_scan(plan.probes, {model.id: model for model in models}, plan.volume.grid)
    box = common_box([plan], models=models, spacing_mm=PREVIEW_SPACING_MM)
    asked = boxed_request(plan, box, models=models, tissues=tissues(), conditions=body_conditions())
    if request.case is not IceCase.NOMINAL:
        asked = variants(asked, uncertainty_ranges())[request.case]
    body = body_at_rest(asked, request.volume, blobs=blobs, progress=progress)
    progress(0, 1, "Computing the ice")
    field_c = coldest_c(asked, body, quality="preview")
    return SharedGhostIce(box, blobs.put(field_c), reaches_edge(body.baseline_c, field_c, field_c))
