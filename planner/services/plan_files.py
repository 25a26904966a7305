"""What else is written of a judged plan? Tables, surfaces, markups and pictures, for other tools."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from planner.domain.errors import PlanInvalid
from planner.domain.exchange import PlanForm
from planner.domain.probe import active_zone_lps_mm

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from planner.domain.assessment import Assessment
    from planner.domain.plan import Plan
    from planner.domain.probe import ProbeModel
    from planner.domain.simulation import SimulationResult
    from planner.domain.uncertainty import BandRow
    from planner.report.figure import ReportFigure
    from planner.services.exposures import ExposureTable, SubjectExposure

MESH_LEVELS_C = (0.0, -20.0, -40.0)
EXPOSURE_HEADINGS = (
    "subject", "kind", "level_c", "share_percent", "share_of", "volume_ml", "total_ml",
    "longest_s", "time_is", "coldest_c", "coldest_is_bound", "mean_c", "is_cut",
)  # fmt: skip


def ice_surfaces(result: SimulationResult, ending: str) -> dict[str, bytes]:
    """Return a surface of each isotherm that exists, named by its temperature; ``ending`` is ``.stl`` or ``.ply``."""
    from planner.rendering.isosurface import Mesh, isotherm_mesh
    from planner.rendering.mesh_files import mesh_bytes

    files = {}
    for level_c in MESH_LEVELS_C:
        mesh = Mesh(*isotherm_mesh(result.minimum_c, result.grid, level_c))
        if not mesh.is_empty:
            files[f"ice_{level_c:g}C{ending}"] = mesh_bytes(mesh, name=f"{level_c:g} °C, LPS mm", ending=ending)
    return files


def probe_surfaces(plan: Plan, models: Sequence[ProbeModel], ending: str) -> dict[str, bytes]:
    """Return each probe as a rod from the skin to its tip, and its active zone, as wide as its shaft.

    A model without a diameter or an active tip has no such surface.
    """
    from planner.rendering.mesh_files import mesh_bytes, rod

    known = {model.id: model for model in models}
    files = {}
    for number, probe in enumerate(plan.probes, start=1):
        model = known.get(probe.model_id)
        if model is None or model.shaft_diameter_mm.value is None:
            continue
        shaft = rod((probe.entry_lps_mm, probe.tip_lps_mm), diameter_mm=model.shaft_diameter_mm.value)
        files[f"probe_{number}{ending}"] = mesh_bytes(shaft, name=f"{probe.label}, LPS mm", ending=ending)
        try:
            zone = rod(active_zone_lps_mm(probe, model), diameter_mm=model.shaft_diameter_mm.value)
        except PlanInvalid:
            continue
        name = f"{probe.label} active zone, LPS mm"
        files[f"probe_{number}_active{ending}"] = mesh_bytes(zone, name=name, ending=ending)
    return files


def tables(assessment: Assessment, exposures: ExposureTable, band: Iterable[BandRow] = ()) -> dict[str, bytes]:
    """Return every check, with its unfavourable end where the band tells one, and every exposure as tables."""
    from planner.report.export import assessment_csv, csv_bytes

    rows = [row for subject in (*exposures.targets, *exposures.structures) for row in _exposure_rows(subject)]
    ends = {(row.subject_id, row.quantity): row.pessimistic for row in band if row.pessimistic is not None}
    return {
        "assessment.csv": assessment_csv(assessment, pessimistic=ends),
        "exposure.csv": csv_bytes(EXPOSURE_HEADINGS, rows),
    }


def _exposure_rows(subject: SubjectExposure) -> Iterator[tuple[str | float | None, ...]]:
    found = subject.exposure
    levels = zip(found.levels_c, found.share_percent, found.volume_ml, found.longest_s, strict=True)
    for level_c, percent, level_ml, longest_s in levels:
        shares = (level_c, percent, subject.share_of, level_ml, subject.total_ml)
        times = (longest_s, subject.time_is)
        coldest = (found.coldest_c, _yes(is_so=found.coldest_is_bound), found.mean_c, _yes(is_so=subject.is_cut))
        yield (subject.name, subject.kind, *shares, *times, *coldest)


def _yes(*, is_so: bool) -> str:
    return "yes" if is_so else "no"


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """A plan with all that was made from one prediction of it."""

    plan: Plan
    result: SimulationResult
    assessment: Assessment
    exposures: ExposureTable
    models: Sequence[ProbeModel]
    figures: Sequence[ReportFigure]
    band: Sequence[BandRow] = ()


def files_in(forms: Sequence[PlanForm], of: Judged) -> dict[str, bytes]:
    """Return the files of the forms asked for, by name."""
    from planner.report.markups import markups

    files: dict[str, bytes] = {}
    if PlanForm.CSV in forms:
        files |= tables(of.assessment, of.exposures, of.band)
    if PlanForm.STL in forms:
        files |= probe_surfaces(of.plan, of.models, ".stl")
    if PlanForm.PLY in forms:
        files |= ice_surfaces(of.result, ".ply") | probe_surfaces(of.plan, of.models, ".ply")
    if PlanForm.MARKUPS in forms:
        files |= markups(of.plan)
    if PlanForm.PNG in forms:
        files |= pictures(of.figures)
    return files


def pictures(figures: Sequence[ReportFigure]) -> dict[str, bytes]:
    """Return each figure as PNG, in their order and by their names; no number is given twice."""
    from planner.report.figure_png import figure_png

    return {f"figure_{n:02d}_{one.name or one.kind.value}.png": figure_png(one) for n, one in enumerate(figures, 1)}
