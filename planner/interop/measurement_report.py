"""How do margins, coverage and temperatures get into an archive as numbers? As a structured report, TID 1500.

One group of measurements for each structure, target and probe: every quantity with its unit in UCUM and the place where
it occurs, nominal and, derived, at the pessimistic edge of the band; every verdict as a code. Quantities and verdicts
have no codes of DICOM's; ours stand in a private scheme of which the meaning is what the report prints (PS3.16 TID
1500, TID 1501, TID 300). What the report's title warns of stands in the series' name and in comments at the head.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

import planner
from planner.domain.errors import InputRefused
from planner.domain.rule import Verdict
from planner.domain.structure import StructureKind
from planner.interop.codes import SCHEME, code_value, name_scheme
from planner.interop.plan_measurements import measurements
from planner.interop.study_header import MANUFACTURER, NAMES, stamp_times, study_header
from planner.segmentation import vocabulary
from planner.segmentation.labelio.dicom_object import DISCLAIMER, MOST_LO, fitting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from planner.domain.assessment import Assessment, Check
    from planner.domain.uncertainty import BandRow
    from planner.interop.plan_measurements import Measured
    from planner.segmentation.labelio.ct_source import CtImage

SERIES_NUMBER = 902
SERIES_DESCRIPTION = "Cryoneurolysis plan: research and training, not clinical"
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


PESSIMISTIC = ("PESSIMISTIC", "At the pessimistic edge of the prediction's band")
"""Code value and meaning of how a pessimistic value is derived."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What a structured report tells beside the checks.

    Parameters
    ----------
    band
        What the band of the prediction means for checks; empty where none was predicted.
    warnings
        Capital words of the report's title, such as ``"OFF-LABEL"``.
    """

    band: tuple[BandRow, ...] = ()
    warnings: tuple[str, ...] = ()


def write_measurement_report(
    path: Path,
    assessment: Assessment,
    *,
    images: Sequence[CtImage],
    frame_of_reference_uid: str,
    made_at: datetime,
    beside: Beside | None = None,
) -> None:
    """Write every check and figure of a plan as a Comprehensive 3D SR in the CT's study.

    Parameters
    ----------
    images
        The CT's images: the evidence.
    frame_of_reference_uid
        Of the places, LPS mm.

    Raises
    ------
    InputRefused
        When nothing was judged, or a number has a unit that is not in :data:`UCUM_OF_UNIT`.
    """
    import highdicom as hd
    from pydicom.sr.codedict import codes

    if not assessment.checks:
        raise InputRefused("Nothing was judged; there is nothing to report.", code="sr-empty")
    told = Beside() if beside is None else beside
    content = hd.sr.MeasurementReport(
        observation_context=_observer(),
        procedure_reported=codes.LN.CTUnspecifiedBodyRegion,
        imaging_measurements=_groups(assessment, told, frame_of_reference_uid),
        title=codes.DCM.ImagingMeasurementReport,
    )
    _say_at_head(content[0].ContentSequence, _head_sentences(told, assessment))
    report = hd.sr.Comprehensive3DSR(
        evidence=_evidence(images),
        content=content[0],
        series_instance_uid=hd.UID(),
        series_number=SERIES_NUMBER,
        sop_instance_uid=hd.UID(),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        series_description=fitting(" · ".join((*told.warnings, SERIES_DESCRIPTION)), MOST_LO),
        specific_character_set="ISO_IR 192",
    )
    for name in NAMES:
        setattr(report, name, images[0].header.get(name, ""))
    report.ManufacturerModelName, report.SoftwareVersions = MANUFACTURER, planner.__version__
    stamp_times(report, made_at, images=images)
    name_scheme(report)
    report.save_as(path, enforce_file_format=True)


def _say_at_head(sequence: Any, sentences: Sequence[str]) -> None:  # noqa: ANN401
    """Put what is said of the whole report before its measurements: what reads from the top reads it first."""
    first = next(at for at, item in enumerate(sequence) if item.ValueType == "CONTAINER")
    for at, sentence in enumerate(sentences):
        sequence.insert(first + at, _text(sentence))


def _head_sentences(told: Beside, assessment: Assessment) -> list[str]:
    """Return what is said of the whole report: warnings, what it is for, what was judged, what a pessimistic value is.

    The hashes are those that the printed report and the files beside it carry: they tell of which plan this is.
    """
    sentences = [f"{words}." for words in told.warnings]
    sentences.append(DISCLAIMER)
    sentences.append(
        f"Judged plan, sha256: {assessment.plan_hash}. Prediction: {assessment.input_hash}. "
        f"Rules: {assessment.rule_set_hash}."
    )
    if told.band:
        sentences.append(
            "Each pessimistic value stands beside its nominal one: margins to structures at the outer edge of the "
            "band, coverage of targets at its inner edge."
        )
    return sentences


def _groups(assessment: Assessment, told: Beside, frame_of_reference_uid: str) -> list[Any]:
    """Return the groups of measurements, one for each subject, in the order of the checks."""
    checks: dict[str, list[Check]] = defaultdict(list)
    for check in assessment.checks:
        checks[check.subject_id].append(check)
    numbers: dict[str, list[Measured]] = defaultdict(list)
    for measured in measurements(assessment, told.band):
        numbers[measured.subject_id].append(measured)
    # A subject of figures that no check names has no words of its own: it is left to the plan.
    return [_group(rows, numbers[subject], frame_of_reference_uid) for subject, rows in checks.items()]


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


def _group(checks: Sequence[Check], numbers: Sequence[Measured], frame_of_reference_uid: str) -> Any:  # noqa: ANN401
    """Return the measurements and verdicts of one subject."""
    import highdicom as hd

    first = checks[0]
    tracking = hd.sr.TrackingIdentifier(
        uid=hd.UID(), identifier=fitting(first.subject_name, MOST_LO) or first.subject_id
    )
    group = hd.sr.MeasurementsAndQualitativeEvaluations(
        tracking_identifier=tracking,
        finding_type=_finding_type(first.subject_kind),
        measurements=[_measurement(each, first.subject_name, frame_of_reference_uid) for each in numbers],
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


def _measurement(measured: Measured, subject_name: str, frame_of_reference_uid: str) -> Any:  # noqa: ANN401
    import highdicom as hd

    if measured.unit not in UCUM_OF_UNIT:
        raise InputRefused(
            f"{subject_name}: {measured.quantity} is in “{measured.unit}”, which has no code for a structured report.",
            code="sr-unit",
        )
    unit, meaning = UCUM_OF_UNIT[measured.unit]
    places = None
    if measured.at_lps_mm is not None and frame_of_reference_uid:
        places = [
            hd.sr.CoordinatesForMeasurement3D(
                graphic_type=hd.sr.GraphicTypeValues3D.POINT,
                graphic_data=np.array([measured.at_lps_mm], dtype=np.float64),
                frame_of_reference_uid=frame_of_reference_uid,
            )
        ]
    derived, words = PESSIMISTIC
    return hd.sr.Measurement(
        name=hd.sr.CodedConcept(code_value(measured.quantity), SCHEME, fitting(measured.quantity, MOST_LO)),
        value=measured.value,
        unit=hd.sr.CodedConcept(unit, "UCUM", meaning),
        derivation=hd.sr.CodedConcept(derived, SCHEME, words) if measured.is_pessimistic else None,
        referenced_coordinates=places,
    )


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
    said = "; ".join(part for part in (check.limit, check.reason) if part)
    return _text(f"{check.quantity}: {check.verdict.value}. {said}")


def _text(words: str) -> Any:  # noqa: ANN401
    import highdicom as hd
    from pydicom.sr.codedict import codes

    return hd.sr.TextContentItem(
        name=codes.DCM.Comment, value=words, relationship_type=hd.sr.RelationshipTypeValues.CONTAINS
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
