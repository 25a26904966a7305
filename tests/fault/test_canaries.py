"""Does anything of a patient's identity leave in an export without one, or stay behind it? Canaries say (H-43, H-44).

Sixty identifying places of the CT's headers, the plan file's own identity, the texts that somebody typed into the plan
and the names of the folders hold words that occur nowhere else. After the export every byte it left is searched for
them: as they are, in UTF-16, in what a PDF, a PNG, a zip, a plan file or a data set has compressed, and in base64.
"""

from __future__ import annotations

import argparse
import base64
import io
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import warnings
import zipfile
import zlib

import pydicom
import pypdf
import pytest
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from planner.cli import export, terminal
from planner.imaging.deidentify import Pseudonyms
from planner.persistence.blobs import BlobStore
from planner.persistence.planfile import PlanFile
from tests.fault.strikes import Faults
from tests.kept_case import caller, keep_plan
from tests.ui.simple_patient import write_simple_patient

WORD = "Xanthippos"  # in every canary, in any case
DATE, TIME, UID = "19440606", "133742", "1.2.999"
FAULTS = int(os.environ.get("FROSTLINE_FAULTS", "6"))
PATIENCE_S = 280
FLAGS = (
    "--seg", "--sr", "--encapsulated-pdf", "--rtstruct", "--isotherm-seg", "--key-images", "--csv", "--stl", "--ply",
    "--markups", "--png", "--json", "--range", "2",
)  # fmt: skip
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
    objects = {"report.dcm", "measurements.dcm", "structures.seg.dcm", "structures.rtstruct.dcm", "isotherms.seg.dcm"}
    assert objects | {"report.pdf", "plan.json", "plan.frostline", "ct", "assessment.csv", "probe_1.mrk.json"} <= names
    for place in places.values():
        assert leaks(place) == []
    assert [path for path in places["temp"].rglob("*") if path.is_file()] == []
    for name in sorted(name for name in names if name.endswith(".dcm")):
        one = pydicom.dcmread(places["out"] / name)
        assert one.PatientIdentityRemoved == "YES"
        assert one.PatientID == pydicom.dcmread(next((places["out"] / "ct").iterdir())).PatientID
        assert str(one.get("BurnedInAnnotation", "NO")) == "NO"
        assert not one.get("StudyDate")
    opens_again(places["out"])
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed")
    for path in (*sorted(places["out"].glob("*.dcm")), next((places["out"] / "ct").iterdir())):
        check = subprocess.run(["dciodvfy", path], capture_output=True, text=True, check=False)
        lines = (check.stdout + check.stderr).splitlines()
        assert [line for line in lines if line.startswith("Error")] == [], path.name


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


class HereAndNow:
    """A terminal whose tasks run in this process, in a store that stays: a prediction is made once for all runs."""

    def __init__(self, blobs):
        self.blobs, self.call = blobs, caller(blobs)

    def __enter__(self):
        return self

    def __exit__(self, *ending):
        return None

    def say(self, sentence):
        sys.stdout.write(sentence)


PLACES = (
    ("pathlib.Path.open", OSError(28, "No space left on device")),
    ("pathlib.Path.write_bytes", OSError(5, "Input/output error")),
    ("pathlib.Path.replace", PermissionError(13, "Permission denied")),
    ("pathlib.Path.mkdir", OSError(30, "Read-only file system")),
    ("os.fsync", OSError(28, "No space left on device")),
    ("shutil.copyfile", OSError(28, "No space left on device")),
    ("pydicom.dataset.Dataset.save_as", MemoryError()),
    ("pydicom.dcmread", ValueError("A value is not valid")),
    ("typst.Compiler", RuntimeError("The compiler stopped")),
    ("planner.persistence.blobs.BlobStore.get", MemoryError()),
    ("planner.domain.plan.Plan.with_structure", RuntimeError("A fault of ours")),
    ("planner.services.deidentified.deidentified_plan", RuntimeError("A fault of ours")),
    ("planner.planning.assess.assess", RuntimeError("A fault of ours")),
)
"""What touches files, with the errors that happen there."""


def test_H_43_nothing_is_left_behind_by_an_error_wherever_it_strikes(case, tmp_path, monkeypatch, capfd):
    """FROSTLINE_FAULTS=100 strikes a hundred places; each time all that is left on the disk is searched."""
    plan, ct = case
    temp, out = tmp_path / "temp", tmp_path / "out"
    temp.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)  # told on the terminal, and searched
    blobs = BlobStore(tmp_path / "store")  # the program's own store goes with it; here it is kept, and not searched
    blobs.folder.mkdir()
    monkeypatch.setattr(export, "Terminal", lambda: HereAndNow(blobs))
    monkeypatch.setattr("planner.imaging.deidentify.Pseudonyms.fresh", lambda: Pseudonyms(b"5" * 32))
    monkeypatch.setattr("planner.services.figures.report_figures", lambda _: ())
    parser = argparse.ArgumentParser()
    export.add_arguments(parser)
    words = [plan, "--dicom", ct, "--out", out, "--deidentify", "--with-ct", "--seg", "--encapsulated-pdf", "--csv"]
    arguments = parser.parse_args([str(word) for word in words])

    def run():
        shutil.rmtree(out, ignore_errors=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return terminal.guarded(lambda: export.run(arguments))

    with monkeypatch.context() as patching:
        faults = Faults(patching, PLACES)
        assert run() in (0, 1)
        count = faults.calls
        assert count > 100
        struck = 0
        for number in range(FAULTS):
            faults.calls, faults.fail_at = 0, 1 + int((number + 0.5) * count / FAULTS)
            struck += run() not in (0, 1)
            faults.fail_at = None
            said = capfd.readouterr()
            # A refusal names the file that it is about to whoever asked for it, on the terminal; no log keeps it.
            told = (said.out + said.err).replace(str(plan.parent), "").replace(plan.name, "")
            assert not SEARCHED.search(told.replace(ct.name, ""))
            assert leaks(out) == []
            assert leaks(temp) == []
            assert [path for path in temp.rglob("*") if path.is_file()] == []
    assert struck >= FAULTS / 2  # the others are borne: a file that cannot be read is left out, and said
