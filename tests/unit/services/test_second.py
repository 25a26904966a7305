"""An MR series on disk is laid over a CT on disk to where its anatomy lies, and whatever does not fit is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, MRImageStorage, generate_uid

from planner.domain.errors import GeometryRefused
from planner.domain.identity import PatientIdentity, may_be_same_person
from planner.domain.progress import silent
from planner.domain.series import SliceFile
from planner.persistence.blobs import BlobStore
from planner.rendering.plane import Orientation, SlicePlane
from planner.rendering.second_scan import build_second, crossfade
from planner.services.tasks import LayOver, OpenSeries, perform

if TYPE_CHECKING:
    from planner.domain.second import SecondSeries

# Ellipsoids: middle, half-axes (mm), HU, MR value. Not symmetric in any direction.
ORGANS = (
    ((0, 0, 0), (62, 46, 60), 40, 300),
    ((22, 10, 8), (20, 16, 24), 90, 120),
    ((-26, 4, -10), (16, 18, 26), -800, 20),
    ((-4, -22, 20), (12, 9, 16), 160, 700),
    ((8, 26, -16), (9, 12, 26), 700, 60),
    ((26, -16, -22), (10, 14, 9), -90, 500),
)
MOVED_MM = np.array([9.0, -6.0, 7.0])
FRAME = generate_uid()
MR_FIRST_LPS_MM, MR_SPACING_MM = (-72.0, -65.0, -66.0), (2.2, 2.2, 4.0)


def values_at(points: np.ndarray, *, modality: str) -> np.ndarray:
    values = np.full(points.shape[:-1], -1000.0 if modality == "CT" else 0.0)
    for middle, half, *scanned in ORGANS:
        inside = (((points - middle) / np.array(half, float)) ** 2).sum(axis=-1) < 1
        values[inside] = scanned[modality == "MR"]
    return values


def write(folder, *, modality, shape_kji, spacing_mm, first_lps_mm, patient="ONE", shift_mm=(0, 0, 0)):
    """Write a series whose headers put the anatomy ``shift_mm`` off its place; return its slices in order."""
    folder.mkdir()
    study, series = generate_uid(), generate_uid()
    slices = []
    count, rows, columns = shape_kji
    for k in range(count):
        ds = Dataset()
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        ds.SOPClassUID = CTImageStorage if modality == "CT" else MRImageStorage
        ds.SOPInstanceUID = generate_uid()
        ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        ds.Modality, ds.PatientID, ds.PatientName = modality, patient, patient
        ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.FrameOfReferenceUID = study, series, FRAME
        ds.SeriesNumber, ds.SeriesDescription = 4, "Axial"
        ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
        ds.PatientPosition = "HFS"
        place = np.array(first_lps_mm, float) + np.array([0, 0, k * spacing_mm[2]])
        ds.ImagePositionPatient = [float(v) for v in place + np.array(shift_mm)]
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.PixelSpacing = [spacing_mm[1], spacing_mm[0]]
        ds.SliceThickness = spacing_mm[2]
        ds.Rows, ds.Columns, ds.SamplesPerPixel = rows, columns, 1
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.BitsAllocated = ds.BitsStored = 16
        ds.HighBit, ds.PixelRepresentation = 15, 1
        if modality == "CT":
            ds.RescaleSlope, ds.RescaleIntercept, ds.RescaleType = 1, 0, "HU"
        j, i = np.indices((rows, columns))
        points = place + np.stack([i * spacing_mm[0], j * spacing_mm[1], np.zeros_like(i)], axis=-1)
        noise = np.random.default_rng(k).normal(0, 6, (rows, columns))
        ds.PixelData = (values_at(points, modality=modality) + noise).astype("<i2").tobytes()
        path = folder / f"{k:03}.dcm"
        ds.save_as(path, enforce_file_format=True)
        slices.append(SliceFile(str(path)))
    return tuple(slices)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    blobs = BlobStore(tmp_path_factory.mktemp("blobs"))
    yield blobs
    blobs.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scans")


@pytest.fixture(scope="module")
def planning(store, folder):
    slices = write(
        folder / "ct", modality="CT", shape_kji=(60, 64, 80), spacing_mm=(2.0, 2.0, 2.5), first_lps_mm=(-79, -63, -74)
    )
    return perform(OpenSeries(slices), blobs=store, progress=silent).volume


@pytest.fixture(scope="module")
def magnetic(folder):
    return write(
        folder / "mr",
        modality="MR",
        shape_kji=(34, 60, 66),
        spacing_mm=MR_SPACING_MM,
        first_lps_mm=MR_FIRST_LPS_MM,
        shift_mm=MOVED_MM,
    )


@pytest.fixture(scope="module")
def laid(store, planning, magnetic) -> SecondSeries:
    return perform(LayOver(planning, magnetic), blobs=store, progress=silent).open(store)


def test_an_mr_lies_where_its_anatomy_is(laid):
    """The voxel that images the middle of an organ lies there, although its header says 12.9 mm beside."""
    middles = np.array([organ[0] for organ in ORGANS], float)
    indices = (middles - np.array(MR_FIRST_LPS_MM)) / MR_SPACING_MM
    off_mm = np.linalg.norm(laid.grid.to_lps(indices) - middles, axis=1)
    assert off_mm.max() <= 1.0  # a quarter of its slices
    assert laid.shift_mm == pytest.approx(np.linalg.norm(MOVED_MM), abs=1.0)
    assert laid.same_frame
    assert not laid.is_hu
    assert laid.label == "4 · Axial · MR"
    assert laid.disagreement_mm < 4.0  # at the corners of the field, far outside the body


def test_its_values_are_the_scanner_s(laid):
    """No rescale in the header: stored values are values. A point deep in the third organ is 20, in the first 300."""
    plane = SlicePlane(Orientation.AXIAL, (-26.0, 4.0, -10.0), 2.0, (9, 9))
    assert build_second(plane, second=laid)[4, 4] == pytest.approx(20, abs=20)
    outside = SlicePlane(Orientation.AXIAL, (300.0, 4.0, -10.0), 2.0, (9, 9))
    assert np.isnan(build_second(outside, second=laid)).all()


def test_a_crossfade_mixes_only_where_the_second_series_is():
    under, over = np.array([[100, 200, 7]], np.uint8), np.array([[200, 100, 255]], np.uint8)
    there = np.array([[True, True, False]])
    assert crossfade(under, over, is_there=there, share=0.25).tolist() == [[125, 175, 7]]
    assert crossfade(under, over, is_there=there, share=1.0).tolist() == [[200, 100, 7]]


def test_a_ct_can_lie_over_a_ct(store, planning, folder):
    slices = write(
        folder / "phase",
        modality="CT",
        shape_kji=(50, 60, 74),
        spacing_mm=(2.0, 2.0, 3.0),
        first_lps_mm=(-75, -60, -74),
    )
    laid = perform(LayOver(planning, slices), blobs=store, progress=silent).open(store)
    assert laid.is_hu
    assert laid.shift_mm < 1.0


def test_a_series_of_another_place_is_refused(store, planning, folder):
    slices = write(
        folder / "far", modality="MR", shape_kji=(20, 40, 40), spacing_mm=(2.2, 2.2, 4.0), first_lps_mm=(-72, -65, 900)
    )
    with pytest.raises(GeometryRefused, match="of the second scan lies in the planning CT"):
        perform(LayOver(planning, slices), blobs=store, progress=silent)


def test_a_series_with_a_gap_is_refused(store, planning, magnetic):
    with pytest.raises(GeometryRefused, match="missing"):
        perform(LayOver(planning, magnetic[:10] + magnetic[11:]), blobs=store, progress=silent)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (PatientIdentity(patient_name="A", patient_id="1"), True),
        (PatientIdentity(patient_id="1"), True),
        (PatientIdentity(patient_name="A", patient_id="2"), False),
        (PatientIdentity(patient_name="A", patient_id="1", birth_date="2000-01-02"), False),
        (PatientIdentity(patient_name="B", patient_id="1"), False),
    ],
)
def test_two_patients_are_told_apart_by_anything_both_name(other, same):
    one = PatientIdentity(patient_name="A", patient_id="1", birth_date="2000-01-01")
    assert may_be_same_person(one, other) is same
    assert may_be_same_person(other, one) is same
