"""How is a scan said in the terminal? As aligned lines for people, as JSON for programs: the same facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from planner.domain.review import Finding
    from planner.domain.series import ScanReport, SeriesSummary


def report_json(report: ScanReport) -> dict[str, Any]:
    """Return every series with its findings, and every file left out with its reason."""
    return {
        "source": report.folder,
        "files_read": report.files_read,
        "skipped": report.skipped,
        "usable": sum(is_usable(series) for series in report.series),
        "series": [_series_json(series) for series in report.series],
        "rejected": [{"path": r.path, "code": r.code, "message": r.sentence} for r in report.rejected],
    }


def finding_json(finding: Finding) -> dict[str, Any]:
    """Return one finding; ``value`` is null where nothing was measured."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "message": finding.sentence,
        "value": finding.value,
        "unit": finding.unit,
    }


def is_usable(series: SeriesSummary) -> bool:
    """Whether a plan can be made on it, now or once its findings are accepted."""
    from planner.domain.series import SeriesVerdict

    return series.verdict is not SeriesVerdict.NOT_USABLE


def report_lines(report: ScanReport) -> Iterator[str]:
    """Yield the report as lines: patient, study, series with verdict and findings, files left out, a count."""
    patient = study = None
    for series in report.series:
        if (series.patient.label, series.study_instance_uid) != (patient, study):
            patient, study = series.patient.label, series.study_instance_uid
            when = series.patient.study_date or "no date"
            yield f"{patient} · {when}"
        yield from _series_lines(series)
    if report.series:
        yield ""
    if report.rejected:
        yield f"Left out ({len(report.rejected)}):"
        yield from (f"  {rejected.path}: {rejected.sentence}" for rejected in report.rejected)
        yield ""
    usable = sum(is_usable(series) for series in report.series)
    yield f"{report.files_read} files, {len(report.series)} series, {usable} usable."


def _series_lines(series: SeriesSummary) -> Iterator[str]:
    yield f"  {series.verdict.value}: {series.label} · {series.modality or 'no modality'}{_part(series)}"
    facts = ["1 image" if series.images == 1 else f"{series.images} images"]
    if series.size_ji[0]:
        facts.append(f"{series.size_ji[1]} × {series.size_ji[0]}")
    if series.spacing_ijk_mm is not None:
        facts.append(" × ".join(f"{mm:.4g}" for mm in series.spacing_ijk_mm) + " mm")
    facts += [text for text in (series.detail, series.compression, series.scanner) if text]
    yield f"    {' · '.join(facts)}"
    yield f"    UID {series.series_instance_uid or 'none'}"
    for finding in series.findings:
        # A bare count says nothing beside its sentence.
        measured = "" if finding.value is None or not finding.unit else f" [{finding.value:.4g} {finding.unit}]"
        yield f"    {finding.severity.name} {finding.code}{measured}: {finding.sentence}"


def _part(series: SeriesSummary) -> str:
    return f" · part “{series.part}”" if series.part else ""


def _series_json(series: SeriesSummary) -> dict[str, Any]:
    spacing = series.spacing_ijk_mm
    return {
        "key": series.key,
        "series_instance_uid": series.series_instance_uid,
        "study_instance_uid": series.study_instance_uid,
        "part": series.part,
        "patient": {
            "name": series.patient.patient_name,
            "id": series.patient.patient_id,
            "sex": series.patient.sex,
            "birth_date": series.patient.birth_date,
        },
        "study_date": series.patient.study_date,
        "study_description": series.patient.study_description,
        "label": series.label,
        "modality": series.modality,
        "date": series.date,
        "detail": series.detail,
        "scanner": series.scanner,
        "compression": series.compression,
        "patient_position": series.patient_position,
        "images": series.images,
        "rows": series.size_ji[0],
        "columns": series.size_ji[1],
        "spacing_ijk_mm": None if spacing is None else list(spacing),
        "extent_hf_mm": None if series.extent_hf_mm is None else list(series.extent_hf_mm),
        "spacing_off_mm": series.spacing_off_mm,
        "tilt_deg": series.tilt_deg,
        "verdict": series.verdict.value,
        "message": series.sentence,
        "findings": [finding_json(finding) for finding in series.findings],
        "slices": [{"path": part.path, "frame": part.frame} for part in series.slices],
    }
