"""How do margins, coverage and temperatures get into an archive as numbers? As a structured report, TID 1500.

One group of measurements for each structure, target and probe: every quantity with its unit in UCUM and the place where
it occurs, every verdict as a code. Quantities and verdicts have no codes of DICOM's; ours stand in a private scheme of
which the meaning is what the report prints (PS3.16 TID 1500, TID 1501, TID 300).
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

import planner
from planner.domain.errors import InputRefused
from planner.domain.rule import Verdict
from planner.domain.structure import StructureKind
from planner.interop.study_header import MANUFACTURER, NAMES, stamp_times, study_header
from planner.segmentation import vocabulary
from planner.segmentation.labelio.dicom_object import MOST_LO, fitting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from planner.domain.assessment import Assessment, Check
    from planner.segmentation.labelio.ct_source import CtImage

SERIES_NUMBER = 902
SERIES_DESCRIPTION = "Cryoneurolysis plan: research and training, not clinical"
SCHEME = "99FROSTLINE"
UCUM_OF_UNIT = {
    "mm": ("mm", "mm"),
    "cm": ("cm", "cm"),
    "°C": ("Cel", "degrees Celsius"),
    "%": ("%", "percent"),
    "mL": ("ml", "milliliter"),
    "°": ("deg", "degree"),
    "s": ("s", "second"),
    "min": ("min", "minute"),
    "weeks": ("wk", "week"),
    "months": ("mo", "month"),
    "": ("1", "no units"),
}
"""The units of checks in UCUM: code and meaning."""


def write_measurement_report(
    path: Path,
    assessment: Assessment,
    *,
    images: Sequence[CtImage],
    frame_of_reference_uid: str,
    made_at: datetime,
) -> None:
    """Write every check of a plan as a Comprehensive 3D SR in the CT's study.

    Parameters
    ----------
    images
        The CT's images: the evidence.
    frame_of_reference_uid
        Of the places, LPS mm.

    Raises
    ------
    InputRefused
        When nothing was judged, or a check has a unit that is not in :data:`UCUM_OF_UNIT`.
    """
    import highdicom as hd
    from pydicom.sr.codedict import codes

    if not assessment.checks:
        raise InputRefused("Nothing was judged; there is nothing to report.", code="sr-empty")
    by_subject: dict[str, list[Check]] = defaultdict(list)
    for check in assessment.checks:
        by_subject[check.subject_id].append(check)
    content = hd.sr.MeasurementReport(
        observation_context=_observer(),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=[_group(checks, frame_of_reference_uid) for checks in by_subject.values()],
        title=codes.DCM.ImagingMeasurementReport,
    )
    report = hd.sr.Comprehensive3DSR(
        evidence=_evidence(images),
        content=content[0],
        series_instance_uid=hd.UID(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        series_description=SERIES_DESCRIPTION,
        specific_character_set="ISO_IR 192",
    )
    for name in NAMES:
        setattr(report, name, images[0].header.get(name, ""))
    report.ManufacturerModelName, report.SoftwareVersions = MANUFACTURER, planner.__version__
    stamp_times(report, made_at, images=images)
    report.save_as(path, enforce_file_format=True)


def code_value(words: str) -> str:
    """Return the private code value of a quantity: the same for the same words, at most 16 characters."""
    return hashlib.sha256(words.encode()).hexdigest()[:16].upper()


def _observer() -> Any:  # noqa: ANN401 - highdicom is untyped here
    """Name the program as the observer: no person measured."""
    import highdicom as hd
    from pydicom.sr.codedict import codes

    device = hd.sr.DeviceObserverIdentifyingAttributes(
        uid=hd.UID.from_uuid("5f0d1f3a-6c1b-4d0a-9a55-3b9c7f1d2e46"),  # of the program, not of a machine
        name=MANUFACTURER,
        manufacturer_name=MANUFACTURER,
        model_name=f"{MANUFACTURER} {planner.__version__}",
    )
    context = hd.sr.ObserverContext(observer_type=codes.DCM.Device, observer_identifying_attributes=device)
    return hd.sr.ObservationContext(observer_device_context=context)


def _group(checks: Sequence[Check], frame_of_reference_uid: str) -> Any:  # noqa: ANN401
    """Return the measurements and verdicts of one subject."""
    import highdicom as hd

    first = checks[0]
    tracking = hd.sr.TrackingIdentifier(
        uid=hd.UID(), identifier=fitting(first.subject_name, MOST_LO) or first.subject_id
    )
    group = hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking,
        finding_type=_finding_type(first.subject_kind),
        measurements=[_measurement(check, frame_of_reference_uid) for check in checks if check.value is not None],
        qualitative_evaluations=[_verdict(check) for check in checks],
    )
    for check in checks:
        if check.reason or check.limit:
            group[0].ContentSequence.append(_comment(check))
    return group


def _finding_type(subject_kind: str) -> Any:  # noqa: ANN401
    """Return a structure's SNOMED code; for targets and probes one of ours."""
    from highdicom.sr import CodedConcept

    if subject_kind in {kind.value for kind in StructureKind}:
        concept = vocabulary.CODES[StructureKind(subject_kind)].type
        return CodedConcept(concept.value, "SCT", concept.meaning)
    return CodedConcept(code_value(subject_kind), SCHEME, fitting(subject_kind, MOST_LO))


def _measurement(check: Check, frame_of_reference_uid: str) -> Any:  # noqa: ANN401
    import highdicom as hd

    if check.unit not in UCUM_OF_UNIT:
        raise InputRefused(
            f"{check.subject_name}: {check.quantity} is in “{check.unit}”, which has no code for a structured report.",
            code="sr-unit",
        )
    unit, meaning = UCUM_OF_UNIT[check.unit]
    places = None
    if check.worst_point_lps_mm is not None and frame_of_reference_uid:
        places = [
            hd.sr.CoordinatesForMeasurement3D(
                graphic_type=hd.sr.GraphicTypeValues3D.POINT,
                graphic_data=np.array([check.worst_point_lps_mm], dtype=np.float64),
                frame_of_reference_uid=frame_of_reference_uid,
            )
        ]
    return hd.sr.Measurement(
        name=_quantity(check),
        value=float(check.value or 0.0),
        unit=hd.sr.CodedConcept(unit, "UCUM", meaning),
        referenced_coordinates=places,
    )


def _quantity(check: Check) -> Any:  # noqa: ANN401
    from highdicom.sr import CodedConcept

    return CodedConcept(code_value(check.quantity), SCHEME, fitting(check.quantity, MOST_LO))


def _verdict(check: Check) -> Any:  # noqa: ANN401
    import highdicom as hd

    words = fitting(f"Verdict: {check.quantity}", MOST_LO)
    return hd.sr.QualitativeEvaluation(
        name=hd.sr.CodedConcept(code_value(f"Verdict: {check.quantity}"), SCHEME, words),
        value=hd.sr.CodedConcept(VERDICT_CODES[check.verdict], SCHEME, check.verdict.value),
    )


VERDICT_CODES = {verdict: verdict.name for verdict in Verdict}
"""Code values of the four verdicts."""


def _comment(check: Check) -> Any:  # noqa: ANN401
    """Say the limit and the reason of a check in words."""
    import highdicom as hd
    from pydicom.sr.codedict import codes

    said = "; ".join(part for part in (check.limit, check.reason) if part)
    return hd.sr.TextContentItem(
        name=codes.DCM.Comment,
        value=f"{check.quantity}: {check.verdict.value}. {said}",
        relationship_type=hd.sr.RelationshipTypeValues.CONTAINS,
    )


def _evidence(images: Sequence[CtImage]) -> list[Any]:
    """Return a stand-in for each of the CT's files: patient, study, series and instance, and nothing that is not valid.

    Names are left empty in them: highdicom warns about every one that it would write otherwise.
    """
    from copy import deepcopy

    shared = study_header(images)
    for name in NAMES:
        setattr(shared, name, "")
    stand_ins: dict[str, Any] = {}
    for image in images:
        uid = str(image.header.SOPInstanceUID)
        if uid not in stand_ins:
            stand_ins[uid] = deepcopy(shared)
            for name in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID"):
                setattr(stand_ins[uid], name, image.header[name].value)
    return list(stand_ins.values())
