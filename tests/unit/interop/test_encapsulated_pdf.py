"""Does the report arrive whole, in the right study, in an object that others accept?"""

from __future__ import annotations

import shutil
import subprocess
import time

import pydicom
import pytest

from planner.domain.errors import InputRefused
from planner.interop.encapsulated_pdf import write_encapsulated_pdf
from tests.unit.interop.conftest import MADE_AT, STUDY

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer <<>>\n%%EOF"


@pytest.fixture
def written(tmp_path, images):
    path = tmp_path / "report.dcm"
    write_encapsulated_pdf(path, PDF, images=images, title="Plan of T8 rechts, „Süd“", made_at=MADE_AT)
    return path


def test_the_document_and_its_study_are_found_again(written, images):
    found = pydicom.dcmread(written)
    assert found.EncapsulatedDocument[: found.EncapsulatedDocumentLength] == PDF
    assert len(PDF) % 2 == 1
    assert len(found.EncapsulatedDocument) == len(PDF) + 1
    assert (str(found.PatientName), found.PatientID, found.PatientBirthDate) == ("Müller^Änne", "P-77", "19611231")
    assert (found.StudyInstanceUID, found.AccessionNumber, found.StudyDate) == (STUDY, "ACC9", "20260102")
    assert found.SeriesInstanceUID not in (STUDY, images[0].header.SeriesInstanceUID)
    assert [item.ReferencedSOPInstanceUID for item in found.SourceInstanceSequence] == [
        image.header.SOPInstanceUID for image in images
    ]
    assert found.DocumentTitle.startswith("Plan of T8 rechts, „Süd“. For research and training")


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("", ("20261122", "221415", "")),  # the CT's times are local, and so are ours
        ("-0330", ("20261122", "094415", "-0330")),
        ("later", ("20261122", "221415", "")),
    ],
)
def test_its_times_and_those_of_the_study_are_told_by_one_clock(tmp_path, images, monkeypatch, stated, told):
    """An offset is said of every time in the object: a wrong one would move the CT's own study by hours."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")  # 13:14:15 UTC is 22:14:15 there
    time.tzset()
    try:
        for image in images:
            element = pydicom.DataElement(0x00080201, "SH", stated, validation_mode=pydicom.config.IGNORE)
            image.header["TimezoneOffsetFromUTC"] = element
        path = tmp_path / "report.dcm"
        write_encapsulated_pdf(path, PDF, images=images, title="Plan", made_at=MADE_AT)
    finally:
        monkeypatch.undo()
        time.tzset()
    found = pydicom.dcmread(path)
    assert (found.ContentDate, found.ContentTime, found.get("TimezoneOffsetFromUTC", "")) == told
    assert (found.StudyDate, found.StudyTime) == ("20260102", "030405")


def test_dciodvfy_finds_no_error(written):
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    check = subprocess.run(["dciodvfy", written], capture_output=True, text=True, check=False)
    lines = (check.stdout + check.stderr).splitlines()
    assert [line for line in lines if line.startswith("Error")] == []


def test_dcmtk_takes_the_same_document_out(written, tmp_path):
    if shutil.which("dcm2pdf") is None:
        pytest.skip("dcm2pdf (Debian package dcmtk) is not installed")
    subprocess.run(["dcm2pdf", written, tmp_path / "back.pdf"], check=True, capture_output=True)
    assert (tmp_path / "back.pdf").read_bytes().rstrip(b"\0") == PDF


def test_what_is_no_pdf_is_refused(tmp_path, images):
    with pytest.raises(InputRefused, match="not a PDF"):
        write_encapsulated_pdf(tmp_path / "x.dcm", b"hello", images=images, title="t", made_at=MADE_AT)
    assert not (tmp_path / "x.dcm").exists()
