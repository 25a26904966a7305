"""Does anything of a patient's identity leave in an export without one, or stay behind it? Canaries say (H-43, H-44).

Sixty identifying places of the CT's headers, the plan file's own identity, the texts that somebody typed into the plan
and the names of the folders hold words that occur nowhere else. After the export every byte it left is searched for
them: as they are, in UTF-16, in what a PDF, a PNG, a zip, a plan file or a data set has compressed, and in base64.
"""

from __future__ import annotations

import base64
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
import zlib

import pydicom
import pypdf
import pytest
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from tests.kept_case import keep_plan
from tests.ui.simple_patient import write_simple_patient

WORD = "Xanthippos"  # in every canary, in any case
DATE, TIME, UID = "19440606", "133742", "1.2.999"
FAULTS = int(os.environ.get("FROSTLINE_FAULTS", "12"))
PATIENCE_S = 280
FLAGS = ("--seg", "--sr", "--encapsulated-pdf", "--rtstruct", "--csv", "--stl", "--ply", "--markups", "--png", "--json")
TEXT_TAGS = (
    "PatientName", "PatientID", "OtherPatientIDs", "OtherPatientNames", "PatientBirthName", "PatientMotherBirthName",
    "PatientAddress", "PatientTelephoneNumbers", "PatientComments", "PatientState", "IssuerOfPatientID",
    "MilitaryRank", "BranchOfService", "MedicalRecordLocator", "EthnicGroup", "Occupation", "AdditionalPatientHistory",
    "PatientReligiousPreference", "CountryOfResidence", "RegionOfResidence", "MedicalAlerts", "Allergies",
    "ResponsiblePerson", "ResponsibleOrganization", "InstitutionName", "InstitutionAddress",
    "InstitutionalDepartmentName", "StationName", "ReferringPhysicianName", "ReferringPhysicianAddress",
    "ReferringPhysicianTelephoneNumbers", "PhysiciansOfRecord", "PerformingPhysicianName",
    "NameOfPhysiciansReadingStudy", "OperatorsName", "ConsultingPhysicianName", "RequestingPhysician",
    "RequestingService", "AccessionNumber", "StudyID", "StudyDescription", "SeriesDescription", "ProtocolName",
    "ImageComments", "AdmissionID", "CurrentPatientLocation", "DeviceSerialNumber", "PerformedProcedureStepID",
    "PerformedProcedureStepDescription", "RequestedProcedureID", "RequestedProcedureDescription",
    "ReasonForTheRequestedProcedure", "ScheduledProcedureStepID", "ManufacturerModelName", "Manufacturer",
    "ContrastBolusAgent", "ConvolutionKernel", "DerivationDescription", "AcquisitionProtocolDescription",
)  # fmt: skip
DATE_TAGS = ("PatientBirthDate", "StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate")
TIME_TAGS = ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime", "PatientBirthTime")
SEARCHED = re.compile("|".join((WORD, WORD[:9], DATE, "1944-06-06", re.escape(UID))), re.IGNORECASE)


def mark(path):
    """Put the canaries into one file of the CT."""
    dataset = pydicom.dcmread(path)
    for keyword in TEXT_TAGS:
        setattr(dataset, keyword, WORD.upper() if dictionary_VR(keyword) == "CS" else WORD)
    for keyword in DATE_TAGS:
        setattr(dataset, keyword, DATE)
    for keyword in TIME_TAGS:
        setattr(dataset, keyword, TIME)
    dataset.PatientAge = "083Y"
    inner = Dataset()
    inner.PatientID, inner.IssuerOfPatientID = WORD, WORD
    nested = Dataset()
    nested.OtherPatientIDsSequence = Sequence([inner])
    dataset.OtherPatientIDsSequence = Sequence([inner])
    dataset.RequestAttributesSequence = Sequence([nested])
    dataset.add_new(0x00090010, "LO", f"{WORD} CREATOR")
    dataset.add_new(0x00091001, "LO", WORD)
    dataset.add_new(0x60004000, "LT", WORD)
    number = int(dataset.InstanceNumber)
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = f"{UID}.1", f"{UID}.2"
    dataset.FrameOfReferenceUID, dataset.SOPInstanceUID = f"{UID}.3", f"{UID}.4.{number}"
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.preamble = WORD.encode().ljust(128, b"\0")
    dataset.save_as(path, enforce_file_format=True)


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """The plan file and its CT, both in folders named after the patient."""
    folder = tmp_path_factory.mktemp(WORD)
    ct = folder / f"{WORD} CT"
    ct.mkdir()
    write_simple_patient(ct)
    for path in ct.iterdir():
        mark(path)
    blobs = BlobStore.temporary()
    try:
        keep_plan(folder / f"{WORD}.frostline", ct, blobs, word=WORD)
    finally:
        blobs.close()
    return folder / f"{WORD}.frostline", ct


def contents(path):
    """Every reading of one file: its bytes, and what they hold compressed or coded."""
    data = path.read_bytes()
    yield data
    yield from inflated(data)
    if path.suffix == ".pdf":
        yield from of_pdf(data)
    if path.suffix == ".dcm":
        dataset = pydicom.dcmread(path)
        yield str(dataset).encode()
        if "EncapsulatedDocument" in dataset:
            yield from of_pdf(dataset.EncapsulatedDocument)
    if path.suffix == ".frostline":
        with sqlite3.connect(path) as plan:
            for (table,) in plan.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                for row in plan.execute(f"SELECT * FROM {table}").fetchall():  # noqa: S608 - names of our own schema
                    for value in row:
                        yield value if isinstance(value, bytes) else str(value).encode()
                        yield from inflated(value) if isinstance(value, bytes) else ()
        plan.close()


def inflated(data):
    """Every zlib stream in some bytes, and every run of base64."""
    for found in re.finditer(rb"x[\x01\x5e\x9c\xda]", data):
        try:
            yield zlib.decompressobj().decompress(data[found.start() :], 50_000_000)
        except zlib.error:
            continue
    for found in re.finditer(rb"[A-Za-z0-9+/]{40,}={0,2}", data):
        try:
            yield base64.b64decode(found.group(), validate=True)
        except ValueError:
            continue


def of_pdf(data):
    reader = pypdf.PdfReader(io.BytesIO(data))
    yield str(reader.metadata).encode()
    yield " ".join(page.extract_text() for page in reader.pages).encode()
    for name, files in reader.attachments.items():
        yield name.encode()
        for file in files:
            yield file
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(file)) as archive:
                    yield from (archive.read(entry) for entry in archive.namelist())


def leaks(folder):
    """Return what of a canary is in any file below a folder, or in its name."""
    found = []
    for path in sorted(folder.rglob("*")):
        if SEARCHED.search(str(path.relative_to(folder))):
            found.append((str(path), "name"))
        if path.is_file():
            for reading in contents(path):
                text = reading.decode("latin-1")
                hit = SEARCHED.search(text) or SEARCHED.search(text.replace("\0", ""))
                if hit:
                    found.append((path.name, hit.group()))
    return found


def test_the_canaries_are_there_and_would_be_found(case, tmp_path):
    plan, ct = case
    assert len(TEXT_TAGS) + len(DATE_TAGS) >= 60
    header = pydicom.dcmread(next(ct.iterdir()))
    assert all(str(header[keyword].value) for keyword in (*TEXT_TAGS, *DATE_TAGS))
    shutil.copy(plan, tmp_path / "plan.frostline")
    shutil.copy(next(ct.iterdir()), tmp_path / "one.dcm")
    (tmp_path / "packed.bin").write_bytes(b"..." + zlib.compress(WORD.encode()))
    (tmp_path / "coded.bin").write_bytes(base64.b64encode(b"." * 30 + WORD.encode()))
    (tmp_path / "wide.bin").write_bytes(WORD.encode("utf-16-le"))
    assert {name for name, _ in leaks(tmp_path)} == {
        "plan.frostline", "one.dcm", "packed.bin", "coded.bin", "wide.bin"
    }  # fmt: skip


def test_H_43_nothing_of_the_patient_is_in_the_package_nor_left_behind(case, tmp_path):
    plan, ct = case
    places = {name: tmp_path / name for name in ("out", "temp", "home", "config")}
    for place in places.values():
        place.mkdir()
    told = {
        "TMPDIR": places["temp"], "HOME": places["home"], "XDG_CONFIG_HOME": places["config"],
        "XDG_CACHE_HOME": places["home"] / "cache", "XDG_STATE_HOME": places["home"] / "state",
        "XDG_DATA_HOME": places["home"] / "data", "QT_QPA_PLATFORM": "offscreen",
    }  # fmt: skip
    environment = os.environ | {name: str(place) for name, place in told.items()}
    words = (plan, "--dicom", ct, "--out", places["out"], "--deidentify", "--with-ct", *FLAGS)
    done = subprocess.run(
        [sys.executable, "-m", "planner", "export", *map(str, words)],
        capture_output=True, text=True, timeout=PATIENCE_S, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr
    assert not SEARCHED.search(done.stdout.replace(str(places["out"]), "OUT"))
    assert not SEARCHED.search(done.stderr)
    names = {path.name for path in places["out"].iterdir()}
    objects = {"report.dcm", "measurements.dcm", "structures.seg.dcm", "structures.rtstruct.dcm"}
    assert objects | {"report.pdf", "plan.json", "plan.frostline", "ct", "assessment.csv", "probe_1.mrk.json"} <= names
    for place in places.values():
        assert leaks(place) == []
    assert [path for path in places["temp"].rglob("*") if path.is_file()] == []
    for name in objects:
        one = pydicom.dcmread(places["out"] / name)
        assert one.PatientIdentityRemoved == "YES"
        assert one.PatientID == pydicom.dcmread(next((places["out"] / "ct").iterdir())).PatientID
        assert str(one.get("BurnedInAnnotation", "NO")) == "NO"
        assert not one.get("StudyDate")
    opens_again(places["out"])


def opens_again(folder):
    """The package is a plan like any other: it opens on its own CT and is judged as it says."""
    file = PlanFile.open(folder / "plan.frostline")
    try:
        (step,) = file.steps()
        assert file.source_folder() == ""
        assert re.fullmatch("FL-[0-9A-F]{8}", file.identity().patient_id)
    finally:
        file.close()
    said = json.loads((folder / "assessment.json").read_text())
    assert step.plan.judged_hash == said["plan_hash"]
    assert step.plan.volume.pixel_hash == json.loads((folder / "plan.json").read_text())["volume"]["pixel_hash"]
