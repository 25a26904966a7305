"""Is every broken series refused, in words? Faults are injected into files, and go through the loader users have."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pydicom
import pytest

from planner.domain.errors import GeometryRefused, InputRefused
from planner.domain.progress import silent
from planner.domain.series import SeriesVerdict, SliceFile
from planner.imaging.assemble import load_series
from planner.imaging.scan import scan_folder


def _scan(series):
    return scan_folder(series.folder, progress=silent)


def _refused(series, code, words=""):
    """The loader refuses with this code, and the scan lists the same sentence."""
    with pytest.raises(GeometryRefused) as refusal:
        series.load()
    assert refusal.value.code == code, refusal.value.sentence
    assert words in refusal.value.sentence
    for summary in _scan(series).series:
        assert summary.verdict is SeriesVerdict.NOT_USABLE


def test_clean_series_has_no_finding(clean_slices, write, check_landmarks) -> None:
    series = write(clean_slices())
    report = _scan(series)
    (summary,) = report.series
    assert summary.verdict is SeriesVerdict.READY
    assert summary.findings == ()
    assert report.rejected == ()
    assert summary.label == "3 · Lattice"
    assert summary.spacing_ijk_mm == (0.5, 0.9, 2.0)
    assert summary.extent_hf_mm == (-104.0, -82.0)
    volume, identity = series.load()
    check_landmarks(volume)
    assert volume.ref.notes == ()
    assert volume.ref.window_hu == (400.0, 40.0)
    assert (identity.patient_name, identity.birth_date, identity.study_date) == (
        "Phantom^Lattice",
        "1961-02-03",
        "2026-01-02",
    )
    assert [str(p) for p in sorted(series.files)] == sorted(part.path for part in summary.slices)


def test_summary_files_are_in_position_order(clean_slices, write) -> None:
    (summary,) = _scan(write(clean_slices())).series
    heights = [pydicom.dcmread(part.path).ImagePositionPatient[2] for part in summary.slices]
    assert heights == sorted(heights)


@pytest.mark.parametrize("gone", [[5], [2, 7], [3, 4, 5], [1], [10]])
def test_H_01_missing_slices_are_refused(gone, clean_slices, write) -> None:
    slices = [ds for number, ds in enumerate(clean_slices()) if number not in gone]
    _refused(write(slices), "missing-slices", "missing between")


def test_H_01_sentence_names_the_place(clean_slices, write) -> None:
    """Slices lie every 2 mm from −104: without number 5 there is nothing between −96 and −92."""
    slices = clean_slices()
    del slices[5]
    _refused(write(slices), "missing-slices", "A slice is missing between F 96.0 and F 92.0 mm")


def test_H_01_random_subsets_never_load_with_a_gap(clean_slices, write) -> None:
    slices = clean_slices()
    rng = np.random.default_rng(11)
    for attempt in range(40):
        keep = np.sort(rng.choice(len(slices), size=rng.integers(3, len(slices)), replace=False))
        series = write([slices[k] for k in keep], folder=f"s{attempt}")
        steps = np.diff(keep)
        if len(set(steps.tolist())) == 1:
            # Every n-th slice is a regular volume; it is thicker, and says so by its spacing.
            continue
        with pytest.raises(GeometryRefused):
            series.load()


@pytest.mark.parametrize("kept", [slice(1, None), slice(None, -1), slice(3, -2)])
def test_H_01_missing_end_slices_change_only_the_extent(kept, clean_slices, write, check_landmarks) -> None:
    volume, _ = write(clean_slices()[kept]).load()
    low, high = volume.grid.corners_lps_mm()[[0, -1], 2]
    check_landmarks(
        volume,
        without=[index for index in _landmarks() if not low - 0.1 <= -104.0 + 2.0 * index[2] <= high + 0.1],
    )


def _landmarks():
    return [(1, 2, 1), (11, 2, 3), (3, 9, 2), (12, 8, 9), (6, 1, 10), (5, 6, 6), (0, 10, 11)]


@pytest.mark.parametrize("which", [[0], [4, 5], list(range(12))])
def test_H_02_duplicates_are_refused(which, clean_slices, write) -> None:
    slices = clean_slices()
    _refused(write(slices + [deepcopy(slices[k]) for k in which]), "duplicate-positions")


def test_H_02_two_phases_are_split_never_merged(clean_slices, write, check_landmarks) -> None:
    arterial = clean_slices()
    venous = [deepcopy(ds) for ds in arterial]
    for ds in venous:
        ds.AcquisitionNumber = 2
        ds.PixelData = (np.frombuffer(ds.PixelData, "<i2") + 50).astype("<i2").tobytes()
    series = write(arterial + venous)
    with pytest.raises(GeometryRefused, match="another slice already has"):
        series.load()
    parts = _scan(series).series
    assert [part.verdict for part in parts] == [SeriesVerdict.READY] * 2
    assert [part.images for part in parts] == [12, 12]
    assert {part.detail.rsplit(" · ", 1)[-1] for part in parts} == {"acquisition 1", "acquisition 2"}
    first = next(part for part in parts if part.detail.endswith("1"))
    volume, _ = load_series(first.slices, progress=silent)
    check_landmarks(volume)


@pytest.mark.parametrize("tilt_deg", [0.5, 1.0, -1.0, 3.0, 20.0, -30.0])
def test_H_03_gantry_tilt_is_refused_with_its_angle(tilt_deg, clean_slices, write) -> None:
    slices = clean_slices()
    shear = np.tan(np.radians(tilt_deg))
    for ds in slices:
        x, y, z = (float(v) for v in ds.ImagePositionPatient)
        ds.ImagePositionPatient = [x, round(y + (z + 104.0) * shear, 6), z]
    _refused(write(slices), "gantry-tilt", f"tilted by {abs(tilt_deg):.2f}°")


def test_H_05_spacing_that_changes_half_way_is_refused(clean_slices, write) -> None:
    slices = clean_slices()
    for number, ds in enumerate(slices):
        ds.ImagePositionPatient[2] = -104.0 + 2 * number + max(0, number - 6) * 1.3
    _refused(write(slices), "uneven-spacing", "not evenly spaced")


def _set(keyword, value):
    def edit(ds):
        setattr(ds, keyword, value)

    return edit


def _remove(keyword):
    def edit(ds):
        del ds[keyword]

    return edit


def _move_sideways(ds):
    ds.ImagePositionPatient[0] += 4.0


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (_set("ImageOrientationPatient", [1, 0, 0, 0, 0, 1]), "mixed-orientations"),
        (_set("ImageOrientationPatient", [1, 0, 0, 0, 1.1, 0]), "orientation-invalid"),
        (_set("ImageOrientationPatient", [1, 0, 0, 0.05, 0.99875, 0]), "orientation-invalid"),
        (_set("PixelSpacing", [0.9, 0.6]), "mixed-pixel-spacing"),
        (_set("PixelSpacing", [0.9, 0]), "missing-pixel-spacing"),
        (_set("PatientPosition", "FFS"), "mixed-positions"),
        (_set("PatientID", "P2"), "mixed-patients"),
        (_set("PatientName", "Other^Person"), "mixed-patients"),
        (_set("PatientBirthDate", "19700101"), "mixed-patients"),
        (_set("StudyInstanceUID", "1.2.3"), "mixed-studies"),
        (_set("FrameOfReferenceUID", "1.2.4"), "mixed-frames-of-reference"),
        (_set("RescaleSlope", 2), "mixed-rescale"),
        (_set("RescaleSlope", 0), "missing-rescale-slope"),
        (_set("RescaleSlope", -1), "missing-rescale-slope"),
        (_set("RescaleIntercept", -1024), "mixed-rescale"),
        (_remove("RescaleIntercept"), "missing-rescale-intercept"),
        (_remove("ImagePositionPatient"), "missing-position"),
        (_remove("ImageOrientationPatient"), "missing-orientation"),
        (_remove("PixelSpacing"), "missing-pixel-spacing"),
        (_move_sideways, "sideways-shift"),
        (_set("BitsStored", 12), "mixed-storage"),
        (_set("Modality", "MR"), "not-ct"),
        (_set("NumberOfFrames", 2), "multi-frame"),
        (_set("ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"]), "localizer"),
        (_set("SOPClassUID", "1.2.840.10008.5.1.4.1.1.7"), "secondary-capture"),
    ],
)
def test_H_11_one_odd_slice_among_many_is_refused(edit, code, clean_slices, write) -> None:
    """Identity, geometry and HU must be equal in all slices (H-06, H-07, H-09, H-11)."""
    slices = clean_slices()
    edit(slices[5])
    with pytest.raises(GeometryRefused) as refusal:
        write(slices).load()
    assert refusal.value.code == code, refusal.value.sentence
    assert "Phantom" not in refusal.value.sentence


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (_remove("ImagePositionPatient"), "missing-position"),
        (_remove("ImageOrientationPatient"), "missing-orientation"),
        (_remove("PixelSpacing"), "missing-pixel-spacing"),
        (_remove("PatientPosition"), "patient-position"),
        (_set("PatientPosition", "SITTING"), "patient-position"),
        (_remove("RescaleSlope"), "missing-rescale-slope"),
        (_set("PhotometricInterpretation", "MONOCHROME1"), "photometric"),
        (_set("RescaleType", "OD"), "not-hu"),
        (_set("HighBit", 11), "bits"),
        (_set("BitsAllocated", 32), "bits"),
        (_set("Modality", "PT"), "not-ct"),
        (_set("Modality", ""), "not-ct"),
    ],
)
def test_H_07_what_every_slice_lacks_is_refused(edit, code, clean_slices, write) -> None:
    slices = clean_slices()
    for ds in slices:
        edit(ds)
    _refused(write(slices), code)


@pytest.mark.parametrize("count", [1, 2])
def test_H_07_spacing_is_never_invented(count, clean_slices, write) -> None:
    _refused(write(clean_slices()[:count]), "too-few-slices", "at least three")


def test_H_11_two_patients_in_one_folder_are_listed_apart(clean_slices, write) -> None:
    first, second = clean_slices(), clean_slices()
    for ds in second:
        ds.PatientID = "P2"
    report = _scan(write(first + second))
    assert sorted(s.patient.patient_id for s in report.series) == ["P1", "P2"]
    assert all(s.verdict is SeriesVerdict.READY for s in report.series)


def test_missing_identifiers_need_an_acknowledgement(clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    for ds in slices:
        for keyword in ("SOPClassUID", "StudyInstanceUID", "SeriesInstanceUID"):
            setattr(ds, keyword, "")
    series = write(slices)
    (summary,) = _scan(series).series
    assert summary.verdict is SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT
    assert "do not name the kind of image, study and series" in summary.sentence
    volume, _ = series.load()
    check_landmarks(volume)
    assert volume.ref.notes == (summary.sentence,)


def test_frame_of_reference_per_slice_needs_an_acknowledgement(clean_slices, write) -> None:
    slices = clean_slices()
    for number, ds in enumerate(slices):
        ds.FrameOfReferenceUID = f"1.2.3.{number}"
    series = write(slices)
    (summary,) = _scan(series).series
    assert summary.verdict is SeriesVerdict.READY_AFTER_ACKNOWLEDGEMENT
    volume, _ = series.load()
    assert volume.ref.frame_of_reference_uid == ""


def test_slice_location_runs_its_own_way(clean_slices, write) -> None:
    slices = clean_slices()
    for ds in slices:
        ds.SliceLocation = round(17.5 - float(ds.ImagePositionPatient[2]), 3)
    volume, _ = write(slices).load()
    assert volume.ref.slice_location_slope == -1.0
    assert volume.ref.slice_location_mm(-100.0) == pytest.approx(117.5)


def test_spacing_tag_is_only_noted(clean_slices, write, check_landmarks) -> None:
    slices = clean_slices()
    for ds in slices:
        ds.SpacingBetweenSlices = -7.0
    volume, _ = write(slices).load()
    assert volume.ref.notes == ("SpacingBetweenSlices says -7 mm; the positions say 2 mm and are used.",)
    check_landmarks(volume)


def test_changed_file_between_header_and_pixels_is_refused(clean_slices, write) -> None:
    series = write(clean_slices())

    def swap_after_headers(done, total, phase):
        del done, total
        if phase == "Reading pixels":
            other = clean_slices()[0]
            other.save_as(series.files[3], enforce_file_format=True)

    with pytest.raises(InputRefused) as refusal:
        load_series([SliceFile(str(path)) for path in series.files], progress=swap_after_headers)
    assert refusal.value.code == "changed"
