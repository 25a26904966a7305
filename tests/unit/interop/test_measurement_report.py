"""Do the numbers of an assessment arrive in a structured report, each with its unit, place and verdict?"""

from __future__ import annotations

import shutil
import subprocess

import pydicom
import pytest

from planner.domain.assessment import Assessment, Check
from planner.domain.errors import InputRefused
from planner.domain.rule import Verdict
from planner.interop.measurement_report import write_measurement_report
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
