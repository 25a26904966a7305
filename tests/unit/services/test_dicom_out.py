"""Do all DICOM objects of a plan belong together: one study, one frame, every picture to its scale?"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pydicom
import pytest

from planner.domain.errors import InputRefused
from planner.persistence.blobs import BlobStore
from planner.services import dicom_out
from planner.services.decision_planes import SIZE_PX
from planner.services.dicom_tasks import ExportDicom, JudgedPlan
from planner.services.figures import report_figures
from planner.services.shared import SharedResult, SharedVolume
from tests.unit.services.figure_case import CT, a_case, voxel_centres


def quiet(done: int, total: int, phase: str) -> None:
    """Nobody watches."""


STUDY, SERIES, FRAME = "1.1", "1.2", "1.3"  # as the case's CT names them


@pytest.fixture(scope="module")
def case():
    return a_case()


@pytest.fixture(scope="module")
def blobs():
    with_store = BlobStore.temporary()
    yield with_store
    with_store.close()


@pytest.fixture(scope="module")
def ct_folder(tmp_path_factory, case):
    """The case's CT as a scanner would write it, without the program."""
    folder = tmp_path_factory.mktemp("ct")
    for k in range(CT.shape_kji[0]):
        image = pydicom.Dataset()
        image.file_meta = pydicom.dataset.FileMetaDataset()
        image.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
        image.SOPClassUID, image.SOPInstanceUID = pydicom.uid.CTImageStorage, f"1.2.{k + 1}"
        image.PatientName, image.PatientID, image.Modality = "Canary^Name", "CANARY-ID", "CT"
        image.StudyInstanceUID, image.SeriesInstanceUID, image.FrameOfReferenceUID = STUDY, SERIES, FRAME
        image.InstanceNumber, image.ImageType = k + 1, ["ORIGINAL", "PRIMARY", "AXIAL"]
        image.PatientPosition = "HFS"
        image.Rows, image.Columns = CT.shape_kji[1:]
        image.PixelSpacing = [CT.spacing_ijk_mm[1], CT.spacing_ijk_mm[0]]
        image.SliceThickness = CT.spacing_ijk_mm[2]
        image.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        image.ImagePositionPatient = [*CT.origin_lps_mm[:2], CT.origin_lps_mm[2] + k * CT.spacing_ijk_mm[2]]
        image.BitsAllocated, image.BitsStored, image.HighBit, image.PixelRepresentation = 16, 16, 15, 1
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
        image.RescaleSlope, image.RescaleIntercept = 1, 0
        image.PixelData = case.volume.hu[k].astype("<i2").tobytes()
        with warnings.catch_warnings(action="ignore"):
            image.save_as(folder / f"{k}.dcm", enforce_file_format=True)
    return folder


@pytest.fixture(scope="module")
def judged(case, blobs):
    kept = tuple(replace(each, mask=blobs.put(case.masks[each.id])) for each in case.plan.structures)
    return JudgedPlan(replace(case.plan, structures=kept), SharedResult.of(case.result, blobs), case.assessment)


def request(case, blobs, ct_folder, folder, **asked):
    base = {"report_pdf": "", "assessment": None, "made_at": "2026-11-23T06:00:00Z", "warnings": ("OFF-LABEL TARGET",)}
    return ExportDicom(
        volume=SharedVolume.of(case.volume, blobs),
        plan_name="Ball of ice",
        folder=str(folder),
        source_folder=str(ct_folder),
        **(base | asked),
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory, case, blobs, ct_folder, judged):
    folder = tmp_path_factory.mktemp("objects")
    pdf = folder / "made.pdf"
    pdf.write_bytes(b"%PDF-1.7\n%%EOF")
    asked = request(
        case,
        blobs,
        ct_folder,
        folder,
        report_pdf=str(pdf),
        assessment=case.assessment,
        judged=judged,
        isotherms=True,
        key_images=True,
    )
    done = dicom_out.export_dicom(asked, blobs=blobs, progress=quiet)
    return {name: pydicom.dcmread(folder / name) for name in done.files}


def test_every_object_is_of_the_cts_study_and_names_its_patient_in_the_header(written):
    pictures = [f"key-image-{n:02d}.dcm" for n in range(1, 13)]
    assert list(written) == ["report.dcm", "measurements.dcm", "isotherms.seg.dcm", *pictures]
    for name, found in written.items():
        assert (found.StudyInstanceUID, found.PatientID) == (STUDY, "CANARY-ID"), name
        assert str(found.PatientName) == "Canary^Name"
        assert found.SeriesInstanceUID != SERIES
    assert len({found.SeriesInstanceUID for found in written.values()}) == 4
    assert len({found.SeriesNumber for found in written.values()}) == 4
    assert len({found.SOPInstanceUID for found in written.values()}) == len(written)
    framed = [found for name, found in written.items() if name not in ("report.dcm", "measurements.dcm")]
    assert {found.FrameOfReferenceUID for found in framed} == {FRAME}


def test_key_images_follow_the_figures_and_say_how_wide_a_pixel_is(written, case):
    figures = report_figures(case)
    pictures = [found for name, found in written.items() if name.startswith("key")]
    for figure, found in zip(figures, pictures, strict=True):
        assert found.ImageComments.startswith(figure.caption)
        if figure.mm_per_px is None:
            assert "PixelSpacing" not in found
            continue
        width_mm = float(found.PixelSpacing[1]) * found.Columns
        assert width_mm == pytest.approx(figure.mm_per_px * SIZE_PX[0], rel=1e-3)
        assert tuple(found.PatientOrientation) == figure.letters


def test_the_isotherms_lie_where_the_ice_is(written):
    found = written["isotherms.seg.dcm"]
    bits = np.unpackbits(np.frombuffer(found.PixelData, np.uint8), bitorder="little")
    frames = bits[: found.NumberOfFrames * found.Rows * found.Columns]
    frames = frames.reshape(found.NumberOfFrames, found.Rows, found.Columns).astype(bool)
    away = np.linalg.norm(voxel_centres(CT), axis=-1)
    radii = {1: 10.0, 2: 8.0, 3: 6.0}  # of 0, −20 and −40 °C, by hand
    told = {number: np.zeros(CT.shape_kji, bool) for number in radii}
    for frame, groups in zip(frames, found.PerFrameFunctionalGroupsSequence, strict=True):
        z = float(groups.PlanePositionSequence[0].ImagePositionPatient[2])
        number = groups.SegmentIdentificationSequence[0].ReferencedSegmentNumber
        told[number][round((z - CT.origin_lps_mm[2]) / CT.spacing_ijk_mm[2])] = frame
    for number, radius_mm in radii.items():
        wrong = told[number] != (away <= radius_mm)
        assert told[number].any()
        assert (np.abs(away[wrong] - radius_mm) < 0.1).all()  # only on the edge itself, where a cell is not a ball


def test_warnings_of_the_title_are_in_the_measurements(written):
    assert written["measurements.dcm"].SeriesDescription.startswith("OFF-LABEL TARGET")


def test_isotherms_without_a_prediction_are_refused_before_anything_is_read(tmp_path, case, blobs):
    asked = request(case, blobs, tmp_path / "nowhere", tmp_path, isotherms=True)
    with pytest.raises(InputRefused, match="Predict the plan first"):
        dicom_out.export_dicom(asked, blobs=blobs, progress=quiet)


def test_nothing_stays_behind_when_the_ct_is_gone(tmp_path, case, blobs, judged):
    asked = request(case, blobs, tmp_path / "nowhere", tmp_path / "out", judged=judged, key_images=True)
    with pytest.raises(InputRefused):
        dicom_out.export_dicom(asked, blobs=blobs, progress=quiet)
    assert not (tmp_path / "out").exists()
