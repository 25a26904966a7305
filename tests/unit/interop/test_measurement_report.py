"""Do the numbers of an assessment arrive in a structured report, each with its unit, place and verdict?"""

from __future__ import annotations

import shutil
import subprocess
from xml.etree import ElementTree as ET

import pydicom
import pytest

from planner.domain.assessment import Assessment, Check
from planner.domain.errors import InputRefused
from planner.domain.rule import Verdict
from planner.domain.structure_figures import LevelVolume, StructureFigures
from planner.domain.target_figures import LevelReach, TargetFigures
from planner.domain.uncertainty import BandRow
from planner.interop.measurement_report import Beside, write_measurement_report
from tests.unit.interop.conftest import FRAME, MADE_AT, STUDY

LUNG = Check(
    "s1", "Lung, right", "lung", "0 °C edge", Verdict.CHECK, -1.9, "mm", "≥ 5 mm", "Move it.", (1.5, -2.0, 4.0)
)
NERVE = Check("t1", "Right intercostal nerve T8", "target nerve", "treated length", Verdict.PASS, 25.0, "mm")
COLD = Check("t1", "Right intercostal nerve T8", "target nerve", "minimum temperature", Verdict.PASS, -75.25, "°C")
GONE = Check("expected:aorta", "Aorta", "artery", "not segmented", Verdict.NOT_ASSESSED, reason="Not segmented.")
ASSESSMENT = Assessment("a" * 64, "b" * 64, "c" * 64, (LUNG, NERVE, COLD, GONE))


@pytest.fixture
def written(tmp_path, images):
    path = tmp_path / "sr.dcm"
    write_measurement_report(path, ASSESSMENT, images=images, frame_of_reference_uid=FRAME, made_at=MADE_AT)
    return path


def _items(item, value_type):
    for child in item.get("ContentSequence", []):
        if child.ValueType == value_type:
            yield child
        yield from _items(child, value_type)


def test_every_value_stands_under_its_subject_with_unit_and_place(written):
    found = pydicom.dcmread(written)
    assert (found.StudyInstanceUID, str(found.PatientName), found.PatientID) == (STUDY, "Müller^Änne", "P-77")
    groups = [g for g in _items(found, "CONTAINER") if g.ConceptNameCodeSequence[0].CodeMeaning == "Measurement Group"]
    told = {}
    for group in groups:
        (name,) = [
            t.TextValue for t in _items(group, "TEXT") if "Identifier" in t.ConceptNameCodeSequence[0].CodeMeaning
        ]
        for number in _items(group, "NUM"):
            measured = number.MeasuredValueSequence[0]
            unit = measured.MeasurementUnitsCodeSequence[0]
            assert unit.CodingSchemeDesignator == "UCUM"
            what = number.ConceptNameCodeSequence[0].CodeMeaning
            told[name, what] = (float(measured.NumericValue), unit.CodeValue)
    assert told == {
        ("Lung, right", "0 °C edge"): (-1.9, "mm"),
        ("Right intercostal nerve T8", "treated length"): (25.0, "mm"),
        ("Right intercostal nerve T8", "minimum temperature"): (-75.25, "Cel"),
    }
    (place,) = list(_items(found, "SCOORD3D"))
    assert list(place.GraphicData) == [1.5, -2.0, 4.0]
    assert place.ReferencedFrameOfReferenceUID == FRAME


def test_the_head_says_by_hash_which_plan_prediction_and_rules_were_judged(written):
    texts = [item.TextValue for item in pydicom.dcmread(written).ContentSequence if item.ValueType == "TEXT"]
    assert sum("a" * 64 in text and "b" * 64 in text and "c" * 64 in text for text in texts) == 1


def test_every_verdict_and_what_was_not_assessed_is_told(written):
    found = pydicom.dcmread(written)
    verdicts = [
        (code.ConceptNameCodeSequence[0].CodeMeaning, code.ConceptCodeSequence[0].CodeMeaning)
        for code in _items(found, "CODE")
        if code.ConceptNameCodeSequence[0].CodeMeaning.startswith("Verdict")
    ]
    assert verdicts == [
        ("Verdict: 0 °C edge", "CHECK"),
        ("Verdict: treated length", "PASS"),
        ("Verdict: minimum temperature", "PASS"),
        ("Verdict: not segmented", "NOT ASSESSED"),
    ]
    texts = [t.TextValue for t in _items(found, "TEXT")]
    assert "0 °C edge: CHECK. ≥ 5 mm; Move it." in texts
    assert "not segmented: NOT ASSESSED. Not segmented." in texts


@pytest.mark.parametrize("program", ["dciodvfy", "dsrdump"])
def test_other_programs_accept_it(written, program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    check = subprocess.run([program, written], capture_output=True, text=True, check=False)
    lines = (check.stdout + check.stderr).splitlines()
    assert [line for line in lines if line.startswith(("Error", "E:", "F:"))] == []


def test_a_unit_without_a_code_is_refused_by_name(tmp_path, images):
    odd = Check("p", "P1", "probe", "speed", Verdict.PASS, 1.0, "knots")
    assessment = Assessment("a" * 64, "b" * 64, "c" * 64, (odd,))
    with pytest.raises(InputRefused, match="P1: speed is in “knots”"):
        write_measurement_report(
            tmp_path / "x.dcm", assessment, images=images, frame_of_reference_uid=FRAME, made_at=MADE_AT
        )


# ---------------------------------------------------------------- figures and band beside the checks

FIGURES = TargetFigures(
    "t1",
    (LevelReach(-20.0, length_mm=25.0, longest_mm=22.5, hold_s=61.5), LevelReach(-40.0, length_mm=8.25, core_s=30.0)),
    coldest_c=-75.25,
    warmest_c=-3.5,
    around_percent=62.5,
    under_treated_mm=((1.0, 2.5), (8.0, 9.0)),
    coldest_at_lps_mm=(9.0, 8.0, 7.0),
    segment_mm=(0.0, 30.0),
)
LUNG_FIGURES = StructureFigures(
    "s1",
    minimum_c=-11.0,
    minimum_at_lps_mm=(1.0, 2.0, 3.0),
    edge_mm=-1.9,
    edge_at_lps_mm=(1.5, -2.0, 4.0),
    treatment_mm=2.75,
    treatment_at_lps_mm=(1.0, -2.0, 4.5),
    volumes=(LevelVolume(0.0, 0.375, 1.5), LevelVolume(-20.0, 0.0, 0.0)),
)
BAND = (
    BandRow("s1", "Lung, right", "0 °C edge", "mm", -5.0, -1.9, 1.2),
    BandRow("s1", "Lung, right", "coldest", "°C", -30.0, -11.0, 4.0),
    BandRow("t1", "Right intercostal nerve T8", "treated length", "mm", 18.5, 25.0, 31.0),
    BandRow("t1", "Right intercostal nerve T8", "not told", "mm", None, 25.0, None),
)


@pytest.fixture
def full(tmp_path, images):
    path = tmp_path / "full.dcm"
    told = Assessment("a" * 64, "b" * 64, "c" * 64, ASSESSMENT.checks, targets=(FIGURES,), structures=(LUNG_FIGURES,))
    write_measurement_report(
        path,
        told,
        images=images,
        frame_of_reference_uid=FRAME,
        made_at=MADE_AT,
        beside=Beside(BAND, ("OFF-LABEL TARGET", "BLOCK NOT RECORDED")),
    )
    return path


def numbers_of(path):
    """Every number with subject, quantity, unit, derivation and place: read with pydicom alone."""
    told = {}
    for group in _items(pydicom.dcmread(path), "CONTAINER"):
        if group.ConceptNameCodeSequence[0].CodeMeaning != "Measurement Group":
            continue
        (subject,) = [
            t.TextValue for t in _items(group, "TEXT") if "Identifier" in t.ConceptNameCodeSequence[0].CodeMeaning
        ]
        for number in _items(group, "NUM"):
            measured = number.MeasuredValueSequence[0]
            derived = [
                code.ConceptCodeSequence[0].CodeValue
                for code in _items(number, "CODE")
                if code.ConceptNameCodeSequence[0].CodeMeaning == "Derivation"
            ]
            places = [tuple(place.GraphicData) for place in _items(number, "SCOORD3D")]
            key = (subject, number.ConceptNameCodeSequence[0].CodeMeaning, *derived)
            assert key not in told
            unit = measured.MeasurementUnitsCodeSequence[0].CodeValue
            told[key] = (float(measured.NumericValue), unit, *places)
    return told


def test_pessimistic_values_figures_and_places_arrive_with_their_units(full):
    lung, nerve = "Lung, right", "Right intercostal nerve T8"
    level = "full cross-section"
    assert numbers_of(full) == {
        (lung, "0 °C edge"): (-1.9, "mm", (1.5, -2.0, 4.0)),
        (lung, "0 °C edge", "PESSIMISTIC"): (-5.0, "mm"),
        (lung, "coldest"): (-11.0, "Cel"),
        (lung, "coldest", "PESSIMISTIC"): (-30.0, "Cel"),
        (lung, "minimum temperature"): (-11.0, "Cel", (1.0, 2.0, 3.0)),
        (lung, "signed distance of the 0 °C edge"): (-1.9, "mm", (1.5, -2.0, 4.0)),
        (lung, "signed distance of the treatment isotherm"): (2.75, "mm", (1.0, -2.0, 4.5)),
        (lung, "volume at or below 0 °C"): (0.375, "ml"),
        (lung, "share of the volume at or below 0 °C"): (1.5, "%"),
        (lung, "volume at or below −20 °C"): (0.0, "ml"),
        (lung, "share of the volume at or below −20 °C"): (0.0, "%"),
        (nerve, "treated length"): (25.0, "mm"),
        (nerve, "treated length", "PESSIMISTIC"): (18.5, "mm"),
        (nerve, "minimum temperature"): (-75.25, "Cel"),
        (nerve, f"length at or below −20 °C, {level}"): (25.0, "mm"),
        (nerve, f"longest piece at or below −20 °C, {level}"): (22.5, "mm"),
        (nerve, "time at or below −20 °C of what is asked for"): (61.5, "s"),
        (nerve, f"length at or below −40 °C, {level}"): (8.25, "mm"),
        (nerve, "longest time at or below −40 °C"): (30.0, "s"),
        (nerve, "coldest temperature reached"): (-75.25, "Cel", (9.0, 8.0, 7.0)),
        (nerve, "warmest temperature reached"): (-3.5, "Cel"),
        (nerve, "least share of the circumference at the treatment isotherm"): (62.5, "%"),
        (nerve, "length in the neurapraxia band"): (2.5, "mm"),
        (nerve, "length below the caution temperature"): (0.0, "mm"),
        (nerve, "length below the temperature of neurotmesis"): (0.0, "mm"),
    }


def test_what_the_title_warns_of_stands_at_the_head_and_in_the_series_name(full):
    found = pydicom.dcmread(full)
    assert found.SeriesDescription.startswith("OFF-LABEL TARGET · BLOCK NOT RECORDED")
    kinds = [item.ValueType for item in found.ContentSequence]
    head = found.ContentSequence[: kinds.index("CONTAINER")]
    comments = [item for item in head if item.ConceptNameCodeSequence[0].CodeMeaning == "Comment"]
    assert [item.TextValue for item in comments][:3] == [
        "OFF-LABEL TARGET.", "BLOCK NOT RECORDED.", "For research and training, not for clinical use.",
    ]  # fmt: skip
    assert found.CodingSchemeIdentificationSequence[-1].CodingSchemeDesignator == "99FROSTLINE"


@pytest.mark.parametrize("program", ["dciodvfy", "dsrdump"])
def test_other_programs_accept_all_of_it(full, program):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    check = subprocess.run([program, full], capture_output=True, text=True, check=False)
    lines = (check.stdout + check.stderr).splitlines()
    assert [line for line in lines if line.startswith(("Error", "E:", "F:"))] == []


def test_dcmtk_reads_the_same_numbers(full):
    """A second implementation: its own parser of structured reports."""
    if shutil.which("dsr2xml") is None:
        pytest.skip("dsr2xml (Debian package dcmtk) is not installed")
    made = subprocess.run(["dsr2xml", "+Ec", full], capture_output=True, check=True)
    root = ET.fromstring(made.stdout)  # noqa: S314 - our own
    found = sorted(float(node.findtext("value")) for node in root.iter("num"))
    assert found == sorted(value[0] for value in numbers_of(full).values())
    assert len(list(root.iter("scoord3d"))) == sum(len(value) > 2 for value in numbers_of(full).values())
