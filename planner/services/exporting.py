"""What leaves the program? Report, plan, assessment, exposures and ice surfaces, all from one prediction or none."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from planner import __version__
from planner.domain.digest import canonical_json
from planner.persistence.leaving import leaving_into, put_in_place
from planner.services.tasks import Exported

if TYPE_CHECKING:
    from planner.domain.progress import Progress
    from planner.domain.simulation import SimulationResult
    from planner.persistence.blobs import BlobStore
    from planner.services.tasks import ExportPlan

MESH_LEVELS_C = (0.0, -20.0, -40.0)


def export_plan(request: ExportPlan, *, blobs: BlobStore, progress: Progress) -> Exported:
    """Task: write everything a colleague needs to act on, or recompute, the plan into a folder."""
    from planner.persistence.resources import advice, atlas, probe_models, rule_set, tissues
    from planner.persistence.uncertainty import model_card
    from planner.report.export import assessment_json, plan_json
    from planner.report.model import ReportStamp, ReportTables, build_report
    from planner.report.pdf import render_pdf
    from planner.services.depiction import ice_band
    from planner.services.exposures import exposure_json, exposure_table
    from planner.services.figures import report_figures
    from planner.services.measuring import printed_measurements
    from planner.services.prediction import outside_card

    plan, result = request.plan, request.prediction.result.open(blobs)
    volume = request.volume.open(blobs)
    stamp = ReportStamp(datetime.fromisoformat(request.made_at.replace("Z", "+00:00")), __version__)
    tables = ReportTables(
        probe_models(),
        rule_set(plan.rule_set_id),
        tissues(),
        card=model_card(),
        outside=outside_card(plan, result),
        uncertainty=None if request.uncertainty is None else request.uncertainty.prediction,
        measured=printed_measurements(plan, volume),
        atlas=atlas(),
        advice=advice(),
    )
    model = build_report(
        plan,
        identity=request.identity,
        result=result,
        assessment=request.prediction.assessment,
        tables=tables,
        stamp=stamp,
    )
    progress(0, 4, "Drawing figures")
    masks = {structure.id: blobs.get(structure.mask) for structure in plan.structures}
    figures = report_figures(
        plan,
        volume=volume,
        masks=masks,
        models=tables.models,
        result=result,
        band=None if request.uncertainty is None else ice_band(request.uncertainty, blobs),
    )
    progress(2, 4, "Setting the report")
    files = {
        "report.pdf": render_pdf(model, figures),
        "plan.json": plan_json(plan),
        "assessment.json": assessment_json(request.prediction.assessment),
        "exposure.json": exposure_json(exposure_table(plan, result, masks)),
        **({} if tables.uncertainty is None else {"range.json": canonical_json(tables.uncertainty)}),
        **_meshes(result),
    }
    progress(3, 4, "Writing files")
    folder = Path(request.folder)
    with leaving_into(folder, what="The report") as staging:
        for name, data in files.items():
            (staging / name).write_bytes(data)
        for name in files:
            put_in_place(staging / name, folder / name)
    return Exported(tuple(files))


def _meshes(result: SimulationResult) -> dict[str, bytes]:
    """Return one STL per isotherm that exists, named by its temperature."""
    from planner.rendering.isosurface import isotherm_mesh, stl_bytes

    files = {}
    for level_c in MESH_LEVELS_C:
        points, triangles = isotherm_mesh(result.minimum_c, result.grid, level_c)
        if len(triangles):
            files[f"ice_{level_c:g}C.stl"] = stl_bytes(points, triangles, name=f"{level_c:g} °C, LPS mm")
    return files
