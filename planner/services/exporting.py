"""What leaves the program? Report, plan, assessment, exposures and ice surfaces, all from one prediction or none."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from planner.domain.digest import canonical_json
from planner.domain.errors import InputRefused
from planner.domain.site import SiteSettings
from planner.persistence.build_id import version_words
from planner.persistence.leaving import leaving_into, put_in_place
from planner.persistence.site_settings import site_settings
from planner.services.tasks import Exported

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from planner.domain.case_print import CasePages
    from planner.domain.identity import StructureId
    from planner.domain.progress import Progress
    from planner.domain.robustness import Robustness
    from planner.domain.simulation import SimulationResult
    from planner.domain.site_rules import RuleChange
    from planner.domain.volume import Volume
    from planner.persistence.blobs import BlobStore
    from planner.report.figure import ReportFigure
    from planner.report.model import ReportTables
    from planner.report.printed import ReportModel
    from planner.services.picture_words import Say
    from planner.services.tasks import ExportPlan


def export_plan(request: ExportPlan, *, blobs: BlobStore, progress: Progress) -> Exported:
    """Task: write everything a colleague needs to act on, or recompute, the plan into a folder."""
    files = _files(request, blobs=blobs, progress=progress)
    progress(3, 4, "Writing files")
    folder = Path(request.folder)
    with leaving_into(folder, what="The report") as staging:
        for name, data in files.items():
            (staging / name).write_bytes(data)
        for name in files:
            put_in_place(staging / name, folder / name)
    return Exported(tuple(files))


def _files(request: ExportPlan, *, blobs: BlobStore, progress: Progress) -> dict[str, bytes]:
    """Return every file by its name."""
    from planner.report.export import assessment_json, plan_json
    from planner.report.model import ReportStamp, build_report
    from planner.services.dicom_tasks import JudgedPlan
    from planner.services.exposures import exposure_json, exposure_table
    from planner.services.figures import pictured_plan, report_figures
    from planner.services.picture_words import say_in
    from planner.services.plan_files import Judged, files_in, ice_surfaces
    from planner.services.robustness_figures import robustness_figures

    plan, result = request.plan, request.prediction.result.open(blobs)
    volume = request.volume.open(blobs)
    masks = {structure.id: blobs.get(structure.mask) for structure in plan.structures}
    tables = _with_case(_tables(request, result, volume=volume, masks=masks, blobs=blobs), request, result)
    model = build_report(
        plan,
        identity=request.identity,
        result=result,
        assessment=request.prediction.assessment,
        tables=tables,
        stamp=ReportStamp(datetime.fromisoformat(request.made_at), version_words()),
    )
    progress(0, 4, "Drawing figures")
    judged = JudgedPlan(plan, request.prediction.result, request.prediction.assessment, request.uncertainty)
    say = say_in(request.language)
    figures = report_figures(pictured_plan(judged, volume=volume, blobs=blobs, say=say))
    exposures = exposure_table(plan, result, request.prediction.assessment)
    progress(2, 4, "Setting the report")
    return {
        "report.pdf": _report(
            model, (*figures, *robustness_figures(tables.robustness, say=say), *_course(request, say)), request
        ),
        "plan.json": plan_json(plan),
        "assessment.json": assessment_json(request.prediction.assessment),
        "exposure.json": exposure_json(exposures),
        **({} if tables.uncertainty is None else {"range.json": canonical_json(tables.uncertainty)}),
        **({} if tables.robustness is None else {"robustness.json": canonical_json(tables.robustness)}),
        **ice_surfaces(result, ".stl"),
        **files_in(
            request.forms,
            Judged(
                plan,
                result,
                request.prediction.assessment,
                exposures,
                tables.models,
                figures,
                band=() if request.uncertainty is None else request.uncertainty.rows,
            ),
        ),
    }


def _report(model: ReportModel, figures: Sequence[ReportFigure], request: ExportPlan) -> bytes:
    """Return the report on its paper, in its language."""
    from planner.report.labels import LABELS
    from planner.report.pdf import render_pdf
    from planner.report.translated import translated, translated_figures

    model, labels = translated(model, LABELS, request.language)
    names = [structure.name for structure in request.plan.structures]
    told = translated_figures(figures, request.language, names=names)
    return render_pdf(model, told, labels=labels, paper=request.paper)


def _pages(request: ExportPlan) -> CasePages | None:
    """Return what is printed of the case; where nobody may be named, neither names nor typed words (H-43)."""
    from dataclasses import replace

    pages = request.case
    if pages is None or pages.parts.is_nothing:
        return None
    return replace(pages, parts=replace(pages.parts, is_nobodys=pages.parts.is_nobodys or request.is_nobodys))


def _course(request: ExportPlan, say: Say) -> tuple[ReportFigure, ...]:
    """Return how the patient fared, as a picture."""
    from planner.services.case_pages import course_pictures

    pages = _pages(request)
    return () if pages is None else course_pictures(pages, say=say)


def _with_case(tables: ReportTables, request: ExportPlan, result: SimulationResult) -> ReportTables:
    """Add the pages of the case that the plan is in, and the case as a file."""
    from dataclasses import replace

    from planner.services.case_pages import case_files, printed_pages
    from planner.services.case_plans import planned_procedure

    pages = _pages(request)
    if pages is None:
        return tables
    planned = planned_procedure(request.plan, result) if pages.parts.form else None
    printed, fact = printed_pages(pages, plan=request.plan, planned=planned)
    return replace(tables, case=printed, case_fact=fact, attached=(*tables.attached, *case_files(pages)))


def _robustness(request: ExportPlan, blobs: BlobStore) -> Robustness | None:
    """Return what many draws said, as the store has it.

    Raises
    ------
    InputRefused
        When it was there for whoever asked and is there no more: the report must not say that nobody looked.
    """
    from planner.services.robustness_kept import kept

    if request.robustness is None:
        return None
    told = kept(request.robustness, blobs)
    if told is None:
        raise InputRefused("The draws of this plan are no longer in the store. Run them again.", code="robustness-gone")
    return told


def _rule_changes(*, is_nobodys: bool) -> tuple[RuleChange, ...]:
    """Return the site's record of its rules; without names and what somebody typed where nobody may be named (H-43)."""
    from dataclasses import replace

    from planner.persistence.site_rules import read_changes, site_rules_file

    changes = read_changes(site_rules_file())
    return tuple(replace(change, who="", why="") for change in changes) if is_nobodys else changes


def _tables(
    request: ExportPlan,
    result: SimulationResult,
    *,
    volume: Volume,
    masks: Mapping[StructureId, NDArray[np.bool_]],
    blobs: BlobStore,
) -> ReportTables:
    """Return the tables that the report is made with, and the files that travel in it."""
    from planner.persistence.resources import advice, atlas, probe_models, rule_set, tissues
    from planner.persistence.technique_table import robustness_table
    from planner.persistence.uncertainty import model_card, uncertainty_ranges
    from planner.planning.probe_facts import facts_of_probes
    from planner.planning.surface_index import SurfaceStore
    from planner.report.attached import Attachable, attachments
    from planner.report.model import ReportTables
    from planner.services.measuring import printed_measurements
    from planner.services.prediction import outside_card, request_for
    from planner.services.range_words import band_words

    plan, shared = request.plan, request.uncertainty
    rules = rule_set(plan.rule_set_id)
    made = Attachable(
        plan,
        request.prediction.assessment,
        request_for(plan, spacing_mm=result.grid.spacing_ijk_mm[0]),
        result,
        rules,
        atlas(),
        masks,
        uncertainty=None if shared is None else shared.prediction,
        ranges=None if shared is None else uncertainty_ranges(),
        range_request=None if shared is None else request_for(plan, spacing_mm=shared.prediction.spacing_mm),
        band=() if shared is None else shared.rows,
        robustness=_robustness(request, blobs),
    )
    site = SiteSettings() if request.is_nobodys else site_settings()
    return ReportTables(
        probe_models(),
        rules,
        tissues(),
        card=model_card(),
        outside=outside_card(plan, result),
        uncertainty=made.uncertainty,
        robustness=made.robustness,
        robustness_table=robustness_table(),
        measured=printed_measurements(plan, volume),
        atlas=atlas(),
        advice=advice(),
        attached=attachments(made),
        band=made.band,
        band_words="" if shared is None else band_words(shared.error_mm),
        probe_facts=facts_of_probes(
            plan, masks, models={model.id: model for model in probe_models()}, surfaces=SurfaceStore()
        ),
        site_name=site.name,
        rule_changes=_rule_changes(is_nobodys=request.is_nobodys),
        site_texts={entry.atlas_id: entry.text for entry in site.risk_texts},
    )
